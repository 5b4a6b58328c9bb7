// What one sees on the way down: energy and magnetisation of every level around the view's centre.

import { TILE } from "./hash.js";
import { jackknifeError } from "./measure-estimators.js";
import { cellAt } from "./zoom-view.js";
import { tileSide } from "./zoom-tiles.js";

export const CRITICAL_ENERGY = Math.SQRT2; // of the infinite square lattice: L. Onsager, Phys. Rev. 65, 117 (1944)
const BLOCKS = [4, 32];
const LEVEL_GROUP = 6; // levels left out together: windows inside one another are alike for some levels
export const ETA_LEVELS = 3 * LEVEL_GROUP; // the fewest that give an error
export const FIRST_WINDOW = 9; // from this level on a window is far from the whole torus

/** m and e of spins of 0/1 on a rectangle: the bonds inside it, or on the torus those across its border too. */
export function rectangleStatistics(spins, width, height, isTorus = false) {
  let up = 0;
  let unlike = 0;
  let bonds = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = spins[y * width + x];
      up += here;
      if (isTorus || x + 1 < width) {
        unlike += here ^ spins[y * width + ((x + 1) % width)];
        bonds += 1;
      }
      if (isTorus || y + 1 < height) {
        unlike += here ^ spins[((y + 1) % height) * width + x];
        bonds += 1;
      }
    }
  }
  return { m: (2 * up) / (width * height) - 1, e: bonds ? (2 * (bonds - 2 * unlike)) / bonds : 0 };
}

/** Mean square magnetisation of the b x b blocks of a square of spins. */
export function blockVariance(spins, side, b) {
  let sum = 0;
  for (let y = 0; y < side; y += b) {
    for (let x = 0; x < side; x += b) {
      let up = 0;
      for (let i = 0; i < b; i++) for (let j = 0; j < b; j++) up += spins[(y + i) * side + x + j];
      sum += ((2 * up) / (b * b) - 1) ** 2;
    }
  }
  return (sum * b * b) / (side * side);
}

/** Returns {update(universe, view, level, deadline) -> entries by level, forget()}; an entry is {m, e, variances}. */
export function createLevels() {
  const entries = [];

  function measure(universe, view, level, deadline) {
    const side = tileSide(level);
    const count = level < 7 ? 1 : 2; // 2 x 2 tiles, or all of the torus up to level 7
    const nearest = (coordinate) => (level <= 7 ? 0n : ((cellAt(view, level, coordinate)[0] + BigInt(TILE / 2)) >> 6n) - 1n);
    const tileX = nearest(view.x);
    const tileY = nearest(view.y);
    const old = entries[level];
    if (old && old.tileX === tileX && old.tileY === tileY) return true;
    const width = count * side;
    const spins = new Uint8Array(width * width);
    for (let v = 0; v < count; v++) {
      for (let u = 0; u < count; u++) {
        const tile = universe.tile(level, tileX + BigInt(u), tileY + BigInt(v), deadline);
        if (tile === null) return false;
        for (let row = 0; row < side; row++) {
          spins.set(tile.subarray(row * side, (row + 1) * side), (v * side + row) * width + u * side);
        }
      }
    }
    const entry = { tileX, tileY, ...rectangleStatistics(spins, width, width, level <= 7) };
    if (level >= FIRST_WINDOW) entry.variances = BLOCKS.map((b) => blockVariance(spins, width, b));
    entries[level] = entry;
    return true;
  }

  function update(universe, view, level, deadline) {
    if (entries.length > level + 1) entries.length = level + 1; // what lies deeper has gone out of sight
    for (let l = 0; l <= level; l++) if (!measure(universe, view, l, deadline)) break;
    return entries;
  }

  return { update, forget: () => (entries.length = 0) };
}

/**
 * The exponent eta = 2 - gamma/nu from block magnetisations on the way down, <m_b^2> ~ b^-eta, with an error from leaving
 * out groups of successive levels; null with fewer than ETA_LEVELS levels.
 */
export function etaOf(entries, first = FIRST_WINDOW) {
  const pairs = entries.slice(first).filter((entry) => entry?.variances).map((entry) => entry.variances);
  if (pairs.length < ETA_LEVELS) return null;
  const sum = (rows) => rows.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
  const eta = ([small, large]) => Math.log(small / large) / Math.log(BLOCKS[1] / BLOCKS[0]);
  const count = Math.floor(pairs.length / LEVEL_GROUP);
  const groups = Array.from({ length: count }, () => []);
  pairs.forEach((pair, i) => groups[Math.floor((i * count) / pairs.length)].push(pair));
  const total = sum(pairs);
  const others = groups.map(sum).map(([a, b]) => eta([total[0] - a, total[1] - b]));
  return { value: eta(total), error: jackknifeError(others), levels: pairs.length };
}
