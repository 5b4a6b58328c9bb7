// Colours that follow the page's theme, and spins painted as crisp pixels.

const COLOUR_NAMES = ["text", "quiet", "rule", "field", "accent", "up", "down", "edge"];

// The theme's colours where `node` stands: {text, quiet, rule, field, accent, up, down, edge}.
// `node` is inside an element of class irg; light and dark follow html[data-theme] or JupyterLab.
export function themeColours(node) {
  const style = getComputedStyle(node);
  return Object.fromEntries(COLOUR_NAMES.map((name) => [name, style.getPropertyValue(`--irg-${name}`).trim()]));
}

// Call `listener` when the theme changes; returns a function that stops it.
export function onThemeChange(listener) {
  const observer = new MutationObserver(listener);
  const options = { attributes: true, attributeFilter: ["data-theme", "data-jp-theme-light", "data-mode"] };
  observer.observe(document.documentElement, options);
  if (document.body) observer.observe(document.body, options);
  return () => observer.disconnect();
}

export function reducedMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// A colour "#rrggbb" as the 32-bit word of an ImageData seen through a Uint32Array.
export function colourWord(hex) {
  const value = parseInt(hex.slice(1), 16);
  const bytes = new Uint8Array([value >> 16, (value >> 8) & 255, value & 255, 255]);
  return new Uint32Array(bytes.buffer)[0];
}

// Paint spins, Uint8Array (size * size) of 0/1, one pixel a spin, and make the canvas that large.
// `colours` has up and down as "#rrggbb"; by default those of the theme.
export function paintSpins(canvas, spins, size, colours = themeColours(canvas)) {
  if (canvas.width !== size || canvas.height !== size) {
    canvas.width = size;
    canvas.height = size;
  }
  const context = canvas.getContext("2d");
  const image = context.createImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  const words = [colourWord(colours.down), colourWord(colours.up)];
  for (let i = 0; i < pixels.length; i++) pixels[i] = words[spins[i]];
  context.putImageData(image, 0, 0);
}
