// Fingers, mouse, wheel and keys of the zoom, turned into three acts: zoom, move, home.

const DOUBLE_TAP = 320; // ms
const TAP_REACH = 24; // CSS pixels

/**
 * Listen on `canvas`. act.zoom(levels, x, y) zooms about a place, act.pinch(ratio, x, y) does so at once, act.move(dx, dy)
 * shifts the view; places are in CSS pixels from the centre. act.home(), act.dive(), act.hint() and act.touch() (any
 * act of the reader's) need none. The wheel and one finger belong to the page until the canvas has the focus.
 * Returns a function that stops listening.
 */
export function listenToGestures(canvas, act) {
  const pointers = new Map();
  let travelled = 0;
  let lastTap = { time: -Infinity, x: 0, y: 0 };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  const hasFocus = () => canvas.matches(":focus");

  function down(event) {
    if (event.button !== 0) return;
    const wasActive = hasFocus();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    if (pointers.size === 1) travelled = wasActive || event.pointerType === "mouse" ? 0 : 1;
    act.touch();
  }

  function moved(event) {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    if (pointers.size === 1) {
      travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
      act.move(now[0] - before[0], now[1] - before[1]);
    } else if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const gap = (at) => Math.max(8, Math.hypot(at[0] - other[0], at[1] - other[1]));
      act.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      act.pinch(gap(now) / gap(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      travelled = Infinity;
    }
    pointers.set(event.pointerId, now);
  }

  function up(event) {
    if (!pointers.delete(event.pointerId) || pointers.size || event.type !== "pointerup") return;
    const [x, y] = place(event);
    if (travelled > TAP_REACH) return;
    const near = Math.hypot(x - lastTap.x, y - lastTap.y) < TAP_REACH;
    if (near && event.timeStamp - lastTap.time < DOUBLE_TAP) {
      act.zoom(event.shiftKey ? -1 : 1, x, y);
      lastTap = { time: -Infinity, x: 0, y: 0 };
    } else lastTap = { time: event.timeStamp, x, y };
  }

  function wheel(event) {
    if (!hasFocus() && !event.ctrlKey && !event.metaKey) return act.hint();
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 400 : 1;
    const turn = Math.max(-240, Math.min(240, event.deltaY * unit));
    act.touch();
    act.zoom(-turn * (event.ctrlKey ? 0.01 : 0.004), ...place(event));
  }

  function key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? 160 : 48;
    const acts = {
      "+": () => act.zoom(0.5, 0, 0), "=": () => act.zoom(0.5, 0, 0), "-": () => act.zoom(-0.5, 0, 0), _: () => act.zoom(-0.5, 0, 0),
      PageDown: () => act.zoom(1, 0, 0), PageUp: () => act.zoom(-1, 0, 0),
      ArrowLeft: () => act.move(step, 0), ArrowRight: () => act.move(-step, 0),
      ArrowUp: () => act.move(0, step), ArrowDown: () => act.move(0, -step),
      Home: () => act.home(), Escape: () => canvas.blur(), d: () => act.dive(),
    };
    const chosen = acts[event.key];
    if (!chosen) return;
    event.preventDefault();
    if (event.key !== "d") act.touch();
    chosen();
  }

  const listeners = { pointerdown: down, pointermove: moved, pointerup: up, pointercancel: up, keydown: key };
  for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener);
  canvas.addEventListener("wheel", wheel, { passive: false });
  return () => {
    for (const [name, listener] of Object.entries(listeners)) canvas.removeEventListener(name, listener);
    canvas.removeEventListener("wheel", wheel);
  };
}
