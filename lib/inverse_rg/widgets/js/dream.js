// Dream: grow a critical magnet from one spin, bend its kernel, block it down again.
//
// State of the model, all optional: kernel (a bundled name) or kernel_size and parameters; seed;
// start (see STARTS) and drawn (64 spins); size (the largest side); engine. It keeps kernel_name,
// kernel_size, parameters, seed, start, drawn, size, side and _spins up to date.

import { createClient } from "./client.js";
import { bundledKernel, acceptDrops, createKernelControls } from "./dream-kernel.js";
import { latticeCaption, latticeLabel } from "./dream-caption.js";
import { createEngine } from "./dream-engine.js";
import { createMonteCarlo, formatDuration } from "./dream-montecarlo.js";
import { createScaleAxis } from "./dream-scale.js";
import { createDrawing, firstDrawing } from "./dream-start.js";
import { readDreamState, connectDreamModel } from "./dream-state.js";
import { DREAM_STYLE } from "./dream-style.js";
import { createWalk, describeWalk } from "./dream-walk.js";
import { attachLatticeInput } from "./lattice-input.js";
import { createLatticeCanvas, createSharedView } from "./lattice-view.js";
import { installStyle } from "./style.js";
import { reducedMotion } from "./theme.js";
import { button, element, numberField, select, statusLine } from "./ui.js";
import { blockAgreement } from "./walk.js";

const LARGEST_SIDE = 1024;
const MORPH_MILLISECONDS = 340;
const START_NAMES = [["random", "one random spin"], ["up", "one spin up"], ["down", "one spin down"], ["drawn", "draw your own, 8 × 8"], ["monte-carlo", "Monte Carlo, 8 × 8"]];

