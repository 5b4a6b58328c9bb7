// Dream: grow a critical magnet from one spin, bend its kernel, block it down again.
//
// State of the model, all optional: kernel (a bundled name) or kernel_size and parameters; seed;
// start (see STARTS) and drawn (64 spins); size (the largest side); engine; chapter (the address of
// the chapter on conditional models). It keeps kernel_name,
// kernel_size, parameters, seed, start, drawn, size, side and _spins up to date.

import { createClient } from "./client.js";
import { latticeCaption, latticeLabel } from "./dream-caption.js";
import { createSettings, createTools, spinLegend } from "./dream-controls.js";
import { createEngine } from "./dream-engine.js";
import { acceptDrops, createKernelControls } from "./dream-kernel.js";
import { createMonteCarlo, formatDuration } from "./dream-montecarlo.js";
import { createScaleAxis } from "./dream-scale.js";
import { firstDrawing } from "./dream-start.js";
import { connectDreamModel, readDreamState } from "./dream-state.js";
import { DREAM_STYLE } from "./dream-style.js";
import { createWalk, describeWalk } from "./dream-walk.js";
import { attachLatticeInput } from "./lattice-input.js";
import { createLatticeCanvas, createSharedView } from "./lattice-view.js";
import { installStyle } from "./style.js";
import { reducedMotion } from "./theme.js";
import { element, statusLine } from "./ui.js";
import { blockAgreement } from "./walk.js";

const MORPH_MILLISECONDS = 340;
const NO_WORKER = "No Web Worker here: the page itself computes, in slices, and may stutter.";

export function mountDream(root, model) {
  installStyle(root, "dream", DREAM_STYLE);
  const state = readDreamState(model, firstDrawing());
  const status = statusLine();
  const problem = (message) => status.say(message, "problem");
  const notice = element("p", { class: "irg-notice", role: "note", hidden: true });
  const client = createClient({ onFallback: () => tell(NO_WORKER) });
  const engine = createEngine(model, client, { onFallback: tell, onRecovery: () => walk.replay() });
  const walk = createWalk(engine, () => state, { onArrive, onInterrupt, onProblem: problem });
  const publish = connectDreamModel(model, state, { kernel: showKernel, replay: walk.replay, begin: showAndBegin });
  let stopped = false; // taken down
  let interrupted = false; // something newer waits for its turn

  // What is seen
  const view = createSharedView();
  const dream = createLatticeCanvas(view);
  const caption = element("figcaption", {});
  const monteCarlo = createMonteCarlo(view, problem);
  const axis = createScaleAxis((size) => walk.go(size));
  const kernel = createKernelControls(state.kernel, state.kernelName, {
    onChange: changeKernel, onProblem: problem, chapter: model.get("chapter"),
  });
  const settings = createSettings(state, model, { begin, repaint, resize }, kernel.choice);
  const steps = { up: () => walk.go(2 * walk.current().size), down: () => walk.go(walk.current().size / 2), begin };
  const tools = createTools(view, steps, monteCarlo.another);
  root.append(
    settings.row, settings.drawing, tools.row,
    element(
      "div", { class: "irg-pair" },
      element("figure", {}, dream.canvas, element("div", { class: "irg-progress" }), caption), monteCarlo.root,
      element("div", { class: "irg-below" }, axis.root, status.root, notice, kernel.panel),
    ),
  );
  axis.setSizes(state.size);
  axis.note(spinLegend());
  tools.allow({ begin: true });

  function tell(text) {
    notice.hidden = false;
    notice.textContent = text;
  }

  // What the reader changes
  function changeKernel(next, name) {
    Object.assign(state, { kernel: next, kernelName: name });
    publish();
    walk.replay();
  }

  // The drawn start: the large lattice follows the brush at once.
  function repaint() {
    publish();
    walk.replay();
  }

  function resize() {
    axis.setSizes(state.size);
    publish();
    walk.go(state.size);
  }

  // From the start to the largest side, level by level for the eye unless motion is unwelcome.
  function begin() {
    publish();
    axis.forget();
    monteCarlo.show(state.size, state.seed);
    return walk.restart(state.size, true);
  }

  // What the notebook changes
  function showKernel() {
    kernel.set(state.kernel, state.kernelName);
  }

  function showAndBegin() {
    settings.show();
    axis.setSizes(state.size);
    begin();
  }

  // Show what came: level by level, or at once.
  async function onArrive(result, moves, animate, shown) {
    const { lattices, numbers, milliseconds } = result;
    if (stopped) return;
    const last = lattices.at(-1);
    if (client.inWorker && !result.standIn) notice.hidden = true;
    tools.allow({});
    interrupted = false;
    if (animate && !reducedMotion() && !document.hidden) await showLevels(lattices.slice(-Math.min(shown, lattices.length)));
    if (stopped || interrupted) return;
    lattices.forEach(axis.show);
    axis.mark(last.size);
    dream.show(last);
    dream.label(latticeLabel("Dream", last.size, numbers) + ". Plus and minus zoom, arrows pan");
    const way = `${describeWalk(startOf(moves, last.size), moves)}, computed in ${formatDuration(milliseconds)}`;
    caption.replaceChildren(...latticeCaption("Dream", last.size, numbers, way));
    status.say(lessonOf(lattices));
    monteCarlo.show(last.size, state.seed);
    tools.allow({ up: last.size < state.size, down: last.size > 1, begin: true });
    publish(result.standIn ? null : last); // a kernel that is only busy will draw its own
  }

  async function showLevels(lattices) {
    for (let i = 0; i < lattices.length && !stopped && !interrupted; i++) {
      const lattice = lattices[i];
      if (i > 0) await dream.morph(lattices[i - 1], lattice, MORPH_MILLISECONDS);
      axis.show(lattice);
      axis.mark(lattice.size);
      caption.replaceChildren(...latticeCaption("Dream", lattice.size, null, "\u00a0"));
    }
  }

  function onInterrupt() {
    interrupted = true;
    dream.stopMorph();
  }

  const showCursor = () => {
    for (const canvas of [dream.canvas, monteCarlo.canvas]) canvas.dataset.zoomed = String(view.zoom > 1);
  };
  const stops = [
    attachLatticeInput(dream.canvas, view), attachLatticeInput(monteCarlo.canvas, view), view.listen(showCursor),
    acceptDrops(root, kernel.readKernel, problem), tools.stop, publish.stop,
  ];
  view.set({ zoom: 1 });

  // The first growth waits until it can be seen.
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    begin();
  });
  seen.observe(dream.canvas);

  return () => {
    stopped = true;
    seen.disconnect();
    for (const stop of stops) stop();
    for (const part of [engine, client, dream, monteCarlo, axis]) part.destroy();
  };
}

// What the last step teaches: how much of the coarse lattice survives the way up, or how it was blocked.
function lessonOf(lattices) {
  if (lattices.length < 2) return "";
  const [before, after] = lattices.slice(-2);
  if (before.size > after.size) return `Blocked from ${before.size} to ${after.size} by the majority rule, ties at random.`;
  const share = (100 * blockAgreement(before, after)).toFixed(1);
  return `Blocking this dream gives back ${share}% of the ${before.size} × ${before.size} spins it was dreamt from.`;
}

// The side where a walk began that ends at `size`.
function startOf(moves, size) {
  return moves.reduceRight((side, wentUp) => (wentUp ? side / 2 : side * 2), size);
}
