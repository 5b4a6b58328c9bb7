// Upscaling: draw a fine lattice from a coarse one by Eq. (9), for any symmetric kernel.
//
// Each fine spin sees n x n coarse spins. Their bits, gathered row by row, index a table of
// probabilities (n up to 4), or tables of factors of exp(-2 h), one for each pair of window rows
// (larger n). The window wraps around a lattice narrower than itself, as in the package.
//
// A spin is up when u + f < 65536 p: u are 16 random bits, and only when u = floor(65536 p), once
// in 65536 draws, are further digits f drawn, from a generator of their own. So every spin takes
// its u from a fixed place in the stream, and a kernel that is bent changes few spins.

import { upProbability, windowOf, windowSteps } from "./kernel.js";
import { createRandom } from "./random.js";

export const LARGEST_SIZE = 1024;

export const UNIT = 65536; // a random digit is a whole number below it
const LARGEST_TABLE_WIDTH = 4;

// Prepare a kernel: its tables. {width, steps, kernel, whole, fraction} or {..., factors}.
export function createSampler(kernel) {
  const width = (kernel.size + 1) / 2;
  const window = windowOf(kernel.size, kernel.parameters);
  const sampler = { kernel, width, steps: windowSteps(width) };
  if (width <= LARGEST_TABLE_WIDTH) {
    const fields = patternFields(window, width);
    sampler.whole = new Int32Array(fields.length);
    sampler.fraction = new Float64Array(fields.length);
    for (let i = 0; i < fields.length; i++) {
      const scaled = UNIT * upProbability(fields[i]);
      sampler.whole[i] = scaled;
      sampler.fraction[i] = scaled - sampler.whole[i];
    }
  } else {
    sampler.factors = [];
    for (let p = 0; p < width; p += 2) sampler.factors.push(pairFactors(window, width, p));
  }
  return sampler;
}

// The field of each window pattern, Float64Array (2^(n * n)): bit n p + q of the index is the coarse
// spin at (Y + a step_p, X + b step_q).
export function patternFields(window, width) {
  const rows = Array.from({ length: width }, (_, p) => rowFields(window, width, p));
  let fields = rows[0];
  for (let p = 1; p < width; p++) {
    const longer = new Float64Array(fields.length << width);
    rows[p].forEach((part, bits) => {
      const start = bits * fields.length;
      for (let i = 0; i < fields.length; i++) longer[start + i] = fields[i] + part;
    });
    fields = longer;
  }
  return fields;
}

// The part of the field that comes from window row p, for each pattern of n bits.
function rowFields(window, width, p) {
  const fields = new Float64Array(1 << width);
  for (let bits = 0; bits < fields.length; bits++) {
    for (let q = 0; q < width; q++) fields[bits] += window[width * p + q] * ((bits >> q) & 1 ? 1 : -1);
  }
  return fields;
}

// exp(-2 h) of window rows p and p + 1 for each pattern of their 2 n bits (n bits: the last row alone).
function pairFactors(window, width, p) {
  const first = rowFields(window, width, p);
  const second = p + 1 < width ? rowFields(window, width, p + 1) : new Float64Array(1);
  const factors = new Float64Array(first.length * second.length);
  for (let bits = 0; bits < factors.length; bits++) {
    factors[bits] = Math.exp(-2 * (first[bits % first.length] + second[bits >> width]));
  }
  return factors;
}

// Draw the fine lattice, Uint8Array (4 size^2), from `coarse`, Uint8Array (size^2) of 0/1.
// `random` gives the first digits and `ties` the further ones.
export function upscale(sampler, coarse, size, random, ties) {
  const { width, steps } = sampler;
  const fine = new Uint8Array(4 * size * size);
  const columns = [gatherColumns(coarse, size, steps, -1), gatherColumns(coarse, size, steps, 1)];
  const words = new Uint32Array(size);
  const digits = new Uint16Array(words.buffer);
  const rows = new Int32Array(width);
  for (let y = 0; y < 2 * size; y++) {
    const side = y % 2 ? 1 : -1;
    for (let p = 0; p < width; p++) rows[p] = size * wrap((y >> 1) + side * steps[p], size);
    random.fill(words);
    for (let half = 0; half < 2; half++) {
      const target = fine.subarray(2 * size * y + half);
      const first = digits.subarray(half * size);
      if (sampler.whole) drawByTable(sampler, columns[half], rows, size, first, ties, target);
      else drawByFactors(sampler, columns[half], rows, size, first, ties, target);
    }
  }
  return fine;
}

function wrap(index, size) {
  const rest = index % size;
  return rest < 0 ? rest + size : rest;
}

// For each coarse cell the bits of its row that a fine spin on `side` sees, Uint8Array (size^2).
function gatherColumns(coarse, size, steps, side) {
  const width = steps.length;
  const patterns = new Uint8Array(size * size);
  for (let q = 0; q < width; q++) {
    // In two runs without a division: the cells whose neighbour is inside the row, and the rest.
    const shift = wrap(side * steps[q], size);
    for (let start = 0; start < size * size; start += size) {
      for (let x = 0; x < size - shift; x++) patterns[start + x] |= coarse[start + x + shift] << q;
      for (let x = size - shift; x < size; x++) patterns[start + x] |= coarse[start + x + shift - size] << q;
    }
  }
  return patterns;
}

// Draw every second spin of a fine row: target[2 x], x = 0 .. size - 1.
function drawByTable({ width, whole, fraction }, columns, rows, size, digits, ties, target) {
  const first = rows[0];
  const second = width > 1 ? rows[1] : 0;
  const third = width > 2 ? rows[2] : 0;
  const fourth = width > 3 ? rows[3] : 0;
  for (let x = 0; x < size; x++) {
    let pattern = columns[first + x];
    if (width > 1) pattern |= columns[second + x] << width;
    if (width > 2) pattern |= columns[third + x] << (2 * width);
    if (width > 3) pattern |= columns[fourth + x] << (3 * width);
    const margin = digits[x] - whole[pattern];
    target[2 * x] = margin >>> 31; // without a branch: a coin cannot be predicted
    if (margin === 0 && ties.nextFloat() < fraction[pattern]) target[2 * x] = 1;
  }
}

function drawByFactors({ width, factors }, columns, rows, size, digits, ties, target) {
  for (let x = 0; x < size; x++) {
    let ratio = 1;
    for (let i = 0; i < factors.length; i++) {
      let bits = columns[rows[2 * i] + x];
      if (2 * i + 1 < width) bits |= columns[rows[2 * i + 1] + x] << width;
      ratio *= factors[i][bits];
    }
    const margin = UNIT / (1 + ratio) - digits[x];
    if (margin >= 1 || (margin > 0 && ties.nextFloat() < margin)) target[2 * x] = 1;
  }
}

// Draw one level from a seed. `step` numbers the draws of one picture: each has streams of its own.
export function dreamLevel(sampler, coarse, size, seed, step) {
  return upscale(sampler, coarse, size, createRandom(seed, 4 * step), createRandom(seed, 4 * step + 1));
}
