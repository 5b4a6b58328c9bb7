// Zoom for ever: one canvas on a dreamt magnet without end.

import { button, element, numberField, select, statusLine } from "./ui.js";
import { onThemeChange, reducedMotion, themeColours } from "./theme.js";
import { KERNELS } from "./data.js";
import { bundledKernelGroups } from "./dream-kernel.js";
import { createBendPanel } from "./zoom-bend.js";
import { listenToGestures } from "./zoom-gestures.js";
import { linkText, readLink } from "./zoom-link.js";
import { createPainter, levelOf } from "./zoom-paint.js";
import { ZOOM_STYLE } from "./zoom-style.js";
import { createReadout } from "./zoom-readout.js";
import { createUniverse } from "./zoom-tiles.js";
import { homeView, moveView, zoomView } from "./zoom-view.js";

const DIVE_SPEED = 0.55; // levels a second
const GROW_TIME = 420; // ms a level, when the magnet grows from one spin
const EASE_TIME = 90; // ms
const FRAME_BUDGET = 9; // ms of dreaming a frame, which leaves time to paint at 60 frames a second
const KEYS = "Plus and minus zoom, arrows move, D dives, Home shows the whole magnet.";

export function mountZoom(root, model) {
  const state = { kernel: "k3", seed: 1, bend: null, view: homeView() };
  for (const name of ["kernel", "seed"]) if (model.get(name) !== undefined && model.get(name) !== null) state[name] = model.get(name);
  if (!(state.kernel in KERNELS)) state.kernel = Object.keys(KERNELS)[0];

  const canvas = element("canvas", { tabindex: 0, role: "application", "aria-roledescription": "zoomable picture" });
  const readout = createReadout();
  const hint = element("div", { class: "irg-zoom-hint", hidden: true }, "Click the picture, then turn the wheel");
  const stage = element("div", { class: "irg-zoom-stage" }, canvas, readout.plate, hint);
  const status = statusLine();
  status.root.classList.add("irg-zoom-said");
  const spoken = element("p", { class: "irg-hidden", role: "status", "aria-live": "polite" });
  const painter = createPainter(canvas);
  let universe = null;
  let colours = null;
  let target = null; // {depth, x, y}: where a zoom is heading, about which place
  let growth = null; // time at which the magnet began to grow from one spin
  let diving = false;
  let frame = 0;
  let lastTime = 0;
  let lastNumbers = 0;
  let hintTimer = 0;
  let settleTimer = 0;
  let level = 0;
  let fresh = true; // the kernel or the seed changed: the next frame may take longer

  // ---- controls ----
  const calm = reducedMotion();
  const dive = button(calm ? "One level deeper" : "Dive", () => toggleDive(), { class: "irg-primary", "aria-pressed": calm ? null : "false" });
  const act = {
    zoom: (levelCount, x, y) => zoomBy(levelCount, x, y),
    pinch(ratio, x, y) {
      target = null;
      zoomView(state.view, state.view.depth + Math.log2(ratio), x / width(), y / width());
      wake();
    },
    move(dx, dy) {
      moveView(state.view, -dx / width(), -dy / width());
      wake();
    },
    home: () => goHome(),
    dive: () => toggleDive(),
    touch() {
      growth = null;
      hint.hidden = true;
    },
    hint() {
      hint.hidden = false;
      clearTimeout(hintTimer);
      hintTimer = setTimeout(() => (hint.hidden = true), 1800);
    },
  };
  const kernelSelect = select("Kernel", bundledKernelGroups(), state.kernel, (name) => {
    state.kernel = name;
    state.bend = null;
    bendPanel.show(KERNELS[name]);
    renew();
  });
  const seedField = numberField("Seed", state.seed, { minimum: 0, maximum: 2 ** 53 - 1, whole: true }, (seed) => {
    state.seed = seed;
    renew();
  });
  const bendPanel = createBendPanel(KERNELS[state.kernel], {
    level: () => level,
    change(bend) {
      state.bend = bend;
      renew();
    },
  });
  const bar = element(
    "div", { class: "irg-zoom-bar", role: "group", "aria-label": "Zoom" },
    dive,
    button("−", () => zoomBy(-1, 0, 0), { "aria-label": "Zoom out one level" }),
    button("+", () => zoomBy(1, 0, 0), { "aria-label": "Zoom in one level" }),
    button("Home", () => goHome(), { "aria-label": "Home: back to the whole magnet" }),
    button("Link", () => shareLink(), { "aria-label": "Copy a link to this view" }),
    document.fullscreenEnabled ? button("Full screen", () => showLarge(), { class: "irg-zoom-full" }) : null,
    kernelSelect.root, seedField.root,
  );
  root.append(element("style", {}, ZOOM_STYLE), stage, bar, ...readout.parts, bendPanel.root, status.root, spoken);

  // ---- acts ----
  const width = () => canvas.clientWidth || 1;

  function renew() {
    const kernel = KERNELS[state.kernel];
    const bend = state.bend;
    universe = createUniverse({
      seed: state.seed,
      kernel: bend && bend.level === 0 ? bend.kernel : kernel,
      bend: bend && bend.level > 0 ? bend : null,
    });
    painter.forget();
    readout.forget();
    fresh = true;
    wake();
  }

  function zoomBy(levelCount, x, y) {
    growth = null;
    const depth = Math.min(Math.max((target?.depth ?? state.view.depth) + levelCount, 0), 890);
    target = { depth, x: x / width(), y: y / width() };
    wake();
  }

  function goHome() {
    setDiving(false);
    target = null;
    state.view = homeView();
    growth = calm ? null : performance.now();
    wake();
  }

  function toggleDive() {
    growth = null;
    if (calm) zoomBy(1, 0, 0);
    else setDiving(!diving);
  }

  function setDiving(next) {
    diving = next;
    dive.textContent = calm ? "One level deeper" : diving ? "Stop" : "Dive";
    if (!calm) dive.setAttribute("aria-pressed", String(diving));
    wake();
  }

  async function showLarge() {
    await stage.requestFullscreen();
    canvas.focus();
  }

  async function shareLink() {
    const fragment = linkText(state, level);
    try {
      history.replaceState(history.state, "", fragment);
    } catch {
      location.hash = fragment; // a page opened as a file may have no history to write to
    }
    try {
      await navigator.clipboard.writeText(location.href);
      status.say("The link to this view is in the address bar and on the clipboard.");
    } catch {
      status.say("The link to this view is in the address bar.");
    }
  }

  function followLink() {
    if (!location.hash.startsWith("#zoom")) return false;
    try {
      const read = readLink(location.hash, KERNELS);
      Object.assign(state, read);
    } catch (error) {
      status.say(`This link cannot be followed: ${error.message}.`, "problem");
      return false;
    }
    kernelSelect.set(state.kernel);
    seedField.set(state.seed);
    bendPanel.show(KERNELS[state.kernel], state.bend);
    growth = null;
    target = null;
    setDiving(false);
    renew();
    return true;
  }

  // ---- frames ----
  function wake() {
    if (!frame) frame = requestAnimationFrame(tick);
  }

  function tick(time) {
    frame = 0;
    if (!canvas.width || !root.isConnected) return;
    const step = Math.min(100, time - lastTime);
    lastTime = time;
    let moving = diving;
    if (target) {
      const share = calm ? 1 : 1 - Math.exp(-step / EASE_TIME);
      const rest = target.depth - state.view.depth;
      const done = Math.abs(rest) < 0.002 || share === 1;
      zoomView(state.view, done ? target.depth : state.view.depth + rest * share, target.x, target.y);
      if (done) target = null;
      moving = true;
    } else if (diving) zoomView(state.view, state.view.depth + (DIVE_SPEED * step) / 1000);
    const now = performance.now();
    let shown = levelOf(state.view, width());
    if (growth !== null) {
      const grown = Math.max(0, (now - growth) / GROW_TIME);
      if (grown < shown.level + shown.fade) {
        const share = Math.max(0, (grown % 1) * 1.6 - 0.6);
        shown = { level: Math.floor(grown), fade: share };
        moving = true;
      } else growth = null;
    }
    level = shown.level;
    colours ??= themeColours(root);
    const deadline = now + (fresh ? 60 : FRAME_BUDGET);
    fresh = false;
    const complete = painter.paint(state.view, { universe, ...shown, colours, deadline });
    if (time - lastNumbers > (moving ? 120 : 60) || !moving) {
      lastNumbers = time;
      showNumbers(deadline);
    }
    if (moving || !complete) wake();
    else settle();
  }

  function showNumbers(deadline) {
    const context = { universe, view: state.view, level, bendLevel: state.bend?.level || null, deadline };
    if (!readout.show(painter.visible(), context)) wake();
  }

  function settle() {
    clearTimeout(settleTimer);
    settleTimer = setTimeout(() => {
      const view = readout.describe(level);
      canvas.setAttribute("aria-label", `Dreamt magnet, ${view}. ${KEYS}`);
      spoken.textContent = canvas.matches(":focus") ? view : "";
    }, 400);
  }

  function resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const box = canvas.getBoundingClientRect();
    const [w, h] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (w && h && (canvas.width !== w || canvas.height !== h)) {
      canvas.width = w;
      canvas.height = h;
    }
    wake();
  }

  const observer = new ResizeObserver(resize);
  observer.observe(canvas);
  const watcher = new IntersectionObserver(([entry]) => !entry.isIntersecting && diving && setDiving(false));
  watcher.observe(canvas);
  const stopTheme = onThemeChange(() => {
    colours = null;
    painter.forget();
    wake();
  });
  const stopGestures = listenToGestures(canvas, act);
  window.addEventListener("hashchange", followLink);
  canvas.setAttribute("aria-label", `Dreamt magnet. ${KEYS}`);
  if (!followLink()) {
    growth = calm ? null : performance.now() + 300;
    renew();
  }
  resize();

  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(hintTimer);
    clearTimeout(settleTimer);
    observer.disconnect();
    watcher.disconnect();
    stopTheme();
    stopGestures();
    window.removeEventListener("hashchange", followLink);
  };
}
