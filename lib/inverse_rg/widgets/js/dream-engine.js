// Who draws a walk in scale: this browser's Worker, or the notebook's kernel (Numba or torch).

import { checkSeed } from "./random.js";
import { startLattice } from "./walk.js";

const PATIENCE = 20000; // milliseconds until a silent kernel counts as gone

// engine.walk(options) as walkTask does it, wherever `model.get("engine")` says. When the notebook's
// kernel is silent, the browser draws and `onFallback(message)` says so.
export function createEngine(model, client, onFallback) {
  const waiting = new Map();
  let lastId = 0;
  let kernelGone = false;

  function hear(content, buffers) {
    const entry = waiting.get(content?.id);
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
        kernelGone = true;
        resolve(null);
      }, PATIENCE);
      waiting.set(id, { resolve, reject, timer });
      try {
        model.send({ ...content, id }, undefined, buffers);
      } catch {
        clearTimeout(timer);
        waiting.delete(id);
        kernelGone = true;
        resolve(null);
      }
    });
  }

  async function walkInKernel(options) {
    const { kernel, seed, moves, firstStep = 1, from = null } = options;
    const first = from ?? startLattice(options);
    const content = {
      type: "walk", size: kernel.size, parameters: kernel.parameters, seed, moves, first_step: firstStep, side: first.size,
    };
    const answer = await ask(content, [new DataView(first.spins.slice().buffer)]);
    if (answer === null) return null;
    const bytes = answer.buffers.map((view) => new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength));
    const lattices = [first, ...bytes.map((spins) => ({ spins: spins.slice(), size: Math.sqrt(spins.length) }))];
    const numbers = await client.run("describe", { lattice: lattices.at(-1) });
    return { lattices, numbers, milliseconds: answer.content.milliseconds };
  }

  return {
    usesKernel: () => !kernelGone && typeof model.send === "function" && (model.get("engine") ?? "browser") !== "browser",
    async walk(options) {
      checkSeed(options.seed);
      if (this.usesKernel()) {
        const result = await walkInKernel(options);
        if (result !== null) return result;
        onFallback(`No kernel answers here, so this browser draws instead of ${model.get("engine")}.`);
      }
      return client.run("walk", options);
    },
    destroy() {
      model.off("msg:custom", hear);
      for (const entry of waiting.values()) clearTimeout(entry.timer);
    },
  };
}
