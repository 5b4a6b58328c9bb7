// Measure while you watch: thousands of dreams, exponents with shrinking error bars beside the exact values.

import { button, element, numberField, select, statusLine } from "./ui.js";
import { KERNELS, MONTE_CARLO } from "./data.js";
import { conditionalGroup, conditionalModel } from "./conditional-models.js";
import { createModelAbout } from "./conditional-about.js";
import { bundledKernelGroups } from "./dream-kernel.js";
import { createBendPanel } from "./zoom-bend.js";
import { createClient } from "./client.js";
import { MEASURE_GROUPS, MEASURE_LEVELS, SMALL_LEVEL } from "./measure-task.js";
import { createDensityPlot, createEstimatePlot } from "./measure-plots.js";
import { measureResults } from "./measure-estimators.js";
import { MEASURE_STYLE } from "./measure-style.js";
import { addSums } from "./replicas.js";
import { bracketText } from "./zoom-words.js";
import { ZOOM_STYLE } from "./zoom-style.js";

const LIMIT = 2e6; // dreams, then it rests
const FIRST_POINT = 2048; // dreams: one batch a group
const POINT_GROWTH = 1.6;

// Exact: L. Onsager and C. N. Yang; U4 on the torus: J. Salas and A. D. Sokal, J. Stat. Phys. 98, 551 (2000).
const QUANTITIES = {
  gammaOverNu: { label: "γ/ν, from L = 64 and 16", name: "gamma over nu", exact: 7 / 4, exactText: "7/4", spread: 0.09, reference: "gamma_over_nu" },
  oneOverNu: { label: "1/ν, from L = 64 and 16", name: "one over nu", exact: 1, exactText: "1", spread: 0.22, reference: "one_over_nu" },
  U4: { label: "U₄ at L = 64", name: "U4", exact: 0.610692, exactText: "0.6107", spread: 0.03, reference: "U4" },
};

