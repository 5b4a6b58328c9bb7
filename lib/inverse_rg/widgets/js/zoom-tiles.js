// A magnet without end: any tile of any level of one universe, dreamt when it is asked for.
//
// Level n is a torus of side 2^n, kept in tiles of 64 x 64 (one smaller tile below level 6). A tile
// is drawn from the coarse spins around it, which are drawn in the same way if need be, down to the
// one spin of level 0. Every draw is a hash of its place (hash.js), so that a tile is a function of
// (seed, kernels, level, place) alone: forgetting tiles and coming back changes nothing.

import { TILE, siteHash, tileKey } from "./hash.js";
import { upProbability, windowOf, windowSteps } from "./kernel.js";

export const DEEPEST_LEVEL = 900; // view positions stay within the range of double numbers

// A tile rests on at most 9 tiles of each coarser level: a memory that could not hold them would draw the same ones again
// and again, four times as often with each level.
const TILES_A_LEVEL = 16;

const LARGEST_ZOOM_KERNEL = 7; // 2^16 patterns

/** The side of the tiles of a level. */
export function tileSide(level) {
  return level < 6 ? 1 << level : TILE;
}

/** A tile's place on the torus: BigInt, or integer below 2^53, taken modulo the tiles of a level. */
export function wrapTile(level, place) {
  return level <= 6 ? 0n : BigInt.asUintN(level - 6, BigInt(place));
}

/** What a kernel does to a coarse window: reach, and for each pattern the threshold of a 32-bit word. */
export function patternTable(kernel) {
  if (kernel.size > LARGEST_ZOOM_KERNEL) {
    throw new Error(`the zoom takes kernels up to ${LARGEST_ZOOM_KERNEL} x ${LARGEST_ZOOM_KERNEL}, got ${kernel.size} x ${kernel.size}`);
  }
  const window = windowOf(kernel.size, kernel.parameters);
  const width = (kernel.size + 1) / 2;
  const thresholds = new Int32Array(2 ** (width * width));
  for (let pattern = 0; pattern < thresholds.length; pattern++) {
    let h = 0;
    // Bit q * width + p of a pattern is the coarse spin p steps along y and q steps along x.
    for (let q = 0; q < width; q++) {
      for (let p = 0; p < width; p++) h += window[p * width + q] * ((pattern >> (q * width + p)) & 1 ? 1 : -1);
    }
    // A 32-bit word below probability * 2^32 makes the spin up; stored for signed comparison.
    thresholds[pattern] = Math.min(Math.round(upProbability(h) * 2 ** 32), 2 ** 32 - 1) - 2 ** 31;
  }
  return { width, reach: width >> 1, steps: windowSteps(width), thresholds };
}

/**
 * A universe: `kernel` draws every level, or every level up to `bend.level`, `bend.kernel` those after.
 * Returns {tile(level, x, y, deadline), flush(), size(), drawn()}; a tile is a Uint8Array of 0/1, row-major,
 * or null if the clock passed `deadline` (in ms of performance.now) before it was there.
 */
