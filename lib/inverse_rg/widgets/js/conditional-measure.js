// Dreams of a conditional model, one by one, for measuring while you watch.

import { addConfiguration, emptySums } from "./replicas.js";
import { dependsOnEnd, growDream } from "./conditional-models.js";
import { energy, magnetisation } from "./observables.js";

// Like measureBatch of replicas.js, for the levels in `wanted` alone: the other sums stay empty. A
// model whose levels depend on where the growth ends grows to each wanted level by itself, from a
// lattice that all share: what draws a level is the same until two levels before the first end.
export function measureConditional(model, wanted, count, random) {
  const sums = Array.from({ length: Math.max(...wanted) + 1 }, (_, level) => emptySums(1 << level));
  const take = (spins, size) => addConfiguration(sums[Math.log2(size)], magnetisation(spins), energy(spins, size));
  for (let i = 0; i < count; i++) {
    if (dependsOnEnd(model)) {
      const stem = growDream(model, Math.max(...wanted), random, { stop: Math.max(0, Math.min(...wanted) - 2) });
      for (const level of wanted) take(growDream(model, level, random, { from: stem }), 1 << level);
    } else {
      const each = (spins, size) => wanted.includes(Math.log2(size)) && take(spins, size);
      growDream(model, Math.max(...wanted), random, { each });
    }
  }
  return sums;
}
