// Pairs of pictures to guess from: a dream, and a Monte Carlo configuration of the bundled set.

import { createRandom } from "./random.js";
import { growDream } from "./conditional-models.js";

export const GUESS_SIZE = 64;

/** The configurations of one side in the bundled set: an array of Uint8Array (side * side) of 0/1. */
export function unpackSet(set, side) {
  const bytes = Uint8Array.from(atob(set.sets[side].spins), (character) => character.charCodeAt(0));
  const area = side * side;
  return Array.from({ length: set.sets[side].number }, (_, i) =>
    Uint8Array.from({ length: area }, (__, j) => (bytes[(i * area + j) >> 3] >> (7 - ((i * area + j) & 7))) & 1),
  );
}

/** A dream of side 64 from one random spin. */
export function dreamPicture(kernel, random) {
  return growDream(kernel, Math.log2(GUESS_SIZE), random);
}

/** One of the torus's symmetries, and a flip of all spins, at random: as probable as the picture itself. */
export function turnPicture(spins, size, random) {
  const word = random.nextU32();
  const [flip, swap, mirrorY, mirrorX] = [1, 2, 4, 8].map((bit) => (word & bit) !== 0);
  const shiftY = (word >>> 8) % size;
  const shiftX = (word >>> 20) % size;
  return Uint8Array.from({ length: size * size }, (_, i) => {
    const y = ((mirrorY ? size - 1 - Math.floor(i / size) : Math.floor(i / size)) + shiftY) % size;
    const x = ((mirrorX ? size - 1 - (i % size) : i % size) + shiftX) % size;
    return spins[swap ? x * size + y : y * size + x] ^ (flip ? 1 : 0);
  });
}

/**
 * A source of pairs: next(kernel) -> {pictures: [left, right], real: 0 or 1}. The real ones come in random
 * order and are all shown before one comes again.
 */
export function createPairs(realOnes, seed) {
  const random = createRandom(seed);
  let order = [];
  return function next(kernel) {
    if (order.length === 0) {
      order = realOnes.map((_, i) => i);
      for (let i = order.length - 1; i > 0; i--) {
        const j = Math.floor(random.nextFloat() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
    }
    const monteCarlo = turnPicture(realOnes[order.pop()], GUESS_SIZE, random);
    const dream = dreamPicture(kernel, random);
    const real = random.nextU32() & 1;
    return { pictures: real === 0 ? [monteCarlo, dream] : [dream, monteCarlo], real };
  };
}