export function mountMeasure(root, model) {
  const given = model.get("kernel");
  let name = given in KERNELS || conditionalModel(given) ? given : Object.keys(KERNELS)[0];
  let seed = Number.isSafeInteger(model.get("seed")) ? model.get("seed") : 1;
  let bent = null;
  let groups = [];
  let points = {};
  let nextPoint = FIRST_POINT;
  let count = 0;
  let seconds = 0;
  let run = null; // AbortController of the run that is on
  let frameWanted = 0;

  const client = createClient();
  const status = statusLine();
  const start = button("Measure", () => (run ? pause() : begin()), { class: "irg-primary" });
  const kernelSelect = select("Kernel", { ...bundledKernelGroups(), ...conditionalGroup() }, name, (next) => {
    name = next;
    bent = null;
    showKernel();
    restart();
  });
  kernelSelect.root.classList.add("irg-wide");
  const seedField = numberField("Seed", seed, { minimum: 0, maximum: 2 ** 53 - 1, whole: true }, (next) => {
    seed = next;
    restart();
  });
  const bendPanel = createBendPanel(KERNELS[name] ?? Object.values(KERNELS)[0], {
    change(bend) {
      bent = bend?.kernel ?? null;
      restart();
    },
  });
  const about = createModelAbout(model.get("chapter"));
  showKernel();
  const plots = {};
  for (const [key, { label, name: spokenName }] of Object.entries(QUANTITIES)) plots[key] = createEstimatePlot(label, spokenName);
  const density = createDensityPlot("P(m) at L = 64");
  density.value.textContent = "";
  density.note.textContent = MONTE_CARLO?.measured ? "line: Monte Carlo" : "";
  const counter = element("span", { class: "irg-measure-count" });
  const slower = element("p", { class: "irg-status", role: "status", "data-kind": "problem", hidden: true },
    "No Web Worker here: the page measures by itself, in slices, and is slower.");
  root.append(
    element("style", {}, ZOOM_STYLE + MEASURE_STYLE),
    element(
      "div", { class: "irg-zoom-bar irg-measure-bar", role: "group", "aria-label": "Measurement" }, start,
      button("Afresh", () => restart(), { "aria-label": "Measure afresh from nothing" }),
      counter, kernelSelect.root, seedField.root,
    ),
    element("div", { class: "irg-measure-grid" }, ...Object.values(plots).map((plot) => plot.root), density.root),
    slower, status.root,
    bendPanel.root, about.root,
  );

  // The sliders of a kernel, or words on a model without any.
  function showKernel() {
    const isModel = !(name in KERNELS);
    bendPanel.root.hidden = isModel;
    about.show(isModel ? name : "");
    if (!isModel) bendPanel.show(KERNELS[name]);
  }

  function clear() {
    groups = new Array(MEASURE_GROUPS).fill(null);
    points = Object.fromEntries(Object.keys(QUANTITIES).map((key) => [key, []]));
    nextPoint = FIRST_POINT;
    count = 0;
    seconds = 0;
    draw(null);
  }

  function restart() {
    const wasOn = run !== null;
    pause();
    clear();
    if (wasOn) begin();
  }

  function pause() {
    run?.abort();
    run = null;
    start.textContent = count && count < LIMIT ? "Go on" : "Measure";
  }

  function begin() {
    if (count >= LIMIT) clear();
    const mine = new AbortController();
    run = mine;
    start.textContent = "Pause";
    const onProgress = (progress) => mine.signal.aborted || take(progress);
    // After a pause the run goes on with streams that no dream has used yet.
    const chosen = conditionalModel(name) ?? { size: KERNELS[name].size, parameters: KERNELS[name].parameters };
    const options = { kernel: bent ?? chosen, seed, first: count, limit: LIMIT };
    client.run("measure", options, { onProgress, signal: mine.signal }).then(
      () => {
        if (run !== mine) return;
        run = null;
        start.textContent = "Measure";
        status.say(`${LIMIT.toLocaleString("en").replaceAll(",", "\u202f")} dreams are measured.`);
      },
      (error) => {
        if (run !== mine) return;
        pause();
        status.say(error.message, "problem");
      },
    );
    slower.hidden = client.inWorker;
  }

  function take(progress) {
    slower.hidden = client.inWorker; // a Worker that does not start is known only now
    count += progress.count;
    seconds += progress.seconds;
    progress.parts.forEach((part, group) => {
      if (part) groups[group] = addSums(groups[group], part);
    });
    if (!frameWanted) {
      frameWanted = requestAnimationFrame(() => {
        frameWanted = 0;
        if (count >= FIRST_POINT) draw(measureResults(groups, MEASURE_LEVELS, SMALL_LEVEL));
      });
    }
  }

  function draw(results) {
    const keep = results && results.count >= nextPoint;
    if (keep) nextPoint = Math.max(nextPoint * POINT_GROWTH, results.count * 1.2);
    for (const [key, quantity] of Object.entries(QUANTITIES)) {
      const plot = plots[key];
      const reference = MONTE_CARLO?.measured?.[quantity.reference];
      const exact = `exact ${quantity.exactText}`;
      plot.note.textContent = reference ? `${exact} · Monte Carlo ${bracketText(reference.value, reference.error)}` : exact;
      if (!results) {
        plot.value.textContent = "–";
        plot.show([], quantity.exact, quantity.spread);
        continue;
      }
      const { value, error } = results[key];
      const point = { n: results.count, value, error };
      plot.value.textContent = Number.isFinite(value) ? bracketText(value, error) : "not defined";
      if (Number.isFinite(value)) plot.show([...points[key], point], quantity.exact, quantity.spread);
      if (keep && Number.isFinite(value)) points[key].push(point);
    }
    density.show(results?.density ?? null, MONTE_CARLO?.measured?.P ?? null);
    counter.textContent = results ? `${String(results.count).replace(/(?=(\d{3})+$)(?<=\d)/g, "\u202f")} dreams${rateText()}` : "";
    if (results && run) status.say(comparison(results));
  }

  function rateText() {
    if (seconds < 0.3) return "";
    const rate = count / seconds;
    return `, ${String(Math.round(rate / 100) * 100).replace(/(?=(\d{3})+$)(?<=\d)/g, "\u202f")} a second`;
  }

  // How far gamma/nu is from the exact value, in error bars. The screen reader hears it when it changes.
  function comparison(results) {
    const { value, error } = results.gammaOverNu;
    const distance = Math.abs(value - QUANTITIES.gammaOverNu.exact) / error;
    const side = value > QUANTITIES.gammaOverNu.exact ? "above" : "below";
    if (distance < 3) return "γ/ν agrees with the exact 7/4 so far: more dreams, smaller errors.";
    const digits = 10 ** Math.floor(Math.log10(distance));
    return `γ/ν lies ${side} the exact 7/4 by more than ${digits * Math.floor(distance / digits)} error bars.`;
  }

  const observer = new ResizeObserver(() => {
    if (!frameWanted) draw(count >= FIRST_POINT ? measureResults(groups, MEASURE_LEVELS, SMALL_LEVEL) : null);
  });
  clear();
  observer.observe(root);
  return () => {
    pause();
    cancelAnimationFrame(frameWanted);
    observer.disconnect();
    client.destroy();
  };
}
