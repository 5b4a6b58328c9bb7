// A small lattice that the reader draws: 8 x 8 cells, by pointer or keyboard.

import { button, element } from "./ui.js";

const SIDE = 8;

// Returns {root, get() -> number[64], set(spins)}; onChange(spins) after every cell.
export function createDrawing(spins, onChange) {
  let values = Array.from(spins);
  let brush = null;
  const cells = values.map((_, i) => {
    const label = `row ${Math.floor(i / SIDE) + 1}, column ${(i % SIDE) + 1}: spin up`;
    return element("button", { type: "button", "aria-label": label, tabindex: i ? -1 : 0, "data-cell": i });
  });
  const name = "The start, 8 by 8 spins: press a cell to flip it, arrow keys move";
  const grid = element("div", { class: "irg-drawing", role: "group", "aria-label": name }, ...cells);
  const fill = (make) => () => {
    set(values.map((_, i) => make(i)));
    onChange([...values]);
  };
  const tools = element(
    "div", { class: "irg-own-tools" },
    element("span", { class: "irg-label" }, "Paint: the large lattice follows."),
    button("All down", fill(() => 0)), button("Flip all", fill((i) => 1 - values[i])),
    button("Stripes", fill((i) => (i >> 1) & 1)), button("A disc", fill((i) => (Math.hypot((i % SIDE) - 3.5, (i >> 3) - 3.5) < 2.9 ? 1 : 0))),
  );

  function put(i, value) {
    values[i] = value;
    cells[i].setAttribute("aria-pressed", String(value === 1));
  }

  function set(next) {
    values = Array.from(next);
    values.forEach((value, i) => put(i, value));
  }

  const cellAt = (event) => {
    const found = grid.getRootNode().elementFromPoint(event.clientX, event.clientY)?.dataset?.cell;
    return found === undefined ? null : Number(found);
  };
  grid.addEventListener("pointerdown", (event) => {
    const i = cellAt(event);
    if (i === null) return;
    grid.setPointerCapture(event.pointerId);
    brush = 1 - values[i];
    put(i, brush);
    onChange([...values]);
  });
  grid.addEventListener("pointermove", (event) => {
    const i = brush === null ? null : cellAt(event);
    if (i === null || values[i] === brush) return;
    put(i, brush);
    onChange([...values]);
  });
  const lift = () => (brush = null);
  grid.addEventListener("pointerup", lift);
  grid.addEventListener("pointercancel", lift);
  grid.addEventListener("keydown", (event) => {
    const i = Number(event.target.dataset?.cell);
    if (!Number.isInteger(i)) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE }[event.key];
    if (step) {
      event.preventDefault();
      const next = (i + step + SIDE * SIDE) % (SIDE * SIDE);
      cells.forEach((cell, j) => (cell.tabIndex = j === next ? 0 : -1));
      cells[next].focus();
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      put(i, 1 - values[i]);
      onChange([...values]);
    }
  });

  set(values);
  return { root: element("div", { class: "irg-own" }, grid, tools), get: () => [...values], set };
}

// What "draw your own" begins with: a plus.
export function firstDrawing() {
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const y = i >> 3;
    const x = i % SIDE;
    const inside = (a) => a > 0 && a < SIDE - 1;
    return inside(x) && inside(y) && ((x > 2 && x < 5) || (y > 2 && y < 5)) ? 1 : 0;
  });
}
