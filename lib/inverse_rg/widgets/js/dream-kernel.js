// The kernel's part of a widget: a choice of kernels, a slider for each parameter, files in and out.

import { conditionalGroup, conditionalModel, isConditional, modelHeading } from "./conditional-models.js";
import { createModelAbout } from "./conditional-about.js";
import { KERNELS } from "./data.js";
import { LARGEST_PARAMETER, checkParameters, kernelText, offsetClasses, parseKernel } from "./kernel.js";
import { button, element, formatNumber, select, slider } from "./ui.js";

const OWN_SIZES = [3, 5, 7, 9, 11];
const LOWEST = -0.5;
const HIGHEST = 0.8;

// A bundled kernel by name, or null: {size, parameters}.
export function bundledKernel(name) {
  const found = Object.hasOwn(KERNELS, name) ? KERNELS[name] : null;
  return found && { size: found.size, parameters: [...found.parameters] };
}

// The optimum that sliders of a kernel size are marked with, or null where none is bundled.
export function optimumOf(size) {
  return bundledKernel(`k${size}`);
}

// The bundled kernels as groups of options for a select.
export function bundledKernelGroups() {
  const groups = { "Optimum, uniform weights": [], "Optimum, weighted": [], "Released by the authors": [], "Other training sets": [] };
  for (const [name, { size, released, weighted, lattice, configurations }] of Object.entries(KERNELS)) {
    const usual = lattice === 32 && configurations === 1e6;
    const notes = [
      weighted && !usual ? "weighted" : "",
      lattice !== 32 ? `L = ${lattice}` : "",
      configurations !== 1e6 && configurations ? `M = ${configurations.toExponential(0).replace("e+", "e")}` : "",
    ].filter(Boolean);
    const group = released ? "Released by the authors" : !usual ? "Other training sets" : weighted ? "Optimum, weighted" : "Optimum, uniform weights";
    groups[group].push([name, [`k = ${size}`, ...notes].join(", ")]);
  }
  return Object.fromEntries(Object.entries(groups).filter(([, pairs]) => pairs.length));
}

// A kernel of another size to begin one's own with: the optimum, or the largest one widened by zeros.
function ownStart(size) {
  const known = optimumOf(size) ?? optimumOf(7) ?? { parameters: [0.35, 0.16, 0.14] };
  const parameters = offsetClasses(size).map((_, i) => known.parameters[i] ?? 0);
  return { size, parameters };
}

