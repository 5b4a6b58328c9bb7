// Conditional upscaling: a fine lattice whose spins are drawn one after the other, each given those
// drawn before it, as inverse_rg.conditional does it. Spins are 0/1 in Uint8Arrays, row-major.
//
// A digit below the whole part of 65536 p means up; once in 65536 draws, where the two are equal, a
// further number from `ties` is compared with the fraction (as in sampler.js).

import { SITES, conditionalTables } from "./conditional-tables.js";
import { drawInOrder } from "./conditional-order.js";
import { createRandom } from "./random.js";
import { UNIT } from "./sampler.js";

// Draw the fine lattice, Uint8Array (4 size^2), from `coarse`, Uint8Array (size^2). Each level is
// turned by one of the square's eight symmetries, drawn at random, and the fine lattice turned back.
export function upscaleConditional(upscaler, coarse, size, random, ties) {
  if (size > 1 && size % 2) throw new Error(`the side must be 1 or even, so that blocks form a checkerboard, got ${size}`);
  const { order, passing } = conditionalTables(upscaler, 2 * size);
  const symmetry = random.nextU32() >>> 29;
  const turned = turnLattice(coarse, size, symmetry);
  const fine = order ? drawInOrder(order, turned, size, random, ties) : copySpins(turned, size);
  for (let pass = 0; pass < upscaler.passes; pass++) {
    for (let step = 0; step < 8; step++) drawColour(passing, turned, fine, size, step >> 1, step & 1, random, ties);
  }
  return turnLattice(fine, 2 * size, inverseSymmetry(symmetry));
}

// A level from a seed, with the streams that dreamLevel of sampler.js has.
export function dreamConditionalLevel(upscaler, coarse, size, seed, step) {
  return upscaleConditional(upscaler, coarse, size, createRandom(seed, 4 * step), createRandom(seed, 4 * step + 1));
}

// The image of a lattice: rows flipped (bit 0 of `symmetry`), columns flipped (bit 1), then transposed (bit 2).
export function turnLattice(spins, size, symmetry) {
  if (symmetry === 0) return spins;
  const down = symmetry & 1 ? -size : size;
  const right = symmetry & 2 ? -1 : 1;
  const corner = (symmetry & 1 ? size * (size - 1) : 0) + (symmetry & 2 ? size - 1 : 0);
  const [alongRow, alongColumn] = symmetry & 4 ? [down, right] : [right, down];
  const image = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    let source = corner + y * alongColumn;
    for (let x = 0; x < size; x++, source += alongRow) image[y * size + x] = spins[source];
  }
  return image;
}

// What undoes a symmetry.
export function inverseSymmetry(symmetry) {
  return symmetry & 4 ? 4 | ((symmetry & 1) << 1) | ((symmetry & 2) >> 1) : symmetry;
}

function copySpins(coarse, size) {
  const fine = new Uint8Array(4 * size * size);
  for (let y = 0; y < 2 * size; y++) {
    const row = (y >> 1) * size;
    for (let x = 0; x < 2 * size; x++) fine[2 * size * y + x] = coarse[row + (x >> 1)];
  }
  return fine;
}

const digitCache = new Map();

// Room for random digits: the same memory as words and as digits.
function digitsFor(count) {
  if (!digitCache.has(count)) {
    const words = new Uint32Array((count + 1) >> 1);
    digitCache.set(count, { words, digits: new Uint16Array(words.buffer) });
  }
  return digitCache.get(count);
}

// Draw anew, in place, the spin `site` (see SITES) of every block of one colour of the checkerboard,
// given all others: heat bath times majority rule. `size` is the coarse side.
export function drawColour(tables, coarse, fine, size, site, colour, random, ties) {
  if (size === 1) {
    if (colour === 0) drawSingleBlock(tables, coarse, fine, site, random, ties);
    return;
  }
  const { words, digits } = digitsFor((size * size) / 2);
  random.fill(words);
  const draw = tables.whole ? drawNearRow : drawFarRow;
  const rows = new Int32Array(fine.buffer);
  const [row, column] = SITES[site];
  for (let block = 0, taken = 0; block < size; block++, taken += size / 2) {
    draw(tables, coarse, fine, rows, size, block, row, column, site, (block + colour) & 1, digits, taken, ties);
  }
}

