// A canvas that shows a lattice, one crisp square a spin, with zoom and pan around the torus.

import { element } from "./ui.js";
import { mix32 } from "./random.js";
import { colourWord, onThemeChange, paintSpins, themeColours } from "./theme.js";

const FEWEST_SPINS = 6; // across the canvas, at the deepest zoom

// What several canvases look at together: the centre (x, y), in units of the side, and the zoom
// (1: the whole lattice). listen(f) -> stop; set({x, y, zoom}) tells everybody.
export function createSharedView() {
  const listeners = new Set();
  const view = { x: 0.5, y: 0.5, zoom: 1, set, listen };
  function set(next) {
    Object.assign(view, next);
    view.zoom = Math.min(Math.max(view.zoom, 1), 1024 / FEWEST_SPINS);
    if (view.zoom < 1.001) Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
    view.x -= Math.floor(view.x);
    view.y -= Math.floor(view.y);
    for (const listener of listeners) listener();
  }
  function listen(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
  return view;
}

// Returns {canvas, show(lattice), morph(from, to, milliseconds) -> Promise, stopMorph(), label(text), destroy()}.
export function createLatticeCanvas(view, role = "application") {
  const canvas = element("canvas", { class: "irg-lattice", role, tabindex: role === "application" ? 0 : null, width: 2, height: 2 });
  const picture = document.createElement("canvas");
  let lattice = null;
  let colours = null;
  let pending = 0;
  let endMorph = null;

  function refresh() {
    if (!pending) pending = requestAnimationFrame(draw);
  }

  function draw() {
    pending = 0;
    if (!lattice || !picture.width || !canvas.isConnected) return;
    const side = Math.max(2, Math.round(canvas.clientWidth * Math.min(window.devicePixelRatio || 1, 3)));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    const extent = side * view.zoom;
    // Fine lattices are averaged, not thinned out; everything else has sharp edges.
    context.imageSmoothingEnabled = extent < picture.width;
    context.imageSmoothingQuality = "high";
    const left = side / 2 - view.x * extent;
    const top = side / 2 - view.y * extent;
    for (let x = left - Math.ceil(left / extent) * extent; x < side; x += extent) {
      for (let y = top - Math.ceil(top / extent) * extent; y < side; y += extent) {
        context.drawImage(picture, x, y, extent, extent);
      }
    }
  }

  function repaint() {
    colours = themeColours(canvas);
    if (lattice) paintSpins(picture, lattice.spins, lattice.size, colours);
    refresh();
  }

  function show(next) {
    stopMorph();
    lattice = next;
    colours ??= themeColours(canvas);
    paintSpins(picture, lattice.spins, lattice.size, colours);
    refresh();
  }

  // Turn one lattice into another of twice or half its side: the spins that differ flip in a random order.
  function morph(from, to, milliseconds) {
    stopMorph();
    colours ??= themeColours(canvas);
    const size = Math.max(from.size, to.size);
    const before = stretch(from, size);
    const after = stretch(to, size);
    picture.width = picture.height = size;
    const context = picture.getContext("2d");
    const image = context.createImageData(size, size);
    const pixels = new Uint32Array(image.data.buffer);
    const words = [colourWord(colours.down), colourWord(colours.up)];
    const ranks = flipRanks(size);
    lattice = from;
    return new Promise((resolve) => {
      let began = null;
      let frame = 0;
      endMorph = () => {
        cancelAnimationFrame(frame);
        endMorph = null;
        resolve(false);
      };
      const advance = (now) => {
        began ??= now;
        const share = Math.min(1, (now - began) / milliseconds);
        const rank = 256 * share;
        for (let i = 0; i < pixels.length; i++) pixels[i] = words[ranks[i] < rank ? after[i] : before[i]];
        context.putImageData(image, 0, 0);
        draw();
        if (share < 1) {
          frame = requestAnimationFrame(advance);
          return;
        }
        endMorph = null;
        lattice = to;
        paintSpins(picture, to.spins, to.size, colours);
        resolve(true);
      };
      frame = requestAnimationFrame(advance);
    });
  }

  function stopMorph() {
    endMorph?.();
  }

  const stopTheme = onThemeChange(repaint);
  const stopView = view.listen(refresh);
  const resize = new ResizeObserver(refresh);
  resize.observe(canvas);

  return {
    canvas, show, morph, stopMorph,
    label: (text) => canvas.setAttribute("aria-label", text),
    destroy() {
      stopMorph();
      cancelAnimationFrame(pending);
      stopTheme();
      stopView();
      resize.disconnect();
    },
  };
}

// A lattice on a finer grid, every spin repeated.
function stretch({ spins, size }, fineSize) {
  if (size === fineSize) return spins;
  const factor = fineSize / size;
  const fine = new Uint8Array(fineSize * fineSize);
  for (let y = 0; y < fineSize; y++) {
    const row = Math.floor(y / factor) * size;
    for (let x = 0; x < fineSize; x++) fine[y * fineSize + x] = spins[row + Math.floor(x / factor)];
  }
  return fine;
}

const rankCache = new Map();

// A random number 0 .. 255 for each pixel: when it flips.
function flipRanks(size) {
  if (!rankCache.has(size)) {
    const ranks = new Uint8Array(size * size);
    for (let i = 0; i < ranks.length; i++) ranks[i] = mix32(i);
    rankCache.set(size, ranks);
  }
  return rankCache.get(size);
}
