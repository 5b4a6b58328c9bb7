// Painting a view, pixel by pixel: each pixel takes the colour of the spin that lies under it.
//
// Two levels are on the screen at a time: one whose spins are CELL to 2 CELL pixels wide, and the next finer one,
// which fades in until its spins are CELL wide and it takes the first one's place. Where a tile is not
// drawn yet, its layer shows the blocks of the coarser level.

import { colourWord } from "./theme.js";
import { cellAt } from "./zoom-view.js";
import { tileSide } from "./zoom-tiles.js";

export const CELL = 2.5; // CSS pixels

/** The level whose spins are CELL to 2 CELL wide, and how far the next one has faded in, 0 to 1. */
export function levelOf(view, cssWidth) {
  const exact = Math.max(0, view.depth + Math.log2(cssWidth / CELL));
  const level = Math.floor(exact);
  const share = Math.min(1, Math.max(0, (exact - level - 0.2) / 0.7));
  return { level, fade: share * share * (3 - 2 * share) };
}

/** The four colours of a pixel, by 2 * (spin of the level) + (spin of the finer one), as 32-bit words. */
export function fadePalette(down, up, fade) {
  const bytes = [down, up].map((hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16)));
  const mixed = (coarse, fine) => {
    const parts = bytes[coarse].map((value, i) => Math.round(value + fade * (bytes[fine][i] - value)));
    return colourWord(`#${parts.map((value) => value.toString(16).padStart(2, "0")).join("")}`);
  };
  return Uint32Array.of(mixed(0, 0), mixed(0, 1), mixed(1, 0), mixed(1, 1));
}

