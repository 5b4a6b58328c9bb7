// The pictures of "Measure while you watch": estimates against the number of dreams, and P(m).

import { element } from "./ui.js";
import { svgElement } from "./zoom-chart.js";

const PLOT_HEIGHT = 176;
const RULER = 30; // the height of the ruler above an estimate's plot
const PLOT_LEFT = 42;
const PLOT_RIGHT = 10;
const PLOT_TOP = 10;
const PLOT_BOTTOM = 24;

function plotFrame(svg, [lowX, highX], [lowY, highY], top = PLOT_TOP) {
  const width = Math.max(200, svg.clientWidth || 330);
  svg.setAttribute("viewBox", `0 0 ${width} ${PLOT_HEIGHT}`);
  const x = (value) => PLOT_LEFT + ((width - PLOT_LEFT - PLOT_RIGHT) * (value - lowX)) / (highX - lowX);
  const y = (value) => PLOT_HEIGHT - PLOT_BOTTOM - ((PLOT_HEIGHT - top - PLOT_BOTTOM) * (value - lowY)) / (highY - lowY);
  return { width, x, y };
}

function niceStep(span) {
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

function axisY({ width, y }, low, high) {
  const step = niceStep(high - low);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const parts = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + 1e-9; value += step) {
    parts.push(svgElement("line", { x1: PLOT_LEFT, x2: width - PLOT_RIGHT, y1: y(value), y2: y(value), class: "irg-plot-grid" }));
    parts.push(svgElement("text", { x: PLOT_LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(digits).replace("-", "−")));
  }
  return parts;
}

function plotFigure(caption) {
  const svg = svgElement("svg", { role: "img", class: "irg-plot", height: PLOT_HEIGHT });
  const title = svgElement("title");
  const heading = element("div", { class: "irg-plot-name" }, caption);
  const value = element("div", { class: "irg-plot-value" }, "–");
  const note = element("div", { class: "irg-plot-note" });
  const root = element("figure", { class: "irg-plot-figure" }, element("figcaption", {}, heading, value, note), svg);
  return { root, svg, title, value, note };
}

// A ruler with the exact value in its middle: where the estimate lies, errors too small to see included.
function ruler({ width }, exact, spread, last) {
  const half = Math.max(spread, last ? 1.15 * Math.abs(last.value - exact) : 0);
  const x = (value) => PLOT_LEFT + ((width - PLOT_LEFT - PLOT_RIGHT) * (value - exact + half)) / (2 * half);
  const y = 12;
  const parts = [
    svgElement("line", { x1: PLOT_LEFT, x2: width - PLOT_RIGHT, y1: y, y2: y, class: "irg-plot-grid" }),
    svgElement("line", { x1: x(exact), x2: x(exact), y1: y - 8, y2: y + 8, class: "irg-plot-exact" }),
    svgElement("text", { x: PLOT_LEFT - 6, y: y + 4, "text-anchor": "end" }, "exact"),
  ];
  if (last) {
    parts.push(svgElement("line", { x1: x(exact), x2: x(last.value), y1: y, y2: y, class: "irg-plot-last" }));
    parts.push(svgElement("circle", { cx: x(last.value), cy: y, r: 4, class: "irg-plot-last" }));
  }
  return parts;
}

/** An estimate against the number of dreams, magnified, under a ruler that has the exact value. */
export function createEstimatePlot(caption, name) {
  const parts = plotFigure(caption);

  // `points` are {n, value, error}; `spread` is how far the ruler reaches on both sides of `exact`.
  function show(points, exact, spread) {
    const { svg, title } = parts;
    const last = points[points.length - 1];
    let low = last ? Math.min(...points.map(({ value, error }) => value - 1.4 * error)) : exact - spread;
    let high = last ? Math.max(...points.map(({ value, error }) => value + 1.4 * error)) : exact + spread;
    if (!(high > low)) [low, high] = [low - spread, high + spread];
    const ends = [3.2, Math.max(5, Math.ceil(2 * Math.log10((last?.n ?? 1e4) * 1.1)) / 2)];
    const plot = plotFrame(svg, ends, [low, high], RULER);
    const drawn = [...ruler(plot, exact, spread, last), ...axisY(plot, low, high)];
    for (let power = 4; power <= ends[1]; power++) {
      drawn.push(svgElement("text", { x: plot.x(power), y: PLOT_HEIGHT - 6, "text-anchor": "middle" }, `10${["⁴", "⁵", "⁶", "⁷"][power - 4]}`));
    }
    drawn.push(svgElement("text", { x: PLOT_LEFT - 6, y: PLOT_HEIGHT - 6, "text-anchor": "end" }, "dreams"));
    if (exact > low && exact < high) {
      drawn.push(svgElement("line", { x1: PLOT_LEFT, x2: plot.width - PLOT_RIGHT, y1: plot.y(exact), y2: plot.y(exact), class: "irg-plot-exact" }));
    }
    points.forEach(({ n, value, error }, i) => {
      const at = plot.x(Math.log10(n));
      const kind = i === points.length - 1 ? "irg-plot-last" : "irg-plot-point";
      drawn.push(svgElement("line", { x1: at, x2: at, y1: plot.y(value - error), y2: plot.y(value + error), class: kind }));
      drawn.push(svgElement("circle", { cx: at, cy: plot.y(value), r: i === points.length - 1 ? 3.6 : 2.4, class: kind }));
    });
    title.textContent = last ? `${name} after ${last.n} dreams: ${last.value.toFixed(4)} plus or minus ${last.error.toFixed(4)}; exact ${exact}` : `${name}: nothing measured yet`;
    svg.replaceChildren(title, ...drawn);
  }

  return { ...parts, show };
}

/** P(m) with its error bars, beside `reference`, densities at equal steps from m = -1 to 1, or null. */
export function createDensityPlot(caption) {
  const parts = plotFigure(caption);

  function show(density, reference) {
    const { svg, title } = parts;
    const largest = Math.max(1.2, ...(reference ?? []), ...(density ? density.value.map((value, i) => value + density.error[i]) : []));
    const plot = plotFrame(svg, [-1, 1], [0, largest * 1.05]);
    const drawn = axisY(plot, 0, largest * 1.05);
    for (const m of [-1, 0, 1]) drawn.push(svgElement("text", { x: plot.x(m), y: PLOT_HEIGHT - 6, "text-anchor": "middle" }, String(m).replace("-", "−")));
    if (reference) {
      const step = 2 / (reference.length - 1);
      const points = reference.map((value, i) => `${plot.x(-1 + i * step).toFixed(1)},${plot.y(value).toFixed(1)}`);
      drawn.push(svgElement("polyline", { points: points.join(" "), class: "irg-plot-reference" }));
    }
    if (density) {
      density.value.forEach((value, i) => {
        const at = plot.x(density.m[i]);
        const error = density.error[i];
        drawn.push(svgElement("line", { x1: at, x2: at, y1: plot.y(Math.max(0, value - error)), y2: plot.y(value + error), class: "irg-plot-last" }));
        drawn.push(svgElement("circle", { cx: at, cy: plot.y(value), r: 1.7, class: "irg-plot-last" }));
      });
    }
    title.textContent = density ? "Distribution of the magnetisation of the dreams, points, beside Monte Carlo, line" : "Distribution of the magnetisation of Monte Carlo";
    svg.replaceChildren(title, ...drawn);
  }

  return { ...parts, show };
}
