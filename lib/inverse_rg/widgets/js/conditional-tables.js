// Tables of a conditional upscaler (inverse_rg.conditional): what each draw needs to know of the
// spins around it. A pattern is an integer whose bits are spins, 1 for up; fields are those of spins
// of +-1, and a ratio is exp(-2 h) = P(down) / P(up).
//
// The interactions of a pass lie within two steps, and none joins a spin two columns away to one two
// rows away. So exp(-2 h) is a product of two numbers, looked up by what is around the spin drawn in
// 3 columns of 5 rows ("tall") and in 5 columns of 3 rows ("wide"); and where all lies within one
// step, the probability itself is looked up by 3 x 3 spins and the coarse one.

import { UNIT } from "./sampler.js";

// One image of each interaction, as offsets (dy, dx).
const SHAPES = {
  nearest: [[0, 0], [0, 1]],
  second: [[0, 0], [1, 1]],
  third: [[0, 0], [0, 2]],
  fourth: [[0, 0], [1, 2]],
  square: [[0, 0], [0, 1], [1, 0], [1, 1]],
  tee: [[0, 0], [0, 1], [0, 2], [1, 1]],
  diamond: [[0, 1], [1, 0], [1, 2], [2, 1]],
  ell: [[0, 0], [0, 1], [0, 2], [1, 0]],
  skew: [[0, 0], [0, 1], [1, 1], [1, 2]],
};
export const INTERACTIONS = Object.keys(SHAPES);

// The spins of a block, [row, column], in the order of a pass: A, D, B, C.
export const SITES = [[0, 0], [1, 1], [0, 1], [1, 0]];

// Which parameter goes with each spin that a draw in order sees (as `SEEN` in _packed_conditional.py).
const SEEN = {
  corner: [0, 1, 1, 2, 2, 3, 4, 4, 5],
  diagonal: [0, 1, 1, 2, 3, 4, 4, 5],
  edge: [0, 0, 1, 1, 2, 3, 3, 4],
};

// The images of a shape under the square's symmetries, up to translation.
function shapeImages(name) {
  const found = new Map();
  for (let symmetry = 0; symmetry < 8; symmetry++) {
    const points = SHAPES[name].map(([y, x]) => {
      const moved = [symmetry & 1 ? -y : y, symmetry & 2 ? -x : x];
      return symmetry & 4 ? moved.reverse() : moved;
    });
    points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const [top, left] = points[0];
    const image = points.map(([y, x]) => [y - top, x - left]);
    found.set(String(image), image);
  }
  return [...found.values()];
}

// The offsets of the other spins in each shape that a spin belongs to, on a torus of side `size`. A
// shape that meets the spin twice, as some do at side 2, has the same energy either way: left out.
export function interactionTerms(name, size) {
  const terms = [];
  for (const image of shapeImages(name)) {
    for (const [top, left] of image) {
      const others = image.filter(([y, x]) => y !== top || x !== left).map(([y, x]) => [y - top, x - left]);
      if (!others.some(([y, x]) => y % size === 0 && x % size === 0)) terms.push(others);
    }
  }
  return terms;
}

// exp(-2 h) for each pattern of `bits` spins, h = sum of weight times the product of the spins in
// mask, from pairs [mask, weight]: a Walsh-Hadamard transform.
function ratiosOfProducts(pairs, bits) {
  const fields = new Float64Array(1 << bits);
  for (const [mask, weight] of pairs) {
    let sign = 1; // bit 0 is the spin -1 = -(-1)^0
    for (let rest = mask; rest; rest &= rest - 1) sign = -sign;
    fields[mask] += sign * weight;
  }
  for (let step = 1; step < fields.length; step *= 2) {
    for (let i = 0; i < fields.length; i++) {
      if (i & step) continue;
      const [even, odd] = [fields[i], fields[i + step]];
      fields[i] = even + odd;
      fields[i + step] = even - odd;
    }
  }
  return fields.map((field) => Math.exp(-2 * field));
}

// exp(-2 h) for each pattern of the spins that have these weights, the first spin in bit 0.
const ratiosOfSpins = (weights) => ratiosOfProducts(weights.map((weight, i) => [1 << i, weight]), weights.length);

