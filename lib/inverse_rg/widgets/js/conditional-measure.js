// Dreams of a conditional model, one by one, for measuring while you watch.

import { addConfiguration, emptySums } from "./replicas.js";
import { dependsOnEnd, growDream } from "./conditional-models.js";
import { energy, magnetisation } from "./observables.js";

// Like measureBatch of replicas.js, for the levels in `wanted` alone: the other sums stay empty. A
// model whose levels depend on where the growth ends grows to each wanted level by itself.
export function measureConditional(model, wanted, count, random) {
  const sums = Array.from({ length: Math.max(...wanted) + 1 }, (_, level) => emptySums(1 << level));
  const growths = dependsOnEnd(model) ? wanted.map((level) => [level]) : [wanted];
  for (const levels of growths) {
    const take = (spins, size) => {
      const level = Math.log2(size);
      if (levels.includes(level)) addConfiguration(sums[level], magnetisation(spins), energy(spins, size));
    };
    for (let i = 0; i < count; i++) growDream(model, Math.max(...levels), random, take);
  }
  return sums;
}
