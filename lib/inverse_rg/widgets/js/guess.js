// Which one is real? Pairs of a dream and a Monte Carlo configuration, and a score that knows its error.

import { button, element, select } from "./ui.js";
import { onThemeChange, paintSpins, themeColours } from "./theme.js";
import { KERNELS, MONTE_CARLO } from "./data.js";
import { conditionalGroup, conditionalModel, modelName } from "./conditional-models.js";
import { bundledKernelGroups } from "./dream-kernel.js";
import { GUESS_SIZE, createPairs, unpackSet } from "./guess-pictures.js";
import { binomialInterval, scoreWords } from "./guess-statistics.js";
import { GUESS_STYLE } from "./guess-style.js";

export function mountGuess(root, model) {
  if (!MONTE_CARLO) {
    root.append(element("p", { class: "irg-status", "data-kind": "problem" }, "The Monte Carlo set is missing from this page, so there is nothing to guess."));
    return () => {};
  }
  const given = model.get("kernel");
  let name = given in KERNELS || conditionalModel(given) ? given : Object.keys(KERNELS)[0];
  const seed = Number.isSafeInteger(model.get("seed")) ? model.get("seed") : 1;
  const next = createPairs(unpackSet(MONTE_CARLO, GUESS_SIZE), seed);
  const scores = new Map(); // by kernel: {hits, trials}; they live as long as the page
  let pair = null;
  let answered = false;

  const canvases = [0, 1].map(() => element("canvas", { "aria-hidden": "true" }));
  const captions = [0, 1].map((side) => element("span", { class: "irg-guess-caption" }, String(side + 1)));
  const choices = [0, 1].map((side) =>
    element("button", { type: "button", class: "irg-guess-choice", onclick: () => (answered ? advance() : answer(side)) }, canvases[side], captions[side]),
  );
  const question = element("p", { class: "irg-guess-question", role: "status", "aria-live": "polite" });
  const onward = button("Next pair", () => advance(), { class: "irg-primary" });
  const kernelSelect = select("Dreams of the kernel", { ...bundledKernelGroups(), ...conditionalGroup() }, name, (chosen) => {
    name = chosen;
    advance();
    showScores();
  });
  const table = element("div", { class: "irg-guess-scores" });
  const words = element("p", { class: "irg-status", role: "status", "aria-live": "polite" });
  root.append(
    element("style", {}, GUESS_STYLE),
    element("div", { class: "irg-guess-head" }, question, kernelSelect.root),
    element("div", { class: "irg-guess-pair" }, ...choices),
    element("div", { class: "irg-row" }, onward, element("span", { class: "irg-guess-keys" }, "Click a picture, or press 1 or 2; Enter goes on.")),
    table, words,
  );

  function paint() {
    const colours = themeColours(root);
    canvases.forEach((canvas, side) => paintSpins(canvas, pair.pictures[side], GUESS_SIZE, colours));
  }

  function advance() {
    pair = next(KERNELS[name] ?? conditionalModel(name));
    answered = false;
    question.textContent = "Which one is real? Choose the Monte Carlo configuration.";
    question.dataset.kind = "";
    choices.forEach((choice, side) => {
      choice.dataset.state = "";
      choice.setAttribute("aria-label", `Picture ${side + 1}: this one is from Monte Carlo`);
      captions[side].textContent = String(side + 1);
    });
    // A disabled button loses the keyboard: hand it on first.
    if (onward.matches(":focus")) choices[0].focus({ preventScroll: true });
    onward.disabled = true;
    paint();
  }

  function answer(side) {
    const hit = side === pair.real;
    const score = scores.get(name) ?? { hits: 0, trials: 0 };
    scores.set(name, { hits: score.hits + (hit ? 1 : 0), trials: score.trials + 1 });
    answered = true;
    question.textContent = hit ? `Right: picture ${pair.real + 1} is from Monte Carlo.` : `No: picture ${pair.real + 1} is from Monte Carlo, you chose the dream.`;
    question.dataset.kind = hit ? "hit" : "miss";
    choices.forEach((choice, i) => {
      choice.dataset.state = i === pair.real ? "real" : "dream";
      captions[i].textContent = `${i + 1} · ${i === pair.real ? "Monte Carlo" : "dream"}${i === side ? ", your choice" : ""}`;
      choice.setAttribute("aria-label", `${captions[i].textContent}. Press for the next pair`);
    });
    onward.disabled = false;
    showScores();
    onward.focus({ preventScroll: true });
  }

  function showScores() {
    const rows = [...scores].map(([kernel, { hits, trials }]) => {
      const [low, high] = binomialInterval(hits, trials);
      const rail = element("span", { class: "irg-guess-rail", "aria-hidden": "true" });
      const bar = element("span", { class: "irg-guess-interval" });
      bar.style.left = `${100 * low}%`;
      bar.style.width = `${100 * (high - low)}%`;
      const dot = element("span", { class: "irg-guess-rate" });
      dot.style.left = `${(100 * hits) / trials}%`;
      rail.append(element("span", { class: "irg-guess-coin" }), bar, dot);
      const percents = `${Math.round(100 * low)} to ${Math.round(100 * high)}%`;
      return element(
        "tr", {}, element("th", { scope: "row" }, kernelName(kernel)), element("td", {}, `${hits} of ${trials}`),
        element("td", { class: "irg-guess-wide" }, rail), element("td", {}, percents),
      );
    });
    table.replaceChildren();
    if (rows.length) {
      const head = ["Kernel", "Right", "Hit rate", "95% interval"].map((text, i) => element("th", { scope: "col", class: i === 2 ? "irg-guess-wide" : null }, text));
      table.append(element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)));
    }
    const { hits, trials } = scores.get(name) ?? { hits: 0, trials: 0 };
    words.textContent = trials ? scoreWords(hits, trials) : "Decide beforehand how many pairs you will judge: whoever stops at the best moment always wins.";
  }

  function kernelName(kernel) {
    if (!(kernel in KERNELS)) return modelName(kernel);
    const { size, weighted, released } = KERNELS[kernel];
    return `k = ${size}${released ? ", released" : weighted ? ", weighted" : ""}`;
  }

  function key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
    if (event.key !== "1" && event.key !== "2") return;
    event.preventDefault();
    event.stopPropagation(); // a notebook has commands of its own on these keys
    if (answered) advance();
    else answer(Number(event.key) - 1);
  }

  root.addEventListener("keydown", key);
  const stopTheme = onThemeChange(paint);
  advance();
  showScores();
  return () => {
    root.removeEventListener("keydown", key);
    stopTheme();
  };
}
