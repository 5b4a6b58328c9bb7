// Conditional draws in order: the corner spins A of all blocks, then the diagonal ones D, then the
// edges B and C of each block together.

import { UNIT } from "./sampler.js";

// Draw the fine lattice, Uint8Array (4 size^2), with the tables `order` of conditional-tables.js.
export function drawInOrder(order, coarse, size, random, ties) {
  const fine = new Uint8Array(4 * size * size);
  const words = new Uint32Array(2 * size * size);
  random.fill(words);
  const digits = new Uint16Array(words.buffer);
  for (let y = 0; y < size; y++) drawCorners(order.corner, coarse, fine, size, y, digits, ties);
  for (let y = 0; y < size; y++) drawDiagonals(order.diagonal, coarse, fine, size, y, digits, ties);
  for (let y = 0; y < size; y++) drawEdges(order, coarse, fine, size, y, digits, ties);
  return fine;
}

// The spin that a digit decides; see conditional.js.
function spinOf(digit, scaled, ties) {
  const whole = scaled | 0;
  if (digit !== whole) return (digit - whole) >>> 31;
  return ties.nextFloat() < scaled - whole ? 1 : 0;
}

function drawCorners({ whole, fraction }, coarse, fine, size, y, digits, ties) {
  const above = ((y + size - 1) % size) * size;
  const own = y * size;
  const below = ((y + 1) % size) * size;
  for (let x = 0; x < size; x++) {
    const left = x === 0 ? size - 1 : x - 1;
    const right = x + 1 === size ? 0 : x + 1;
    const pattern =
      coarse[own + x] | (coarse[above + x] << 1) | (coarse[own + left] << 2) | (coarse[below + x] << 3) | (coarse[own + right] << 4) |
      (coarse[above + left] << 5) | (coarse[above + right] << 6) | (coarse[below + left] << 7) | (coarse[below + right] << 8);
    fine[4 * own + 2 * x] = spinOf(digits[own + x], whole[pattern] + fraction[pattern], ties);
  }
}

function drawDiagonals({ whole, fraction }, coarse, fine, size, y, digits, ties) {
  const own = y * size;
  const below = ((y + 1) % size) * size;
  for (let x = 0; x < size; x++) {
    const right = x + 1 === size ? 0 : x + 1;
    const pattern =
      coarse[own + x] | (coarse[own + right] << 1) | (coarse[below + x] << 2) | (coarse[below + right] << 3) |
      (fine[4 * own + 2 * x] << 4) | (fine[4 * own + 2 * right] << 5) | (fine[4 * below + 2 * x] << 6) | (fine[4 * below + 2 * right] << 7);
    fine[4 * own + 2 * size + 2 * x + 1] = spinOf(digits[size * size + own + x], whole[pattern] + fraction[pattern], ties);
  }
}

// B and C have the weights exp(s h + t k), times the majority rule where the model has it: B from
// its marginal law, C given B.
function drawEdges({ edge, rule }, coarse, fine, size, y, digits, ties) {
  const above = ((y + size - 1) % size) * size;
  const own = y * size;
  const below = ((y + 1) % size) * size;
  const first = 2 * size * size;
  for (let x = 0; x < size; x++) {
    const left = x === 0 ? size - 1 : x - 1;
    const right = x + 1 === size ? 0 : x + 1;
    const a = fine[4 * own + 2 * x];
    const d = fine[4 * own + 2 * size + 2 * x + 1];
    const shared = a | (d << 1) | (coarse[own + x] << 4);
    const ofB =
      edge[
        shared | (fine[4 * own + 2 * right] << 2) | (fine[4 * above + 2 * size + 2 * x + 1] << 3) |
          (coarse[own + right] << 5) | (coarse[above + x] << 6) | (coarse[above + right] << 7)
      ];
    const ofC =
      edge[
        shared | (fine[4 * below + 2 * x] << 2) | (fine[4 * own + 2 * size + 2 * left + 1] << 3) |
          (coarse[own + left] << 5) | (coarse[below + x] << 6) | (coarse[below + left] << 7)
      ];
    const ups = 5 * coarse[own + x] + a + d;
    const bothUp = rule[ups + 2];
    const oneUp = rule[ups + 1];
    const up = bothUp + oneUp * ofC; // the weight of B up, either C
    const down = (oneUp + rule[ups] * ofC) * ofB;
    const digit = first + 2 * (own + x);
    const b = spinOf(digits[digit], (UNIT * up) / (up + down), ties);
    fine[4 * own + 2 * x + 1] = b;
    const c = b ? bothUp / up : oneUp / (oneUp + rule[ups] * ofC);
    fine[4 * own + 2 * size + 2 * x] = spinOf(digits[digit + 1], UNIT * c, ties);
  }
}