/** Returns {paint(view, options) -> whether all is drawn, visible() -> the spins shown, forget()}. */
export function createPainter(canvas) {
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  const layers = new Map();
  let image = null;
  let shown = null; // the layer and range of spins that was painted last

  // The spins of a level that the canvas shows: its first tile, how many tiles, and where they lie.
  function rangeOf(view, level) {
    const pixels = canvas.width / 2 ** (level - view.depth); // a spin's width
    const side = tileSide(level);
    const axis = (coordinate, extent) => {
      const [cell, within] = cellAt(view, level, coordinate);
      const first = cell + BigInt(Math.floor(within - extent / 2 / pixels));
      const tile = first >> BigInt(Math.log2(side));
      const origin = Number(tile * BigInt(side) - cell) - within; // from the canvas's centre to the first tile
      return { tile, origin, count: Math.ceil((extent / 2 / pixels - origin) / side) };
    };
    return { pixels, side, h: axis(view.x, canvas.width), v: axis(view.y, canvas.height) };
  }

  function layerFor(level, { h, v, side }) {
    const old = layers.get(level);
    const covers = (axis, tile, count) => axis.tile >= tile && axis.tile + BigInt(axis.count) <= tile + BigInt(count);
    if (old && covers(h, old.tileX, old.columns) && covers(v, old.tileY, old.rows)) return old;
    const layer = { level, side, tileX: h.tile, tileY: v.tile, columns: h.count, rows: v.count, pending: [], stride: h.count * side };
    layer.spins = new Uint8Array(layer.stride * v.count * side);
    for (let y = 0; y < v.count; y++) for (let x = 0; x < h.count; x++) layer.pending.push([x, y]);
    const far = ([x, y]) => Math.hypot(x + 0.5 - h.count / 2, y + 0.5 - v.count / 2);
    layer.pending.sort((a, b) => far(b) - far(a)); // the centre last, since the last is taken first
    layers.set(level, layer);
    return layer;
  }

  // Draw what is pending until the deadline; give the rest the spins of the coarser layer.
  function fill(layer, universe, deadline) {
    while (layer.pending.length) {
      const [x, y] = layer.pending[layer.pending.length - 1];
      const tile = universe.tile(layer.level, layer.tileX + BigInt(x), layer.tileY + BigInt(y), deadline);
      if (tile === null) break;
      layer.pending.pop();
      const { side, stride } = layer;
      for (let row = 0; row < side; row++) {
        layer.spins.set(tile.subarray(row * side, (row + 1) * side), (y * side + row) * stride + x * side);
      }
    }
    const coarse = layers.get(layer.level - 1);
    if (layer.pending.length && coarse && layer.level > 6) for (const [x, y] of layer.pending) borrow(layer, coarse, x, y);
    return layer.pending.length === 0;
  }

  function borrow(layer, coarse, x, y) {
    const { side, stride } = layer;
    // A tile's first spin, in spins of the coarse layer.
    const start = (tile, first, along) => (Number(2n * first - tile) * -side) / 2 + (along * side) / 2;
    const left = start(layer.tileX, coarse.tileX, x);
    const top = start(layer.tileY, coarse.tileY, y);
    if (left < 0 || top < 0 || left + side / 2 > coarse.stride || top + side / 2 > coarse.rows * coarse.side) return;
    for (let row = 0; row < side; row++) {
      const from = (top + (row >> 1)) * coarse.stride + left;
      const to = (y * side + row) * stride + x * side;
      for (let column = 0; column < side; column++) layer.spins[to + column] = coarse.spins[from + (column >> 1)];
    }
  }

  // For each pixel along an axis, the index of its spin in a layer.
  function indices(extent, axis, tile, { pixels, side }) {
    const origin = axis.origin + Number(tile - axis.tile) * side;
    return Int32Array.from({ length: extent }, (_, i) => Math.floor((i + 0.5 - extent / 2) / pixels - origin));
  }

  function paint(view, { universe, level, fade, colours, deadline }) {
    const { width, height } = canvas;
    if (!image || image.width !== width || image.height !== height) image = context.createImageData(width, height);
    for (const known of [...layers.keys()]) if (known < level - 1 || known > level + 1) layers.delete(known);
    const range = rangeOf(view, level);
    const base = layerFor(level, range);
    let complete = fill(base, universe, deadline);
    let fine = base;
    let fineRange = range;
    if (fade > 0) {
      fineRange = rangeOf(view, level + 1);
      fine = layerFor(level + 1, fineRange);
      complete = fill(fine, universe, complete ? deadline : 0) && complete;
    }
    const palette = fadePalette(colours.down, colours.up, fade);
    const pixels = new Uint32Array(image.data.buffer);
    const baseX = indices(width, range.h, base.tileX, range);
    const baseY = indices(height, range.v, base.tileY, range);
    const fineX = indices(width, fineRange.h, fine.tileX, fineRange);
    const fineY = indices(height, fineRange.v, fine.tileY, fineRange);
    for (let y = 0; y < height; y++) {
      const start = y * width;
      if (y > 0 && fineY[y] === fineY[y - 1] && baseY[y] === baseY[y - 1]) pixels.copyWithin(start, start - width, start);
      else paintRow(pixels, start, width, base.spins, baseY[y] * base.stride, baseX, fine.spins, fineY[y] * fine.stride, fineX, palette);
    }
    context.putImageData(image, 0, 0);
    shown = { layer: base, range };
    // The next coarser level, for a way back out without gaps.
    if (complete && level > 0) fill(layerFor(level - 1, rangeOf(view, level - 1)), universe, deadline);
    return complete;
  }

  // The spins of the level that are on the canvas now: {spins, width, height}, row-major.
  function visible() {
    const { layer, range } = shown;
    const cut = (axis, tile, extent, limit) => {
      const ends = indices(extent, axis, tile, range);
      return [Math.max(0, ends[0]), Math.min(limit, ends[extent - 1] + 1)];
    };
    const [left, right] = cut(range.h, layer.tileX, canvas.width, layer.stride);
    const [top, bottom] = cut(range.v, layer.tileY, canvas.height, layer.rows * layer.side);
    const spins = new Uint8Array((right - left) * (bottom - top));
    for (let y = top; y < bottom; y++) {
      spins.set(layer.spins.subarray(y * layer.stride + left, y * layer.stride + right), (y - top) * (right - left));
    }
    return { spins, width: right - left, height: bottom - top };
  }

  return { paint, visible, forget: () => layers.clear() };
}

function paintRow(pixels, start, width, base, baseRow, baseX, fine, fineRow, fineX, palette) {
  for (let x = 0; x < width; x++) {
    pixels[start + x] = palette[(base[baseRow + baseX[x]] << 1) | fine[fineRow + fineX[x]]];
  }
}