// One row of blocks. Sites of one colour lie four columns apart, one in each 32-bit word of a row, at
// the byte `place`; shifted by their row and joined, words hold the columns around four sites at once.
// `shift` brings the column two to the left of the site to the lowest byte of two such words.
function drawNearRow({ whole, fraction }, coarse, fine, rows, size, block, row, column, site, odd, digits, taken, ties) {
  const side = 2 * size;
  const stride = size / 2; // words in a row
  const y = 2 * block + row;
  const place = 2 * odd + column;
  const above = ((y + side - 1) % side) * stride;
  const own = y * stride;
  const below = ((y + 1) % side) * stride;
  const shift = 8 * ((place + 2) & 3);
  let word = place < 2 ? stride - 1 : 0;
  let first = rows[above + word] | (rows[own + word] << 1) | (rows[below + word] << 2);
  const start = site << 10;
  for (let i = 0; i < stride; i++) {
    word = word + 1 === stride ? 0 : word + 1;
    const second = rows[above + word] | (rows[own + word] << 1) | (rows[below + word] << 2);
    const around = (first >>> shift) | ((second << 1) << (31 - shift));
    first = second;
    const pattern = ((around >>> 8) & 7) | ((around >>> 13) & 56) | ((around >>> 18) & 448);
    const entry = start + (coarse[block * size + 2 * i + odd] << 9) + pattern;
    const margin = digits[taken + i] - whole[entry];
    let spin = margin >>> 31;
    if (margin === 0 && ties.nextFloat() < fraction[entry]) spin = 1;
    fine[y * side + 4 * i + place] = spin;
  }
}

// The same with five rows and five columns.
function drawFarRow({ tall, wide, rule }, coarse, fine, rows, size, block, row, column, site, odd, digits, taken, ties) {
  const side = 2 * size;
  const stride = size / 2;
  const y = 2 * block + row;
  const place = 2 * odd + column;
  const top = ((y + side - 2) % side) * stride;
  const above = ((y + side - 1) % side) * stride;
  const own = y * stride;
  const below = ((y + 1) % side) * stride;
  const bottom = ((y + 2) % side) * stride;
  const shift = 8 * ((place + 2) & 3);
  let word = place < 2 ? stride - 1 : 0;
  let first =
    rows[top + word] | (rows[above + word] << 1) | (rows[own + word] << 2) | (rows[below + word] << 3) | (rows[bottom + word] << 4);
  const start = site << 10;
  for (let i = 0; i < stride; i++) {
    word = word + 1 === stride ? 0 : word + 1;
    const second =
      rows[top + word] | (rows[above + word] << 1) | (rows[own + word] << 2) | (rows[below + word] << 3) | (rows[bottom + word] << 4);
    const around = (first >>> shift) | ((second << 1) << (31 - shift));
    const last = second >>> shift; // the column two to the right, in the lowest byte
    first = second;
    const upright = ((around >>> 8) & 31) | ((around >>> 11) & 992) | ((around >>> 14) & 31744);
    const level =
      ((around >>> 1) & 7) | ((around >>> 6) & 56) | ((around >>> 11) & 448) | ((around >>> 16) & 3584) | ((last << 11) & 28672);
    const entry = start + (coarse[block * size + 2 * i + odd] << 9) + ((level >>> 3) & 511);
    const scaled = UNIT / (1 + tall[upright] * wide[level] * rule[entry]);
    const whole = scaled | 0;
    const margin = digits[taken + i] - whole;
    let spin = margin >>> 31;
    if (margin === 0 && ties.nextFloat() < scaled - whole) spin = 1;
    fine[y * side + 4 * i + place] = spin;
  }
}

// The torus of side 2 has one block, and its spins see themselves around it.
function drawSingleBlock({ whole, fraction, tall, wide, rule }, coarse, fine, site, random, ties) {
  const [row, column] = SITES[site];
  const spinAt = (dy, dx) => fine[2 * ((row + dy + 2) & 1) + ((column + dx + 2) & 1)];
  const patternOf = (height, width) => {
    let pattern = 0;
    for (let dx = width; dx >= -width; dx--) {
      for (let dy = height; dy >= -height; dy--) pattern = (pattern << 1) | spinAt(dy, dx);
    }
    return pattern;
  };
  const entry = (site << 10) + (coarse[0] << 9) + patternOf(1, 1);
  const scaled = whole ? whole[entry] + fraction[entry] : UNIT / (1 + tall[patternOf(2, 1)] * wide[patternOf(1, 2)] * rule[entry]);
  const margin = scaled - (random.nextU32() >>> 16);
  fine[2 * row + column] = margin >= 1 || (margin > 0 && ties.nextFloat() < margin) ? 1 : 0;
}
