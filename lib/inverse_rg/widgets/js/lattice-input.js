// Zoom and pan of a lattice canvas by pointer, pinch, wheel and keys.

const KEY_STEP = 0.15; // of what is seen
const KEY_ZOOM = 1.5;

// Listen on `canvas` and move `view` (createSharedView). The wheel zooms once the canvas has the
// focus, or with Ctrl, so that a page that is scrolled past it is not caught. Returns a stop function.
export function attachLatticeInput(canvas, view) {
  const pointers = new Map();
  const controller = new AbortController();
  const on = (type, listener, options = {}) => canvas.addEventListener(type, listener, { signal: controller.signal, ...options });

  // Zoom by `factor` and keep the point (px, py), from the centre in units of the canvas, in its place.
  function zoomAt(factor, px, py) {
    const zoom = Math.max(1, view.zoom * factor);
    view.set({ x: view.x + px / view.zoom - px / zoom, y: view.y + py / view.zoom - py / zoom, zoom });
  }

  function fromCentre(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5];
  }

  function pan(dx, dy) {
    if (view.zoom > 1) view.set({ x: view.x - dx / view.zoom, y: view.y - dy / view.zoom });
  }

  const spread = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);

  on("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, fromCentre(event));
  });
  on("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = [...pointers.values()];
    const last = pointers.get(event.pointerId);
    const now = fromCentre(event);
    pointers.set(event.pointerId, now);
    if (pointers.size === 1) pan(now[0] - last[0], now[1] - last[1]);
    else if (pointers.size === 2) {
      const after = [...pointers.values()];
      pan((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
      if (spread(before) > 0) zoomAt(spread(after) / spread(before), (after[0][0] + after[1][0]) / 2, (after[0][1] + after[1][1]) / 2);
    }
  });
  const release = (event) => pointers.delete(event.pointerId);
  on("pointerup", release);
  on("pointercancel", release);
  on("wheel", (event) => {
    const focused = canvas.getRootNode().activeElement === canvas;
    if (!focused && !event.ctrlKey) return;
    event.preventDefault();
    zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002) * (event.ctrlKey ? 4 : 1)), ...fromCentre(event));
  }, { passive: false });
  on("dblclick", (event) => zoomAt(2, ...fromCentre(event)));
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      "+": () => zoomAt(KEY_ZOOM, 0, 0),
      "=": () => zoomAt(KEY_ZOOM, 0, 0),
      "-": () => zoomAt(1 / KEY_ZOOM, 0, 0),
      0: () => view.set({ zoom: 1 }),
      ArrowLeft: () => pan(KEY_STEP, 0),
      ArrowRight: () => pan(-KEY_STEP, 0),
      ArrowUp: () => pan(0, KEY_STEP),
      ArrowDown: () => pan(0, -KEY_STEP),
    };
    const action = actions[event.key];
    if (!action || (event.key.startsWith("Arrow") && view.zoom <= 1)) return;
    event.preventDefault();
    action();
  });

  // One finger scrolls the page until the reader has zoomed in.
  const touch = () => (canvas.style.touchAction = view.zoom > 1 ? "none" : "pan-y");
  const stopTouch = view.listen(touch);
  touch();

  return () => {
    controller.abort();
    stopTouch();
  };
}
