// Who draws a walk in scale: this browser's Worker, or the notebook's kernel (Numba or torch).

import { checkSeed } from "./random.js";
import { startLattice } from "./walk.js";

const FIRST_PATIENCE = 2500; // milliseconds for the first answer: there may be no kernel at all
const PATIENCE = 20000; // for every other
const STORED_STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';

// engine.walk(options) as walkTask does it, wherever `model.get("engine")` says. While the notebook's
// kernel is silent the browser draws: the result has standIn: true and onFallback(message) says so;
// onRecovery() when the kernel answers after all (it may have been busy). A page with stored widgets has
// no kernel, and is not asked.
export function createEngine(model, client, { onFallback, onRecovery }) {
  const waiting = new Map();
  let lastId = 0;
  let answered = false;
  let silent = document.querySelector(STORED_STATE) !== null;

  function hear(content, buffers) {
    if (content?.id === undefined) return;
    answered = true;
    const entry = waiting.get(content.id);
    if (!entry && silent) {
      silent = false;
      onRecovery();
    }
    if (!entry) return;
    waiting.delete(content.id);
    clearTimeout(entry.timer);
    if (content.error) entry.reject(new Error(content.error));
    else entry.resolve({ content, buffers });
  }
  model.on("msg:custom", hear);

  function ask(content, buffers) {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        silent = true;
        resolve(null);
      }, answered ? PATIENCE : FIRST_PATIENCE);
      waiting.set(id, { resolve, reject, timer });
      try {
        model.send({ ...content, id }, undefined, buffers);
      } catch {
        clearTimeout(timer);
        waiting.delete(id);
        silent = true;
        resolve(null);
      }
    });
  }

  async function walkInKernel(options) {
    const { kernel, seed, moves, firstStep = 1, from = null } = options;
    const first = from ?? startLattice(options);
    const drawer = kernel.model ? { model: kernel.model } : { size: kernel.size, parameters: kernel.parameters };
    const content = { type: "walk", ...drawer, seed, moves, first_step: firstStep, side: first.size };
    const answer = await ask(content, [new DataView(first.spins.slice().buffer)]);
    if (answer === null) return null;
    const bytes = answer.buffers.map((view) => new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength));
    const lattices = [first, ...bytes.map((spins) => ({ spins: spins.slice(), size: Math.sqrt(spins.length) }))];
    const numbers = await client.run("describe", { lattice: lattices.at(-1) });
    return { lattices, numbers, milliseconds: answer.content.milliseconds };
  }

  const wantsKernel = () => typeof model.send === "function" && (model.get("engine") ?? "browser") !== "browser";

  return {
    async walk(options) {
      checkSeed(options.seed);
      const result = wantsKernel() && !silent ? await walkInKernel(options) : null;
      if (result !== null) return result;
      if (!wantsKernel()) return client.run("walk", options);
      onFallback(`No kernel answers here, so this browser draws instead of ${model.get("engine")}.`);
      return { ...(await client.run("walk", options)), standIn: true };
    },
    destroy() {
      model.off("msg:custom", hear);
      for (const entry of waiting.values()) clearTimeout(entry.timer);
    },
  };
}
