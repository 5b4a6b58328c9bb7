// What the zoom shows beside its picture: level and side, numbers of the view, the way down, and words.

import { element, formatNumber, statusLine } from "./ui.js";
import { createChart } from "./zoom-chart.js";
import { createLevels, rectangleStatistics } from "./zoom-levels.js";
import { sideText, verdict, widthText } from "./zoom-words.js";

const NUMBERS = { m: "m of the view", e: "e of the view", eta: "η, exact 1/4", width: "Its side, at 1 mm a spin" };

/**
 * Returns {plate, parts, show(seen, context) -> whether all levels are measured, describe(level), forget()}: `plate` lies on the
 * picture, `parts` below it; `seen` are the painter's visible spins, `context` is {universe, view, level, bendLevel, deadline}.
 */
export function createReadout() {
  const plate = element("div", { class: "irg-zoom-plate" });
  const words = statusLine();
  words.root.removeAttribute("role"); // it changes with every frame: what is spoken is said when the view rests
  words.root.removeAttribute("aria-live");
  const levels = createLevels();
  const chart = createChart();
  const list = element("dl", { class: "irg-zoom-numbers" });
  const numbers = {};
  for (const [key, label] of Object.entries(NUMBERS)) {
    numbers[key] = element("dd", {});
    list.append(element("div", {}, element("dt", {}, label), numbers[key]));
  }

  function show(seen, { universe, view, level, bendLevel, deadline }) {
    const { m, e } = rectangleStatistics(seen.spins, seen.width, seen.height);
    const side = level ? `${sideText(level)} spins on a side` : "one spin";
    plate.replaceChildren(element("strong", {}, `Level ${level}`), element("span", {}, side));
    numbers.m.textContent = formatNumber(m, 3);
    numbers.e.textContent = formatNumber(e, 3);
    numbers.width.textContent = widthText(level);
    const entries = levels.update(universe, view, level, deadline);
    chart.draw(entries, level, bendLevel);
    const said = verdict(entries, bendLevel);
    numbers.eta.textContent = said.eta;
    words.say(said.text, said.kind);
    return entries.length > level;
  }

  const describe = (level) => `level ${level}, side ${sideText(level)} spins, magnetisation of the view ${numbers.m.textContent}`;
  return { plate, parts: [list, words.root, chart.root], show, describe, forget: () => levels.forget() };
}