export function mountDream(root, model) {
  installStyle(root, "dream", DREAM_STYLE);
  const state = readDreamState(model, firstDrawing());
  const status = statusLine();
  const problem = (message) => status.say(message, "problem");
  const notice = element("p", { class: "irg-notice", role: "note", hidden: true });
  const tell = (text) => {
    notice.hidden = false;
    notice.textContent = text;
  };
  const client = createClient({ onFallback: () => tell("No Web Worker here: the page itself computes, in slices, and may stutter.") });
  const engine = createEngine(model, client, tell);
  const view = createSharedView();
  const dream = createLatticeCanvas(view);
  const caption = element("figcaption", {});
  const monteCarlo = createMonteCarlo(view, problem);
  const axis = createScaleAxis((size) => walk.go(size));
  const walk = createWalk(engine, () => state, { onArrive, onInterrupt, onProblem: problem });
  let stopped = false; // taken down
  let interrupted = false; // something newer waits for its turn

  // Controls
  const kernel = createKernelControls(state.kernel, state.kernelName, { onChange: changeKernel, onProblem: problem });
  const start = select("Start from", START_NAMES, state.start, (value) => {
    state.start = value;
    drawing.root.hidden = value !== "drawn";
    begin();
  });
  const seed = numberField("Seed", state.seed, { minimum: 0, maximum: 2 ** 53 - 1, whole: true }, changeSeed);
  const another = button("New seed", () => {
    seed.set(state.seed + 1);
    changeSeed(state.seed + 1);
  });
  const sides = Array.from({ length: 8 }, (_, i) => [String(8 << i), String(8 << i)]);
  const size = select("Largest side L", sides, String(state.size), (value) => {
    state.size = Number(value);
    axis.setSizes(state.size);
    publish();
    walk.go(state.size);
  });
  const drawing = createDrawing(state.drawn, (spins) => {
    state.drawn = spins;
    publish();
    walk.replay(); // at once: the large lattice follows the brush
  });
  const engines = engineChoice();
  drawing.root.hidden = state.start !== "drawn";
  const up = button("Dream up ×2", () => walk.go(2 * walk.current().size), { class: "irg-primary" });
  const down = button("Block down ÷2", () => walk.go(walk.current().size / 2));
  const play = button("Grow from the start", () => begin());
  const zoomIn = button("+", () => view.set({ zoom: view.zoom * 2 }), { "aria-label": "Zoom in" });
  const zoomOut = button("\u2212", () => view.set({ zoom: view.zoom / 2 }), { "aria-label": "Zoom out" });
  const whole = button("Whole", () => view.set({ zoom: 1 }), { "aria-label": "Show the whole lattice" });
  const legend = element(
    "span", { class: "irg-legend" },
    element("i", { style: "background: var(--irg-up)" }), "spin up", element("i", { style: "background: var(--irg-down)" }), "spin down",
  );

  root.append(
    element("div", { class: "irg-row" }, kernel.choice, start.root, seed.root, another, size.root, engines?.root),
    drawing.root,
    element("div", { class: "irg-tools" }, up, down, play, zoomIn, zoomOut, whole, monteCarlo.another),
    element(
      "div", { class: "irg-pair" },
      element("figure", {}, dream.canvas, element("div", { class: "irg-progress" }), caption), monteCarlo.root,
      element("div", { class: "irg-below" }, axis.root, status.root, notice, kernel.panel),
    ),
  );
  axis.setSizes(state.size);
  axis.note(legend);

  const publish = connectDreamModel(model, state, {
    kernel: () => kernel.set(state.kernel, state.kernelName),
    replay: () => walk.replay(),
    begin() {
      seed.set(state.seed);
      start.set(state.start);
      size.set(String(state.size));
      engines?.set(model.get("engine"));
      drawing.set(state.drawn);
      drawing.root.hidden = state.start !== "drawn";
      axis.setSizes(state.size);
      begin();
    },
  });

  // In a notebook, who draws.
  function engineChoice() {
    if (typeof model.send !== "function" || !model.get("engine")) return null;
    const names = [["browser", "this browser"], ["numba", "Numba"], ["torch", "torch"]];
    return select("Drawn by", names, model.get("engine"), (value) => {
      model.set("engine", value);
      model.save_changes();
    });
  }

  function changeKernel(next, name) {
    Object.assign(state, { kernel: next, kernelName: name });
    publish();
    walk.replay();
  }

  function changeSeed(value) {
    state.seed = value;
    begin();
  }

  // From the start to the largest side, level by level for the eye unless motion is unwelcome.
  function begin(animate = true) {
    publish();
    axis.forget();
    monteCarlo.show(state.size, state.seed);
    return walk.restart(state.size, animate);
  }

  // Show what came: level by level, or at once.
  async function onArrive(result, moves, animate) {
    const { lattices, numbers, milliseconds } = result;
    if (stopped) return;
    const last = lattices.at(-1);
    busy(true);
    interrupted = false;
    if (animate && !reducedMotion() && !document.hidden) {
      for (let i = 0; i < lattices.length && !stopped && !interrupted; i++) {
        const lattice = lattices[i];
        if (i > 0) await dream.morph(lattices[i - 1], lattice, MORPH_MILLISECONDS);
        axis.show(lattice);
        axis.mark(lattice.size);
        caption.replaceChildren(...latticeCaption("Dream", lattice.size, null, "\u00a0"));
      }
    }
    if (stopped || interrupted) return;
    lattices.forEach(axis.show);
    axis.mark(last.size);
    dream.show(last);
    dream.label(latticeLabel("Dream", last.size, numbers) + ". Plus and minus zoom, arrows pan");
    const spent = `${describeWalk(startOf(moves, last.size), moves)}, computed in ${formatDuration(milliseconds)}`;
    caption.replaceChildren(...latticeCaption("Dream", last.size, numbers, spent));
    describeStep(lattices, moves);
    monteCarlo.show(last.size, state.seed);
    busy(false);
    publish(last);
  }

  function onInterrupt() {
    interrupted = true;
    dream.stopMorph();
  }

  function busy(now) {
    const side = walk.current().size;
    up.disabled = now || side >= state.size;
    down.disabled = now || side <= 1;
    play.disabled = now;
  }

  // What the last step teaches: how much of the coarse lattice survives the way up, or down.
  function describeStep(lattices, moves) {
    if (lattices.length < 2) return status.say("");
    const [before, after] = lattices.slice(-2);
    const [coarse, fine] = before.size < after.size ? [before, after] : [after, before];
    const share = (100 * blockAgreement(coarse, fine)).toFixed(1);
    status.say(
      moves.at(-1)
        ? `Blocking this dream gives back ${share}% of the ${coarse.size} × ${coarse.size} spins it was dreamt from.`
        : `Blocked from ${fine.size} to ${coarse.size} by the majority rule, ties at random.`,
    );
  }

  const stopInput = attachLatticeInput(dream.canvas, view);
  const stopOther = attachLatticeInput(monteCarlo.canvas, view);
  const stopCursor = view.listen(() => {
    for (const canvas of [dream.canvas, monteCarlo.canvas]) canvas.dataset.zoomed = String(view.zoom > 1);
    zoomOut.disabled = whole.disabled = view.zoom <= 1;
  });
  view.set({ zoom: 1 });
  const stopDrops = acceptDrops(root, kernel.readKernel, problem);
  up.disabled = down.disabled = true;

  // The first growth waits until it can be seen.
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    begin();
  });
  seen.observe(dream.canvas);

  return () => {
    stopped = true;
    seen.disconnect();
    for (const stop of [stopInput, stopOther, stopCursor, stopDrops, publish.stop]) stop();
    for (const part of [engine, client, dream, monteCarlo, axis]) part.destroy();
  };
}

// The side where a walk began that ends at `size`.
function startOf(moves, size) {
  return moves.reduceRight((side, wentUp) => (wentUp ? side / 2 : side * 2), size);
}
