// A walk in scale: from a start, up by dreaming and down by blocking. Same seed, same walk.
//
// A lattice is {spins, size}. Each step of a walk draws from streams of its own, numbered by its place.

import { dreamConditionalLevel } from "./conditional.js";
import { isConditional, levelsLeft, upscalerAt } from "./conditional-models.js";
import { createSampler, dreamLevel } from "./sampler.js";
import { blockSpins, describeLattice } from "./observables.js";
import { monteCarloTask, randomLattice } from "./montecarlo.js";
import { createRandom } from "./random.js";

export const STARTS = ["random", "up", "down", "drawn", "monte-carlo"];
export const DRAWN_SIZE = 8;

// The lattice where a walk begins. `drawn`: the 64 spins of the reader's own, for "drawn".
export function startLattice({ start, seed, drawn }) {
  if (start === "up" || start === "down") return { spins: Uint8Array.of(start === "up" ? 1 : 0), size: 1 };
  if (start === "drawn") {
    const size = Math.sqrt(drawn.length);
    return { spins: Uint8Array.from(drawn, (spin) => (spin > 0 ? 1 : 0)), size };
  }
  if (start === "monte-carlo") {
    const work = monteCarloTask({ size: 8, seed, stream: 1 });
    for (;;) {
      const step = work.next();
      if (step.done) return { spins: step.value.spins, size: 8 };
    }
  }
  if (start === "random") return { spins: randomLattice(1, createRandom(seed, 2)), size: 1 };
  throw new Error(`the start must be one of ${STARTS.join(", ")}, got ${JSON.stringify(start)}`);
}

// One step from `lattice`, number `step` of its walk (from 1): dreamt (up) or blocked (down). `drawer` is
// a sampler or a conditional model, and `left` the number of levels that are dreamt after this one.
export function walkStep(drawer, lattice, up, seed, step, left = 0) {
  const { spins, size } = lattice;
  if (up && isConditional(drawer)) {
    return { spins: dreamConditionalLevel(upscalerAt(drawer, 2 * size, left), spins, size, seed, step), size: 2 * size };
  }
  if (up) return { spins: dreamLevel(drawer, spins, size, seed, step), size: 2 * size };
  return { spins: blockSpins(spins, size, createRandom(seed, 4 * step + 2)).spins, size: size / 2 };
}

// The share of 2 x 2 blocks of `fine` whose majority (a tie counts half) is the spin of `coarse`.
export function blockAgreement(coarse, fine) {
  let agreeing = 0;
  const { spins, size } = fine;
  for (let y = 0; y < coarse.size; y++) {
    for (let x = 0; x < coarse.size; x++) {
      const corner = 2 * y * size + 2 * x;
      const up = spins[corner] + spins[corner + 1] + spins[corner + size] + spins[corner + size + 1];
      if (up === 2) agreeing += 0.5;
      else if (up > 2 === (coarse.spins[y * coarse.size + x] === 1)) agreeing += 1;
    }
  }
  return agreeing / coarse.spins.length;
}

// A task (see tasks.js): walk from `from` (null: the start) along `moves`, an array of booleans (up?),
// whose first has the number `firstStep`. Gives {lattices, numbers, milliseconds}: every lattice
// on the way, the first included, and m, e and clusters of the last. milliseconds: the drawing alone.
export function* walkTask({ kernel, seed, start, drawn, from = null, firstStep = 1, moves }) {
  const drawer = isConditional(kernel) ? kernel : createSampler(kernel);
  const left = levelsLeft(moves);
  const began = performance.now();
  let lattice = from ?? startLattice({ start, seed, drawn });
  const lattices = [lattice];
  for (let i = 0; i < moves.length; i++) {
    lattice = walkStep(drawer, lattice, moves[i], seed, firstStep + i, left[i]);
    lattices.push(lattice);
    yield;
  }
  const milliseconds = performance.now() - began;
  return { lattices, numbers: describeLattice(lattice), milliseconds };
}

// A task: m, e and clusters of one lattice.
export function* describeTask({ lattice }) {
  yield;
  return describeLattice(lattice);
}