export function createUniverse({ seed, kernel, bend = null, capacity = 6000 }) {
  const cache = new Map();
  const base = patternTable(kernel);
  const bent = bend ? patternTable(bend.kernel) : base;
  const tableOf = (level) => (bend && level > bend.level ? bent : base);
  const patch = new Uint8Array((TILE / 2 + 2 * Math.max(base.reach, bent.reach)) ** 2);
  let drawn = 0;
  let room = capacity;

  function tile(level, x, y, deadline = Infinity) {
    const tileX = wrapTile(level, x);
    const tileY = wrapTile(level, y);
    const name = `${level},${tileX},${tileY}`;
    const known = cache.get(name);
    if (known) {
      cache.delete(name); // the Map's order is the order of use
      cache.set(name, known);
      return known;
    }
    if (performance.now() > deadline) return null;
    room = Math.max(room, TILES_A_LEVEL * (level + 1));
    const spins = level === 0 ? firstSpin(seed) : draw(level, tileX, tileY, deadline);
    if (spins === null) return null;
    drawn += spins.length;
    cache.set(name, spins);
    if (cache.size > room) cache.delete(cache.keys().next().value);
    return spins;
  }

  function draw(level, tileX, tileY, deadline) {
    const table = tableOf(level);
    const half = tileSide(level) >> 1;
    const side = half + 2 * table.reach;
    const coarse = coarsePatch(level - 1, tileX, tileY, half, table.reach, side, deadline);
    return coarse && drawTile(table, coarse, half, tileKey(seed, level, tileX, tileY));
  }

  // The coarse spins below a tile with `reach` more on each side, side * side of them in `patch`.
  function coarsePatch(level, tileX, tileY, half, reach, side, deadline) {
    if (level < 6) {
      const only = tile(level, 0n, 0n, deadline);
      if (only === null) return null;
      const last = tileSide(level) - 1;
      for (let i = 0; i < side; i++) {
        const row = ((i - reach) & last) * (last + 1);
        for (let j = 0; j < side; j++) patch[i * side + j] = only[row + ((j - reach) & last)];
      }
      return patch;
    }
    const startX = tileX * BigInt(half) - BigInt(reach);
    const startY = tileY * BigInt(half) - BigInt(reach);
    const left = Number(BigInt.asUintN(6, startX));
    const top = Number(BigInt.asUintN(6, startY));
    const across = left + side > TILE ? 2 : 1;
    const down = top + side > TILE ? 2 : 1;
    const parts = []; // all of them first: drawing one uses the same patch
    for (let v = 0; v < down; v++) {
      for (let u = 0; u < across; u++) {
        const part = tile(level, (startX >> 6n) + BigInt(u), (startY >> 6n) + BigInt(v), deadline);
        if (part === null) return null;
        parts.push(part);
      }
    }
    for (let i = 0; i < side; i++) {
      const line = ((top + i) >> 6) * across;
      const row = ((top + i) & 63) * TILE;
      for (let x = left, j = i * side; x < left + side; x++, j++) patch[j] = parts[line + (x >> 6)][row + (x & 63)];
    }
    return patch;
  }

  return { tile, flush: () => cache.clear(), size: () => cache.size, drawn: () => drawn };
}

function firstSpin(seed) {
  const [key0, key1] = tileKey(seed, 0, 0n, 0n);
  return Uint8Array.of(siteHash(key0, key1, 0) < 2 ** 31 ? 1 : 0);
}

/** Draw a tile of side 2 * half from its coarse patch; `key` is the tile's pair of words. */
function drawTile(table, patch, half, [key0, key1]) {
  const { width, reach, steps, thresholds } = table;
  const side = half + 2 * reach;
  const fine = new Uint8Array(4 * half * half);
  const codes = new Int32Array(side); // of each column, the spins that a fine row sees, as bits
  for (let row = 0; row < 2 * half; row++) {
    const rowSide = row & 1 ? 1 : -1;
    codes.fill(0);
    for (let p = 0; p < width; p++) {
      const line = ((row >> 1) + reach + rowSide * steps[p]) * side;
      for (let j = 0; j < side; j++) codes[j] |= patch[line + j] << p;
    }
    const start = row * 2 * half;
    for (let column = 0; column < 2 * half; column++) {
      const centre = (column >> 1) + reach;
      const near = column & 1 ? 1 : -1;
      // The steps are 0, 1, -1, 2 (kernel.js).
      let pattern = codes[centre];
      if (width > 1) pattern |= codes[centre + near] << width;
      if (width > 2) pattern |= codes[centre - near] << (2 * width);
      if (width > 3) pattern |= codes[centre + 2 * near] << (3 * width);
      // siteHash, written out, with the sign bit turned so that signed words compare as unsigned ones
      let h = (key0 + Math.imul(row * TILE + column, 0x9e3779b1)) | 0;
      h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
      h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
      h = ((h ^ (h >>> 16)) + key1) | 0;
      h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
      h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
      fine[start + column] = (h ^ (h >>> 16) ^ 0x80000000) < thresholds[pattern] ? 1 : 0;
    }
  }
  return fine;
}
