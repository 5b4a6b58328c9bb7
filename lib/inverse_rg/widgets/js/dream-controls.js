// The Dream widget's controls above the pictures: what to start from, and where to go in scale.

import { createDrawing } from "./dream-start.js";
import { button, element, numberField, select } from "./ui.js";

const START_NAMES = [
  ["random", "one random spin"],
  ["up", "one spin up"],
  ["down", "one spin down"],
  ["drawn", "draw your own, 8 × 8"],
  ["monte-carlo", "Monte Carlo, 8 × 8"],
];
const SIDE_NAMES = Array.from({ length: 8 }, (_, i) => [String(8 << i), String(8 << i)]);
const ENGINE_NAMES = [["browser", "this browser"], ["numba", "Numba"], ["torch", "torch"]];

// Writes seed, start, drawn and size into `state`, then calls one of actions.begin() (from the start
// again), actions.repaint() (the drawn start changed) and actions.resize(). Returns
// {row, drawing, show()}: nodes, and show() for when the state changed elsewhere. `before` comes first.
export function createSettings(state, model, actions, before) {
  const start = select("Start from", START_NAMES, state.start, (value) => {
    state.start = value;
    drawing.root.hidden = value !== "drawn";
    actions.begin();
  });
  const changeSeed = (value) => {
    state.seed = value;
    seed.set(value);
    actions.begin();
  };
  const seed = numberField("Seed", state.seed, { minimum: 0, maximum: 2 ** 53 - 1, whole: true }, changeSeed);
  const another = button("New seed", () => changeSeed(state.seed + 1));
  const size = select("Largest side L", SIDE_NAMES, String(state.size), (value) => {
    state.size = Number(value);
    actions.resize();
  });
  const drawing = createDrawing(state.drawn, (spins) => {
    state.drawn = spins;
    actions.repaint();
  });
  const engine = engineChoice(model);

  function show() {
    start.set(state.start);
    seed.set(state.seed);
    size.set(String(state.size));
    drawing.set(state.drawn);
    drawing.root.hidden = state.start !== "drawn";
    engine?.set(model.get("engine"));
  }

  show();
  const row = element("div", { class: "irg-row" }, before, start.root, seed.root, another, size.root, engine?.root);
  return { row, drawing: drawing.root, show };
}

// In a notebook, who draws: the model tells the widget that it changed.
function engineChoice(model) {
  if (typeof model.send !== "function" || !model.get("engine")) return null;
  return select("Drawn by", ENGINE_NAMES, model.get("engine"), (value) => {
    model.set("engine", value);
    model.save_changes();
  });
}

// Buttons for the walk in scale and for the view. actions: up(), down(), begin(). Returns
// {row, allow({up, down, begin})}; `after` comes last.
export function createTools(view, actions, after) {
  const up = button("Dream up ×2", actions.up, { class: "irg-primary" });
  const down = button("Block down ÷2", actions.down);
  const begin = button("Grow from the start", actions.begin);
  const zoomIn = button("+", () => view.set({ zoom: view.zoom * 2 }), { "aria-label": "Zoom in" });
  const zoomOut = button("\u2212", () => view.set({ zoom: view.zoom / 2 }), { "aria-label": "Zoom out" });
  const whole = button("Whole", () => view.set({ zoom: 1 }), { "aria-label": "Show the whole lattice" });
  const stop = view.listen(() => (zoomOut.disabled = whole.disabled = view.zoom <= 1));
  const allow = (allowed) => {
    up.disabled = !allowed.up;
    down.disabled = !allowed.down;
    begin.disabled = !allowed.begin;
  };
  return { row: element("div", { class: "irg-tools" }, up, down, begin, zoomIn, zoomOut, whole, after), allow, stop };
}

// Which colour is which.
export function spinLegend() {
  const patch = (name) => element("i", { style: `background: var(--irg-${name})` });
  return element("span", { class: "irg-legend" }, patch("up"), "spin up", patch("down"), "spin down");
}