// Ratios as thresholds: up where a random digit is below 65536 p; whole and fractional part of that.
function thresholdsOf(ratios) {
  const scaled = Float64Array.from(ratios, (ratio) => UNIT / (1 + ratio));
  const whole = Int32Array.from(scaled);
  return { whole, fraction: scaled.map((value, i) => value - whole[i]) };
}

// What the majority rule multiplies a ratio by, for each of `SITES`, coarse spin and 3 x 3 pattern:
// entry 1024 site + 512 coarse + pattern, bit 3 (dx + 1) + dy + 1. Of the three other spins of the
// block, those that agree with the coarse one allow a spin against it with weight 0, 0, 1/2, 1.
function ruleFactors() {
  const factors = new Float64Array(4 * 1024);
  for (let i = 0; i < factors.length; i++) {
    const [row, column] = SITES[i >> 10];
    const coarse = (i >> 9) & 1;
    const vertical = row ? -1 : 1;
    const horizontal = column ? -1 : 1;
    let agreeing = 0;
    for (const [y, x] of [[vertical, 0], [0, horizontal], [vertical, horizontal]]) {
      if (((i >> (3 * (x + 1) + y + 1)) & 1) === coarse) agreeing += 1;
    }
    const against = [0, 0, 0.5, 1][agreeing];
    factors[i] = coarse ? against : 1 / against;
  }
  return factors;
}

// The tables of the passes on a fine torus of side `size`: {whole, fraction} where all lies within one
// step, else {tall, wide, rule}.
function passTables(couplings, size) {
  const rule = ruleFactors();
  const terms = INTERACTIONS.flatMap((name, i) =>
    couplings[i] ? interactionTerms(name, size).map((offsets) => ({ offsets, weight: couplings[i] })) : [],
  );
  const within = (offsets, rows, columns) => offsets.every(([y, x]) => Math.abs(y) <= rows && Math.abs(x) <= columns);
  const maskOf = (offsets, rows, columns) =>
    offsets.reduce((mask, [y, x]) => mask | (1 << ((2 * rows + 1) * (x + columns) + y + rows)), 0);
  const pairs = (list, rows, columns) => list.map(({ offsets, weight }) => [maskOf(offsets, rows, columns), weight]);
  if (terms.every(({ offsets }) => within(offsets, 1, 1))) {
    const near = ratiosOfProducts(pairs(terms, 1, 1), 9);
    return thresholdsOf(rule.map((factor, i) => near[i & 511] * factor));
  }
  const tall = terms.filter(({ offsets }) => within(offsets, 2, 1));
  const wide = terms.filter((term) => !tall.includes(term));
  return { tall: ratiosOfProducts(pairs(tall, 2, 1), 15), wide: ratiosOfProducts(pairs(wide, 1, 2), 15), rule };
}

function orderTables(upscaler) {
  const weights = (part) => SEEN[part].map((i) => upscaler[part][i]);
  return {
    corner: thresholdsOf(ratiosOfSpins(weights("corner"))),
    diagonal: thresholdsOf(ratiosOfSpins(weights("diagonal"))),
    edge: ratiosOfSpins(weights("edge")),
    // The weight of a block by coarse spin (4 and up: up) and number of spins up.
    rule: Float64Array.from(upscaler.majority ? [1, 1, 0.5, 0, 0, 0, 0, 0.5, 1, 1] : new Array(10).fill(1)),
  };
}

const TABLES_KEPT = 32; // tables in the cache: a dozen models at two sizes each
const tableCache = new Map();

// The tables of an upscaler, as `ConditionalUpscaler.describe` writes it, for a fine torus of side
// `size`: {order, passing}, either of them null where there are no such draws.
export function conditionalTables(upscaler, size) {
  const key = `${size === 2} ${JSON.stringify(upscaler)}`;
  if (!tableCache.has(key)) {
    if (tableCache.size >= TABLES_KEPT) tableCache.clear();
    tableCache.set(key, {
      order: upscaler.corner ? orderTables(upscaler) : null,
      passing: upscaler.passes ? passTables(upscaler.couplings, size === 2 ? 2 : 64) : null,
    });
  }
  return tableCache.get(key);
}
