// The Dream widget's state: read from a model, published to it, followed when Python changes it.

import { conditionalModel, isConditional } from "./conditional-models.js";
import { bundledKernel } from "./dream-kernel.js";
import { checkParameters } from "./kernel.js";
import { checkSeed } from "./random.js";
import { STARTS } from "./walk.js";

const DEFAULT_KERNEL = { size: 3, parameters: [0.3526, 0.1569, 0.1363] };
const SIDES = [8, 16, 32, 64, 128, 256, 512, 1024];
const QUIET = 200; // milliseconds without a change before spins are sent to a notebook

// Page attributes are strings: everything is read leniently and checked. What is wrong falls back.
export function readDreamState(model, drawing) {
  const get = (name, fallback) => model.get(name) ?? fallback;
  const state = { seed: Number(get("seed", 1)), start: get("start", "random"), size: Number(get("size", 512)) };
  try {
    checkSeed(state.seed);
  } catch {
    state.seed = 1;
  }
  if (!STARTS.includes(state.start)) state.start = "random";
  if (!SIDES.includes(state.size)) state.size = 512;
  const drawn = get("drawn", []);
  state.drawn = drawn.length === 64 ? Array.from(drawn) : drawing;
  return Object.assign(state, readKernelState(model));
}

function readKernelState(model) {
  const name = model.get("kernel_name") ?? model.get("kernel") ?? "k3";
  const named = typeof name === "string" ? (conditionalModel(name) ?? bundledKernel(name)) : null;
  if (named) return { kernel: named, kernelName: name };
  try {
    const size = Number(model.get("kernel_size"));
    return { kernel: { size, parameters: checkParameters(size, model.get("parameters")) }, kernelName: "" };
  } catch {
    return { kernel: DEFAULT_KERNEL, kernelName: "" };
  }
}

// Keep a model and the state together. Returns publish(lattice?), with publish.stop(). `react` has
// kernel(), replay() and begin(): what to do when the notebook changed the kernel, or anything else.
export function connectDreamModel(model, state, react) {
  let publishing = false;
  let queued = new Set();
  let timer = 0;

  function publish(lattice = null) {
    publishing = true;
    model.set("kernel_name", state.kernelName);
    if (!isConditional(state.kernel)) {
      model.set("kernel_size", state.kernel.size);
      model.set("parameters", state.kernel.parameters);
    }
    for (const name of ["seed", "start", "size", "drawn"]) model.set(name, state[name]);
    if (lattice) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        model.set("side", lattice.size);
        model.set("_spins", new DataView(lattice.spins.slice().buffer));
        model.save_changes();
      }, QUIET);
    }
    model.save_changes();
    publishing = false;
  }

  const KERNEL_NAMES = ["kernel_name", "kernel_size", "parameters"];
  const follow = (name) => () => {
    if (publishing) return;
    if (!queued.size) queueMicrotask(apply);
    queued.add(name);
  };

  function apply() {
    const names = [...queued];
    queued = new Set();
    const before = JSON.stringify(state);
    Object.assign(state, readDreamState(model, state.drawn));
    if (JSON.stringify(state) === before && !names.includes("engine")) return;
    if (names.some((name) => KERNEL_NAMES.includes(name))) react.kernel();
    if (names.every((name) => KERNEL_NAMES.includes(name))) react.replay();
    else react.begin();
  }

  const listeners = [...KERNEL_NAMES, "seed", "start", "size", "drawn", "engine"].map((name) => [`change:${name}`, follow(name)]);
  for (const [event, listener] of listeners) model.on(event, listener);
  publish.stop = () => {
    clearTimeout(timer);
    for (const [event, listener] of listeners) model.off(event, listener);
  };
  return publish;
}
