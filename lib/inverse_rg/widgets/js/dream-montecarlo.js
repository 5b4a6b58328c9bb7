// Beside the dream: a Monte Carlo configuration of the same side, with its own Worker.

import { createClient } from "./client.js";
import { button, element } from "./ui.js";
import { createLatticeCanvas } from "./lattice-view.js";
import { latticeCaption, latticeLabel } from "./dream-caption.js";

// Returns {root, show(size, seed), destroy()}. The lattice changes only when the side or the seed does.
export function createMonteCarlo(view, onProblem) {
  const client = createClient();
  const lattice = createLatticeCanvas(view, "img");
  const progress = element("div", {});
  const caption = element("figcaption", {});
  const another = button("New Monte Carlo", () => request(wanted.size, wanted.seed, wanted.stream + 1));
  const root = element("figure", {}, lattice.canvas, element("div", { class: "irg-progress", "aria-hidden": true }, progress), caption);
  let wanted = { size: 0, seed: 0, stream: 0 };
  let abort = null;

  async function request(size, seed, stream) {
    wanted = { size, seed, stream };
    abort?.abort();
    abort = new AbortController();
    const { signal } = abort;
    lattice.label(`Monte Carlo configuration of side ${size}, being drawn`);
    try {
      const result = await client.run("monteCarlo", { size, seed, stream, pictures: true }, {
        signal,
        onProgress: ({ sweep, sweeps, spins }) => {
          if (signal.aborted) return;
          progress.style.width = `${(100 * sweep) / sweeps}%`;
          caption.replaceChildren(...latticeCaption("Monte Carlo", size, null, `sweep ${sweep} of ${sweeps} from a random start …`));
          if (spins) lattice.show({ spins, size });
        },
      });
      if (result === null || signal.aborted) return;
      progress.style.width = "0";
      lattice.show(result);
      lattice.label(latticeLabel("Monte Carlo configuration at the critical point", result.size, result.numbers));
      const note = `${result.sweeps} Swendsen–Wang sweeps in ${formatDuration(result.milliseconds)}`;
      caption.replaceChildren(...latticeCaption("Monte Carlo at the critical point", size, result.numbers, note));
    } catch (error) {
      onProblem(error.message);
    }
  }

  return {
    root, another, canvas: lattice.canvas,
    show(size, seed) {
      if (size !== wanted.size || seed !== wanted.seed) request(size, seed, 0);
    },
    destroy() {
      abort?.abort();
      client.destroy();
      lattice.destroy();
    },
  };
}

// Milliseconds as a person says them.
export function formatDuration(milliseconds) {
  if (milliseconds < 1) return "less than 1 ms";
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
