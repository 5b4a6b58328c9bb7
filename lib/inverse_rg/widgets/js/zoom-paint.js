// Painting a view: each level is a layer of tiles on a canvas of its own, one pixel a spin, and layers are scaled.
//
// Two levels are on the screen at a time: one whose spins are CELL to 2 CELL pixels wide, and over it the next finer
// one, which fades in until its spins are CELL wide and it takes the first one's place. Tiles that
// are not drawn yet leave the coarser layers to be seen.

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

/** Returns {paint(view, options) -> whether all is drawn, visible() -> the spins shown, forget()}. */
export function createPainter(canvas) {
  const context = canvas.getContext("2d", { alpha: false });
  const layers = new Map();
  let shown = null; // the layer and rectangle of spins that was painted last

  // The spins of a level that the canvas shows: its first tile, how many tiles, and where they lie.
  function rangeOf(view, level) {
    const across = 2 ** (level - view.depth); // spins on the canvas's width
    const pixels = canvas.width / across;
    const side = tileSide(level);
    const axis = (coordinate, extent) => {
      const [cell, within] = cellAt(view, level, coordinate);
      const start = within - extent / 2 / pixels; // spins from the centre's one to the canvas's edge
      const first = cell + BigInt(Math.floor(start));
      const tile = first >> BigInt(Math.log2(side));
      const origin = Number(tile * BigInt(side) - cell) - within; // from the centre to the first tile
      return { tile, origin, count: Math.ceil((extent / 2 / pixels - origin) / side) };
    };
    return { pixels, side, h: axis(view.x, canvas.width), v: axis(view.y, canvas.height) };
  }

  function layerFor(level, range) {
    const { h, v, side } = range;
    const old = layers.get(level);
    if (old && h.tile >= old.tileX && v.tile >= old.tileY && h.tile + BigInt(h.count) <= old.tileX + BigInt(old.columns) && v.tile + BigInt(v.count) <= old.tileY + BigInt(old.rows)) {
      return old;
    }
    const layer = { level, side, tileX: h.tile, tileY: v.tile, columns: h.count, rows: v.count, pending: [] };
    layer.canvas = document.createElement("canvas");
    layer.canvas.width = h.count * side;
    layer.canvas.height = v.count * side;
    layer.context = layer.canvas.getContext("2d");
    layer.image = layer.context.createImageData(side, side);
    layer.spins = new Uint8Array(layer.canvas.width * layer.canvas.height);
    for (let y = 0; y < v.count; y++) for (let x = 0; x < h.count; x++) layer.pending.push([x, y]);
    const far = ([x, y]) => Math.hypot(x + 0.5 - h.count / 2, y + 0.5 - v.count / 2);
    layer.pending.sort((a, b) => far(b) - far(a)); // the centre last, since the last is taken first
    layers.set(level, layer);
    return layer;
  }

  function fill(layer, universe, words, deadline) {
    const { side } = layer;
    const pixels = new Uint32Array(layer.image.data.buffer);
    while (layer.pending.length) {
      const [x, y] = layer.pending[layer.pending.length - 1];
      const tile = universe.tile(layer.level, layer.tileX + BigInt(x), layer.tileY + BigInt(y), deadline);
      if (tile === null) return false;
      layer.pending.pop();
      for (let i = 0; i < tile.length; i++) pixels[i] = words[tile[i]];
      layer.context.putImageData(layer.image, x * side, y * side);
      const stride = layer.columns * side;
      for (let row = 0; row < side; row++) {
        layer.spins.set(tile.subarray(row * side, (row + 1) * side), (y * side + row) * stride + x * side);
      }
    }
    return true;
  }

  function put(layer, range, alpha) {
    const { pixels, side, h, v } = range;
    const offset = (axis, first) => axis.origin + Number(first - axis.tile) * side;
    context.globalAlpha = alpha;
    context.drawImage(
      layer.canvas,
      canvas.width / 2 + offset(h, layer.tileX) * pixels,
      canvas.height / 2 + offset(v, layer.tileY) * pixels,
      layer.canvas.width * pixels,
      layer.canvas.height * pixels,
    );
  }

  function paint(view, { universe, level, fade, colours, deadline }) {
    const words = [colourWord(colours.down), colourWord(colours.up)];
    for (const known of [...layers.keys()]) if (known < level - 2 || known > level + 1) layers.delete(known);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    const range = rangeOf(view, level);
    const base = layerFor(level, range);
    const complete = fill(base, universe, words, deadline);
    if (!complete) {
      context.fillStyle = colours.down;
      context.fillRect(0, 0, canvas.width, canvas.height);
      for (const coarse of [level - 2, level - 1]) if (layers.has(coarse)) put(layers.get(coarse), rangeOf(view, coarse), 1);
    }
    put(base, range, 1);
    let finer = true;
    if (fade > 0) {
      const fineRange = rangeOf(view, level + 1);
      const fine = layerFor(level + 1, fineRange);
      finer = complete && fill(fine, universe, words, deadline);
      put(fine, fineRange, fade);
    }
    context.globalAlpha = 1;
    shown = { layer: base, range };
    return complete && finer;
  }

  // The spins of the base level that are on the canvas now: {spins, width, height}, row-major.
  function visible() {
    const { layer, range } = shown;
    const cut = (axis, first, extent, limit) => {
      const start = extent / 2 / range.pixels;
      const skipped = Number(axis.tile - first) * layer.side - axis.origin;
      const from = Math.max(0, Math.floor(skipped - start));
      return [from, Math.min(limit, Math.ceil(skipped + start))];
    };
    const stride = layer.columns * layer.side;
    const [left, right] = cut(range.h, layer.tileX, canvas.width, stride);
    const [top, bottom] = cut(range.v, layer.tileY, canvas.height, layer.rows * layer.side);
    const spins = new Uint8Array((right - left) * (bottom - top));
    for (let y = top; y < bottom; y++) {
      spins.set(layer.spins.subarray(y * stride + left, y * stride + right), (y - top) * (right - left));
    }
    return { spins, width: right - left, height: bottom - top };
  }

  return { paint, visible, forget: () => layers.clear() };
}
