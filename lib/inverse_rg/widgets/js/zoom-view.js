// Where the reader looks: a place on the torus with as many binary digits as the depth needs.
//
// The torus has side 1. The place is two BigInt fractions of 2^bits, the magnification a double:
// the canvas is 2^-depth of the torus wide. Digits are added on the way down and never dropped, so
// that the way back leads to the same spins; a link carries the digits as text.

import { DEEPEST_LEVEL } from "./zoom-tiles.js";

const SPARE_BITS = 64; // below one spin of the finest level: the position inside a spin

/** A view {bits, x, y, depth}: x and y are BigInt, the place of the canvas's centre times 2^bits. */
export function homeView() {
  return { bits: SPARE_BITS, x: 1n << BigInt(SPARE_BITS - 1), y: 1n << BigInt(SPARE_BITS - 1), depth: 0 };
}

/** Give the place of a view enough digits for its depth, and keep it on the torus. */
export function normalise(view) {
  const needed = 32 * Math.ceil((view.depth + SPARE_BITS) / 32);
  if (needed > view.bits) {
    view.x <<= BigInt(needed - view.bits);
    view.y <<= BigInt(needed - view.bits);
    view.bits = needed;
  }
  view.x = BigInt.asUintN(view.bits, view.x);
  view.y = BigInt.asUintN(view.bits, view.y);
  return view;
}

/** Move by fractions of the canvas's width. */
export function moveView(view, dx, dy) {
  const scale = 2 ** (view.bits - view.depth);
  view.x += BigInt(Math.round(dx * scale));
  view.y += BigInt(Math.round(dy * scale));
  return normalise(view);
}

/** Change the depth and keep what lies at (dx, dy) from the centre, in widths of the canvas, where it is. */
export function zoomView(view, depth, dx = 0, dy = 0) {
  const next = Math.min(Math.max(depth, 0), DEEPEST_LEVEL - 10);
  const shift = 1 - 2 ** (view.depth - next);
  if (dx !== 0 || dy !== 0) {
    normalise(view);
    const before = view.depth;
    // Digits for the deeper end, so that the shift is not rounded to whole spins of the coarser one.
    view.depth = Math.max(before, next);
    normalise(view);
    view.depth = before;
    moveView(view, dx * shift, dy * shift);
  }
  view.depth = next;
  return normalise(view);
}

/** The spin of a level at a view's centre: [its number as BigInt, the fraction of it that lies before the centre]. */
export function cellAt(view, level, coordinate) {
  const below = BigInt(view.bits - level);
  const rest = BigInt.asUintN(view.bits - level, coordinate);
  const digits = 48n < below ? 48n : below;
  return [coordinate >> below, Number(rest >> (below - digits)) / 2 ** Number(digits)];
}

/** The text of a view for a link: depth, x and y as hexadecimal fractions that are exact to 2^-24 of a spin. */
export function viewText(view, level) {
  const digits = Math.min(Math.ceil((level + 24) / 4), Math.floor(view.bits / 4));
  const hex = (value) => (value >> BigInt(view.bits - 4 * digits)).toString(16).padStart(digits, "0").replace(/0+$/, "") || "0";
  return { z: view.depth.toFixed(9), x: hex(view.x), y: hex(view.y) };
}

/** Read what `viewText` wrote; a text that is none gives an Error with a message for the reader. */
export function readView({ z, x, y }) {
  const depth = Number(z);
  if (z === null || z === "" || !Number.isFinite(depth) || depth < 0 || depth > DEEPEST_LEVEL - 10) {
    throw new Error(`the link's depth must be a number from 0 to ${DEEPEST_LEVEL - 10}, got ${z}`);
  }
  const digits = Math.max(x?.length ?? 0, y?.length ?? 0);
  for (const [name, text] of [["x", x], ["y", y]]) {
    if (!/^[0-9a-f]{1,300}$/i.test(text ?? "")) {
      throw new Error(`the link's ${name} must be hexadecimal digits, got ${text}`);
    }
  }
  const place = (text) => BigInt(`0x${text.padEnd(digits, "0")}`);
  return normalise({ bits: 4 * digits, x: place(x), y: place(y), depth });
}
