// The conditional models on offer: which upscaler draws which level, and what a reader is told.
//
// A model is {model: name, levels: {middle, "2", "4", beforeLast, last}} of upscalers, all but
// `middle` optional, as `ConditionalModel.describe` of the package writes them; it stands where a
// kernel {size, parameters} stands.

import { CONDITIONAL_MODELS } from "./data.js";
import { upscaleConditional } from "./conditional.js";
import { createSampler, upscale } from "./sampler.js";

const MODEL_GROUP = "Beyond the paper (parameters)";

const MODEL_WORDS = {
  conditional:
    "Each spin is drawn given its neighbours and its coarse spin: heat bath times majority rule, in passes over the lattice. " +
    "Every level has a Hamiltonian of its own, learned from blocked Monte Carlo; the last, nearest neighbours at the critical coupling, " +
    "is exact.",
  "renormalized-2":
    "Each spin is drawn given its neighbours and its coarse spin: heat bath times majority rule, in eight passes over the lattice. " +
    "The nine couplings are those of the fixed-point Hamiltonian, the same at every level.",
  "ordered-fixed":
    "One corner of each block is drawn first, then the opposite corner given those, then the other two together, under the majority rule. " +
    "Three small logistic models, the same at every level; no passes.",
};

const REGROWTH =
  "What draws a level depends on where the growth ends: one level more draws the two before it anew, from the same random numbers. " +
  "Details change, the large clusters stay.";

// A model by name, or null.
export function conditionalModel(name) {
  const found = Object.hasOwn(CONDITIONAL_MODELS, name) ? CONDITIONAL_MODELS[name] : null;
  return found && { model: name, levels: found.levels };
}

export function isConditional(kernel) {
  return kernel.levels !== undefined;
}

// What a menu calls a model.
export function modelName(name) {
  const { label, parameters } = CONDITIONAL_MODELS[name];
  return `${label} (${parameters})`;
}

// The same where there is room.
export function modelHeading(name) {
  const { label, parameters } = CONDITIONAL_MODELS[name];
  return `${label}, ${parameters} parameters`;
}

// What a reader is told of a model; `growing` adds what happens when a dream is grown further.
export function modelWords(name, growing) {
  const more = growing && CONDITIONAL_MODELS[name].levels.last ? ` ${REGROWTH}` : "";
  return (MODEL_WORDS[name] ?? "") + more;
}

// The models as a group of options for a select; none where nothing is bundled.
export function conditionalGroup() {
  const names = Object.keys(CONDITIONAL_MODELS);
  return names.length ? { [MODEL_GROUP]: names.map((name) => [name, modelName(name)]) } : {};
}

// Whether what draws a level depends on where the growth ends.
export function dependsOnEnd(kernel) {
  return isConditional(kernel) && kernel.levels.last !== undefined;
}

// What draws the lattice of side `size`, `left` levels before the last of its growth.
export function upscalerAt({ levels }, size, left) {
  if (left === 0 && levels.last) return levels.last;
  if (left === 1 && levels.beforeLast) return levels.beforeLast;
  return levels[size] ?? levels.middle;
}

// For each move, true for up, how many ups follow it without a down between.
export function levelsLeft(moves) {
  const left = new Array(moves.length).fill(0);
  for (let i = moves.length - 2; i >= 0; i--) if (moves[i] && moves[i + 1]) left[i] = left[i + 1] + 1;
  return left;
}

// A dream of side 2^levels, of a kernel or a model, from one random spin or from the spins `from`; only to
// side 2^stop where that is given. `each`(spins, size) hears of every level.
export function growDream(kernel, levels, random, { from = null, stop = levels, each = () => {} } = {}) {
  const sampler = isConditional(kernel) ? null : createSampler(kernel);
  let spins = from ?? Uint8Array.of(random.nextU32() & 1);
  let size = Math.sqrt(spins.length);
  if (from === null) each(spins, size);
  while (size < 1 << stop) {
    const left = levels - Math.log2(2 * size);
    spins = sampler
      ? upscale(sampler, spins, size, random, random)
      : upscaleConditional(upscalerAt(kernel, 2 * size, left), spins, size, random, random);
    size *= 2;
    each(spins, size);
  }
  return spins;
}
