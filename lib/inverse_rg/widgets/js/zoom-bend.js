// The folded panel in which the reader bends the kernel.

import { button, element, slider } from "./ui.js";
import { offsetClasses } from "./kernel.js";

const BEND_NAMES = { "0,0": "centre", "1,0": "side", "1,1": "corner" };
const BEND_TEXT =
  "Any kernel repeats itself from level to level. Only near the trained values, marked on the sliders, does it repeat a " +
  "critical magnet: bend it, go deeper, and the domains freeze or dissolve.";
const BEND_RANGE = 0.6;

/**
 * `listener`.change(bend) hears of every change, bend = {level, kernel} or null; `listener`.level(), if there is one, gives the level in view.
 * Returns {root, show(kernel, bend)}.
 */
export function createBendPanel(kernel, listener) {
  let base = kernel;
  let values = [...kernel.parameters];
  let from = 0;
  let factor = 1;
  let sliders = [];
  const place = element("div", {});
  const onlyBelow = element("input", { type: "checkbox" });
  const belowText = element("span", {}, "Bend only the levels below this one");
  const summary = element("summary", {}, "Bend the kernel");
  const root = element("details", { class: "irg-zoom-bend-panel" }, summary, place);

  const isBent = () => values.some((value, i) => Math.abs(value - base.parameters[i]) > 1e-9);

  function tell() {
    restore.disabled = !isBent();
    listener.change(isBent() ? { level: from, kernel: { size: base.size, parameters: [...values] } } : null);
  }

  onlyBelow.addEventListener("change", () => {
    from = onlyBelow.checked ? listener.level() : 0;
    belowText.textContent = from ? `Bend only the levels below level ${from}` : "Bend only the levels below this one";
    tell();
  });

  const restore = button("Back to the trained values", () => {
    show(base, null);
    tell();
  });

  function show(kernelShown, bend = null) {
    base = kernelShown;
    values = [...(bend?.kernel.parameters ?? base.parameters)];
    from = bend?.level ?? 0;
    factor = 1;
    onlyBelow.checked = from > 0;
    belowText.textContent = from ? `Bend only the levels below level ${from}` : "Bend only the levels below this one";
    if (bend) root.open = true;
    const all = slider("All together, times", 1, { minimum: 0.4, maximum: 1.8, step: 0.01, digits: 2, mark: 1, markLabel: "trained" }, (next) => {
      values = values.map((value) => (value / factor) * next);
      factor = next;
      sliders.forEach((one, i) => one.set(values[i]));
      tell();
    });
    sliders = offsetClasses(base.size).map((offset, i) => {
      const label = base.size === 3 ? `${BEND_NAMES[offset]} (${offset})` : `(${offset})`;
      const middle = base.parameters[i];
      const options = { minimum: Math.min(0, middle) - 0.1, maximum: Math.max(0, middle) + BEND_RANGE, step: 0.001, digits: 3 };
      Object.assign(options, { mark: middle, markLabel: "trained", limits: { minimum: -5, maximum: 5 } });
      return slider(label, values[i], options, (next) => {
        values[i] = next;
        tell();
      });
    });
    restore.disabled = !isBent();
    const parts = [
      element("p", { class: "irg-status" }, listener.level ? BEND_TEXT : "The marks show the trained values. Every change measures afresh."),
      all.root, ...sliders.map((one) => one.root),
      listener.level ? element("label", { class: "irg-zoom-check" }, onlyBelow, belowText) : null,
      restore,
    ];
    place.replaceChildren(...parts.filter(Boolean));
  }

  show(kernel);
  return { root, show };
}