// Returns {choice, panel, set(kernel, name), readKernel(text, label)}: the drop-down and the panel of sliders.
// onChange(kernel, name) is called for every change by the reader; name is "" for a kernel of their own.
// While a conditional model draws, `current.kernel` is the kernel that the sliders had before.
export function createKernelControls(kernel, name, { onChange, onProblem, chapter }) {
  let current = { kernel: isConditional(kernel) ? optimumOf(3) : kernel, name };
  let sliders = [];
  const groups = () => ({
    ...bundledKernelGroups(),
    ...conditionalGroup(),
    "Your own": [...new Set([...OWN_SIZES, current.kernel.size])].map((size) => [`own-${size}`, `your own, k = ${size}`]),
  });
  const valueOf = () => current.name || `own-${current.kernel.size}`;
  const choice = select("Kernel", groups(), valueOf(), choose);
  choice.root.classList.add("irg-wide");
  const matrix = element("div", { class: "irg-kernel", role: "img" });
  const list = element("div", { class: "irg-sliders" });
  const reset = button("Back to the optimum", () => change(optimumOf(current.kernel.size), `k${current.kernel.size}`));
  const file = element("input", {
    type: "file", accept: ".json,application/json", class: "irg-hidden", tabindex: -1, "aria-hidden": true, onchange: openFile,
  });
  const tools = element(
    "div", { class: "irg-tools" }, reset,
    button("Open a kernel file…", () => file.click()), button("Save this kernel", saveFile), file,
  );
  const heading = element("summary", {}, "");
  const bending = element("div", { class: "irg-bend" }, matrix, list);
  const about = createModelAbout(chapter, true);
  const panel = element("details", { class: "irg-panel", open: true }, heading, bending, about.root, tools);

  function choose(value) {
    if (!value.startsWith("own-")) return change(conditionalModel(value) ?? bundledKernel(value), value);
    const size = Number(value.slice(4));
    panel.open = true;
    change(size === current.kernel.size ? current.kernel : ownStart(size), "");
  }

  function change(next, nextName) {
    set(next, nextName);
    onChange(isConditional(next) ? next : current.kernel, current.name);
  }

  function bend(i, value) {
    const parameters = [...current.kernel.parameters];
    parameters[i] = value;
    const size = current.kernel.size;
    const optimum = optimumOf(size);
    const same = optimum?.parameters.every((other, j) => Math.abs(other - parameters[j]) < 1e-12);
    current = { kernel: { size, parameters }, name: same ? `k${size}` : "" };
    choice.set(valueOf());
    describe();
    onChange(current.kernel, current.name);
  }

  function set(next, nextName = "") {
    const isModel = isConditional(next);
    for (const part of [bending, tools]) part.hidden = isModel;
    about.show(isModel ? nextName : "");
    if (isModel) {
      current.name = nextName;
      choice.set(nextName);
      heading.textContent = `What draws: ${modelHeading(nextName)}`;
      return;
    }
    const rebuilt = next.size !== current.kernel.size || sliders.length === 0;
    current = { kernel: { size: next.size, parameters: checkParameters(next.size, next.parameters) }, name: nextName };
    if (rebuilt) {
      buildSliders();
      choice.setOptions(groups());
    } else sliders.forEach((one, i) => one.set(current.kernel.parameters[i]));
    choice.set(valueOf());
    describe();
  }

  function buildSliders() {
    const { size, parameters } = current.kernel;
    const optimum = optimumOf(size);
    sliders = offsetClasses(size).map(([dy, dx], i) => {
      const label = `K(${dy},${dx})${["\u2002centre", "\u2002edges", "\u2002corners"][i] ?? ""}`;
      const limits = { minimum: -LARGEST_PARAMETER, maximum: LARGEST_PARAMETER };
      const options = { minimum: LOWEST, maximum: HIGHEST, limits, digits: 4, mark: optimum?.parameters[i] };
      return slider(label, parameters[i], options, (value) => bend(i, value));
    });
    list.replaceChildren(...sliders.map((one) => one.root));
    reset.hidden = optimum === null;
  }

  // The kernel as a picture: the size of each weight as a square's shade, its sign as its colour.
  function describe() {
    const { size, parameters } = current.kernel;
    const reach = (size - 1) / 2;
    const index = new Map(offsetClasses(size).map((key, i) => [String(key), i]));
    const largest = Math.max(...parameters.map(Math.abs), 1e-9);
    const cells = [];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const key = [Math.max(Math.abs(y), Math.abs(x)), Math.min(Math.abs(y), Math.abs(x))];
        const value = parameters[index.get(String(key))];
        const share = (100 * Math.sqrt(Math.abs(value) / largest)).toFixed(0);
        const colour = `color-mix(in srgb, var(--irg-${value < 0 ? "accent" : "up"}) ${share}%, var(--irg-field))`;
        cells.push(element("span", { style: `background:${colour}`, title: formatNumber(value, 4) }));
      }
    }
    matrix.style.gridTemplateColumns = `repeat(${size}, 1fr)`;
    matrix.replaceChildren(...cells);
    const words = offsetClasses(size).map((key, i) => `K(${key}) = ${parameters[i].toFixed(4)}`);
    matrix.setAttribute("aria-label", `The ${size} by ${size} kernel: ${words.join(", ")}`);
    heading.replaceChildren(current.name ? `The parameters of the ${size} × ${size} kernel: bend them` : `Your own ${size} × ${size} kernel`);
  }

  function readKernel(text, label) {
    try {
      const given = parseKernel(text);
      panel.open = true;
      change(given, "");
    } catch (error) {
      onProblem(`${label}: ${error.message}`);
    }
  }

  async function openFile() {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) readKernel(await chosen.text(), chosen.name);
  }

  function saveFile() {
    const text = kernelText(current.kernel, current.name || "made by hand in the live page");
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    element("a", { href: url, download: `${current.name || `own-k${current.kernel.size}`}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  set(kernel, name);
  return { choice: choice.root, panel, set, readKernel };
}

// Let kernel files be dropped on `host`: onText(text, fileName). Returns a stop function.
export function acceptDrops(host, onText, onProblem) {
  const controller = new AbortController();
  const on = (type, listener) => host.addEventListener(type, listener, { signal: controller.signal });
  on("dragover", (event) => {
    event.preventDefault();
    host.dataset.dropping = "true";
  });
  on("dragleave", (event) => {
    if (!host.contains(event.relatedTarget)) delete host.dataset.dropping;
  });
  on("drop", async (event) => {
    event.preventDefault();
    delete host.dataset.dropping;
    const [file] = event.dataTransfer.files;
    if (!file) onProblem("what was dropped is not a file: drop a kernel file (.json)");
    else if (file.size > 1e6) onProblem(`${file.name}: this file is not a kernel: it is too large`);
    else onText(await file.text(), file.name);
  });
  return () => controller.abort();
}
