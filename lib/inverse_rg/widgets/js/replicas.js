// Many small dreams at once, for measuring while you watch.
//
// createMeasurement(kernels) -> measurement
//     `kernels`: one kernel {size, parameters} for every level, or an array whose entry l draws
//     level l (2^l -> 2^(l + 1)); its last entry draws all further levels. (As inverse_rg.dream does,
//     a window wider than the lattice wraps around it.)
// measureBatch(measurement, levels, replicas, random) -> sums
//     grows `replicas` lattices from one random spin each, levels = 6 doublings to L = 64, and
//     returns sums[level], level = 0 .. levels, with size = 2^level, of plain numbers that add up:
//       {size, count, m2, m4, absM, e, e2, absMe, histogram}
//     m = mean of +-1, e = sum of s (right + down) / L^2 (2 at full order, as in the package).
//     histogram: Float64Array(HISTOGRAM_BINS); bin b holds the m nearest to -1 + 2 b / (BINS - 1),
//     so that the first and the last bin are half as wide.
// addSums(total, part) -> adds part to total in place (total null: a copy of part) and returns it.
//
// Replicas lie side by side: the spin of replica r at a site is the byte site * REPLICAS + r, and a
// 32-bit word of the same memory holds four replicas, which are gathered, counted and compared at
// once. Only the look-up of a probability is made one by one.

import { createSampler, upscale } from "./sampler.js";

export const HISTOGRAM_BINS = 65;
export const REPLICAS = 64; // drawn side by side; a batch is rounded up to a multiple of it
const WORDS = REPLICAS / 4;
const LARGEST_LEVELS = 8;

export function createMeasurement(kernels) {
  const list = Array.isArray(kernels) ? kernels : [kernels];
  return { samplers: list.map((kernel) => createSampler(kernel)), buffers: new Map() };
}

export function measureBatch(measurement, levels, replicas, random) {
  if (!Number.isInteger(levels) || levels < 0 || levels > LARGEST_LEVELS) {
    throw new Error(`levels must be a whole number from 0 to ${LARGEST_LEVELS}, got ${levels}`);
  }
  const sums = Array.from({ length: levels + 1 }, (_, level) => emptySums(1 << level));
  for (let done = 0; done < replicas; done += REPLICAS) growReplicas(measurement, levels, random, sums);
  return sums;
}

export function emptySums(size) {
  return {
    size, count: 0, m2: 0, m4: 0, absM: 0, e: 0, e2: 0, absMe: 0,
    histogram: new Float64Array(HISTOGRAM_BINS),
  };
}

export function addSums(total, part) {
  if (total === null) return part.map((sums) => ({ ...sums, histogram: sums.histogram.slice() }));
  total.forEach((sums, level) => {
    for (const name of Object.keys(sums)) {
      if (name === "histogram") sums.histogram.forEach((_, i) => (sums.histogram[i] += part[level].histogram[i]));
      else if (name !== "size") sums[name] += part[level][name];
    }
  });
  return total;
}

function buffer(measurement, name, length) {
  const key = `${name}${length}`;
  if (!measurement.buffers.has(key)) measurement.buffers.set(key, new Int32Array(length));
  return measurement.buffers.get(key);
}

function growReplicas(measurement, levels, random, sums) {
  let spins = buffer(measurement, "level", WORDS);
  for (let i = 0; i < WORDS; i++) spins[i] = random.nextU32() & 0x01010101;
  measureReplicas(spins, 1, sums[0]);
  for (let level = 0; level < levels; level++) {
    const sampler = measurement.samplers[Math.min(level, measurement.samplers.length - 1)];
    const size = 1 << level;
    const fine = buffer(measurement, "level", 4 * size * size * WORDS);
    if (sampler.whole) drawReplicas(measurement, sampler, spins, size, random, fine);
    else drawOneByOne(sampler, spins, size, random, fine);
    spins = fine;
    measureReplicas(spins, 2 * size, sums[level + 1]);
  }
}

// Windows wider than the tables (k > 7): each replica on its own.
function drawOneByOne(sampler, coarse, size, random, fine) {
  const from = new Uint8Array(coarse.buffer);
  const to = new Uint8Array(fine.buffer);
  const spins = new Uint8Array(size * size);
  for (let r = 0; r < REPLICAS; r++) {
    for (let i = 0; i < spins.length; i++) spins[i] = from[i * REPLICAS + r];
    const grown = upscale(sampler, spins, size, random, random);
    for (let i = 0; i < grown.length; i++) to[i * REPLICAS + r] = grown[i];
  }
}

// The bits that fine spins on `side` see in each coarse row, four replicas a word (as gatherColumns).
function gatherReplicas(spins, size, steps, side, patterns) {
  patterns.fill(0);
  for (let q = 0; q < steps.length; q++) {
    const shift = (((side * steps[q]) % size) + size) % size;
    for (let x = 0; x < size; x++) {
      const from = WORDS * ((x + shift) % size);
      for (let row = 0; row < size; row++) {
        const start = row * size * WORDS;
        for (let i = 0; i < WORDS; i++) patterns[start + x * WORDS + i] |= spins[start + from + i] << q;
      }
    }
  }
}

