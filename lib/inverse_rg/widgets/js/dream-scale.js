// The axis of scale: a picture for each side 1, 2, 4, ..., the one that is shown marked.

import { element } from "./ui.js";
import { onThemeChange, paintSpins, themeColours } from "./theme.js";

// Returns {root, setSizes(largest), mark(size), show(lattice), forget(), destroy()}.
// onChoose(size) is called when the reader picks a side: by click, or arrow keys as in radio groups.
export function createScaleAxis(onChoose) {
  const legend = element("legend", {}, "Scale: larger sides are dreamt from what is shown, smaller ones blocked from it");
  const row = element("div", { class: "irg-scale", role: "radiogroup", "aria-label": "Side of the lattice" });
  const root = element("fieldset", { class: "irg-scale" }, legend, row);
  row.style.margin = "0";
  const levels = new Map();
  let shown = 1;

  function setSizes(largest) {
    for (let size = 1; size <= largest; size *= 2) if (!levels.has(size)) addLevel(size);
    for (const [size, level] of levels) level.node.hidden = size > largest;
    mark(shown);
  }

  function addLevel(size) {
    const canvas = element("canvas", { width: 1, height: 1, "aria-hidden": true });
    const node = element(
      "button",
      { type: "button", class: "irg-level", role: "radio", "data-seen": "false", "aria-label": `L = ${size}`, onclick: () => onChoose(size) },
      canvas, String(size),
    );
    levels.set(size, { node, canvas, lattice: null });
    row.append(node);
  }

  function mark(size) {
    shown = size;
    for (const [own, { node }] of levels) {
      node.setAttribute("aria-checked", String(own === size));
      node.tabIndex = own === size ? 0 : -1;
    }
  }

  function show(lattice) {
    const level = levels.get(lattice.size);
    if (!level) return;
    level.lattice = lattice;
    level.node.dataset.seen = "true";
    paintThumbnail(level.canvas, lattice);
  }

  row.addEventListener("keydown", (event) => {
    const factor = { ArrowRight: 2, ArrowUp: 2, ArrowLeft: 0.5, ArrowDown: 0.5 }[event.key];
    const target = factor && levels.get(shown * factor);
    if (!target || target.node.hidden) return;
    event.preventDefault();
    onChoose(shown * factor);
    target.node.focus();
  });

  const stopTheme = onThemeChange(() => {
    for (const { canvas, lattice } of levels.values()) if (lattice) paintThumbnail(canvas, lattice);
  });

  return {
    root, setSizes, mark, show,
    note: (node) => root.append(node),
    forget() {
      for (const level of levels.values()) {
        level.lattice = null;
        level.node.dataset.seen = "false";
        level.canvas.width = 1; // cleared
      }
    },
    destroy: stopTheme,
  };
}

const PICTURE = 80; // pixels across the small picture of a large lattice
let fullPicture = null; // scratch, shared by all

function paintThumbnail(canvas, lattice) {
  if (lattice.size <= PICTURE / 2) {
    paintSpins(canvas, lattice.spins, lattice.size);
    return;
  }
  // Averaged down: to leave spins out would show noise.
  fullPicture ??= document.createElement("canvas");
  paintSpins(fullPicture, lattice.spins, lattice.size, themeColours(canvas));
  canvas.width = canvas.height = PICTURE;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(fullPicture, 0, 0, PICTURE, PICTURE);
}
