// The strip chart of the zoom: the energy around the view's centre, level by level.

import { element } from "./ui.js";
import { CRITICAL_ENERGY } from "./zoom-levels.js";

const CHART_HEIGHT = 140;
const CHART_LEFT = 22;
const CHART_RIGHT = 76;
const CHART_TOP = 10;
const CHART_BOTTOM = 30;

export function svgElement(tag, attributes = {}, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

/** Returns {root, draw(entries, level, bendLevel)}. */
export function createChart() {
  const svg = svgElement("svg", { role: "img", class: "irg-zoom-chart", height: CHART_HEIGHT });
  const title = svgElement("title", {}, "Energy by level");
  const caption = element("figcaption", {}, "Energy e on the way down, of the 128 × 128 spins around the centre of the view at every level.");
  const root = element("figure", { class: "irg-zoom-figure" }, svg, caption);

  function draw(entries, level, bendLevel = null) {
    const width = Math.max(240, svg.clientWidth || 600);
    const last = Math.max(16, level + 1);
    const x = (l) => CHART_LEFT + ((width - CHART_LEFT - CHART_RIGHT) * l) / last;
    const y = (e) => CHART_TOP + ((CHART_HEIGHT - CHART_TOP - CHART_BOTTOM) * (2 - e)) / 2.08;
    svg.setAttribute("viewBox", `0 0 ${width} ${CHART_HEIGHT}`);
    title.textContent = `Energy by level, up to level ${level}: ${entries.slice(-5).map((entry) => entry?.e.toFixed(2)).join(", ")} at the last levels; a critical magnet has 1.41.`;
    const parts = [title];
    for (const e of [0, 1, 2]) {
      parts.push(svgElement("line", { x1: CHART_LEFT, x2: width - CHART_RIGHT, y1: y(e), y2: y(e), class: "irg-zoom-grid" }));
      parts.push(svgElement("text", { x: CHART_LEFT - 8, y: y(e) + 4, "text-anchor": "end" }, String(e)));
    }
    parts.push(svgElement("line", { x1: CHART_LEFT, x2: width - CHART_RIGHT, y1: y(CRITICAL_ENERGY), y2: y(CRITICAL_ENERGY), class: "irg-zoom-exact" }));
    for (const [e, text] of [[2, "one colour"], [CRITICAL_ENERGY, "critical √2"], [0, "noise"]]) {
      parts.push(svgElement("text", { x: width - CHART_RIGHT + 8, y: y(e) + 4 }, text));
    }
    if (bendLevel) parts.push(svgElement("line", { x1: x(bendLevel), x2: x(bendLevel), y1: CHART_TOP, y2: y(-0.08), class: "irg-zoom-bend" }));
    const step = last <= 24 ? 4 : last <= 60 ? 10 : last <= 200 ? 40 : 200;
    for (let l = 0; l <= last; l += step) parts.push(svgElement("text", { x: x(l), y: CHART_HEIGHT - 4, "text-anchor": l ? "middle" : "start" }, l ? String(l) : "level 0"));
    const radius = last > 120 ? 1.2 : 2.6;
    entries.forEach((entry, l) => {
      if (entry && l > 0) parts.push(svgElement("circle", { cx: x(l), cy: y(entry.e), r: l === level ? radius + 1.4 : radius, class: "irg-zoom-dot" }));
    });
    svg.replaceChildren(...parts);
  }

  return { root, draw };
}