function drawReplicas(measurement, sampler, coarse, size, random, fine) {
  const { width, steps } = sampler;
  const cells = size * size * WORDS;
  const digits = buffer(measurement, "digits", 2 * size * WORDS);
  const rows = new Int32Array(4);
  for (let half = 0; half < 2; half++) {
    const columns = buffer(measurement, `columns${half}`, cells);
    gatherReplicas(coarse, size, steps, half ? 1 : -1, columns);
    for (let y = 0; y < 2 * size; y++) {
      const side = y % 2 ? 1 : -1;
      for (let p = 0; p < 4; p++) {
        rows[p] = p < width ? ((((y >> 1) + side * steps[p]) % size) + size) % size * size * WORDS : 0;
      }
      random.fill(digits);
      const target = (2 * size * y + half) * WORDS;
      drawRow(columns, rows, size, sampler, digits, random, fine, target);
    }
  }
}

// Draw every second spin of a fine row. A digit below the whole part of 65536 p means up (bit 31 of
// the difference); a tie is decided by the fraction, as in sampler.js.
function drawRow(columns, rows, size, sampler, digits, ties, fine, target) {
  const { width, whole, fraction } = sampler;
  const first = rows[0];
  const second = rows[1];
  const third = rows[2];
  const fourth = rows[3];
  const up = 2 * width;
  let k = 0;
  for (let x = 0; x < size; x++) {
    const at = target + 2 * x * WORDS;
    for (let i = 0; i < WORDS; i++) {
      const cell = x * WORDS + i;
      let low = columns[first + cell];
      let high = 0;
      if (width > 1) low |= columns[second + cell] << width;
      if (width > 2) high = columns[third + cell];
      if (width > 3) high |= columns[fourth + cell] << width;
      const p0 = (low & 255) | ((high & 255) << up);
      const p1 = ((low >>> 8) & 255) | (((high >>> 8) & 255) << up);
      const p2 = ((low >>> 16) & 255) | (((high >>> 16) & 255) << up);
      const p3 = (low >>> 24) | ((high >>> 24) << up);
      const r0 = digits[k];
      const r1 = digits[k + 1];
      k += 2;
      const d0 = (r0 & 65535) - whole[p0];
      const d1 = (r0 >>> 16) - whole[p1];
      const d2 = (r1 & 65535) - whole[p2];
      const d3 = (r1 >>> 16) - whole[p3];
      let word = (d0 >>> 31) | ((d1 >>> 31) << 8) | ((d2 >>> 31) << 16) | ((d3 >>> 31) << 24);
      if (d0 === 0 || d1 === 0 || d2 === 0 || d3 === 0) {
        if (d0 === 0 && ties.nextFloat() < fraction[p0]) word |= 1;
        if (d1 === 0 && ties.nextFloat() < fraction[p1]) word |= 1 << 8;
        if (d2 === 0 && ties.nextFloat() < fraction[p2]) word |= 1 << 16;
        if (d3 === 0 && ties.nextFloat() < fraction[p3]) word |= 1 << 24;
      }
      fine[at + i] = word;
    }
  }
}

const upCounts = new Float64Array(REPLICAS);
const brokenCounts = new Float64Array(REPLICAS);

// Count up spins and broken bonds of every replica, bytes as counters, and add to the sums.
function measureReplicas(spins, size, sums) {
  upCounts.fill(0);
  brokenCounts.fill(0);
  for (let i = 0; i < WORDS; i++) {
    for (let y = 0; y < size; y++) {
      const row = y * size * WORDS + i;
      const below = (y + 1 < size ? row : i - size * WORDS) + size * WORDS;
      let last = spins[row + (size - 1) * WORDS];
      for (let start = 0; start < size; start += 64) {
        // Up to 64 sites: a byte counts at most 64 up spins and 128 broken bonds.
        const end = Math.min(size, start + 64) * WORDS;
        let up = 0;
        let broken = 0;
        for (let x = start * WORDS; x < end; x += WORDS) {
          const spin = spins[row + x];
          up = (up + spin) | 0;
          broken = (broken + (spin ^ last) + (spin ^ spins[below + x])) | 0;
          last = spin;
        }
        for (let lane = 0; lane < 4; lane++) {
          upCounts[4 * i + lane] += (up >>> (8 * lane)) & 255;
          brokenCounts[4 * i + lane] += (broken >>> (8 * lane)) & 255;
        }
      }
    }
  }
  const spinsPerReplica = size * size;
  for (let r = 0; r < REPLICAS; r++) {
    const m = (2 * upCounts[r]) / spinsPerReplica - 1;
    addConfiguration(sums, m, 2 - (2 * brokenCounts[r]) / spinsPerReplica);
  }
}

// Add one configuration of magnetisation m and energy e to the sums of its level.
export function addConfiguration(sums, m, e) {
  const m2 = m * m;
  sums.count += 1;
  sums.m2 += m2;
  sums.m4 += m2 * m2;
  sums.absM += Math.abs(m);
  sums.e += e;
  sums.e2 += e * e;
  sums.absMe += Math.abs(m) * e;
  sums.histogram[Math.round(((m + 1) / 2) * (HISTOGRAM_BINS - 1))] += 1;
}
