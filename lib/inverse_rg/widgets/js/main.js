// Entry: mount(element, options) for pages, default {render} for anywidget.

import { createModel, element } from "./ui.js";
import { installStyle } from "./style.js";
import { mountDream } from "./dream.js";
import { mountGuess } from "./guess.js";
import { mountMeasure } from "./measure.js";
import { mountZoom } from "./zoom.js";

// Each widget: (root element, model) -> function that takes it down.
const WIDGETS = { dream: mountDream, zoom: mountZoom, measure: mountMeasure, guess: mountGuess };

function mountWidget(host, name, model) {
  if (!(name in WIDGETS)) {
    throw new Error(`widget must be one of ${Object.keys(WIDGETS).join(", ")}, got ${JSON.stringify(name)}`);
  }
  const root = element("div", { class: "irg", "data-irg-widget": name });
  host.append(root);
  installStyle(root);
  const destroy = WIDGETS[name](root, model);
  return () => {
    destroy?.();
    root.remove();
  };
}

// Mount a widget into `host`. options: {widget: "dream" | "zoom" | "measure" | "guess", ...state}.
export function mount(host, options = {}) {
  const { widget, ...state } = options;
  return { destroy: mountWidget(host, widget, createModel(state)) };
}

function render({ model, el }) {
  return mountWidget(el, model.get("_widget"), model);
}

export default { render };
