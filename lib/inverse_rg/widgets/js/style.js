// The look of the widgets: the book's colours, crisp pixels, nothing that floats or shines.

export const STYLE = `
.irg {
  --irg-text: #26272b; --irg-quiet: #5c5a56; --irg-rule: #d9d3c9; --irg-field: #ffffff;
  --irg-accent: #b3402a; --irg-on-accent: #ffffff; --irg-up: #22304a; --irg-down: #f4eee3; --irg-edge: #cfc7b9;
  box-sizing: border-box; max-width: 100%; color: var(--irg-text); margin: 1.2rem 0;
  font: 0.9rem/1.45 var(--sans, var(--jp-ui-font-family, system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif));
  container-type: inline-size;
}
html[data-theme="dark"] .irg, body[data-jp-theme-light="false"] .irg {
  --irg-text: #e4e1da; --irg-quiet: #a9a7a2; --irg-rule: #3d3f44; --irg-field: #1d1f24;
  --irg-accent: #ec9a85; --irg-on-accent: #1b1512; --irg-up: #e2dbcd; --irg-down: #232c3d; --irg-edge: #454d5c;
}
.irg *, .irg *::before, .irg *::after { box-sizing: border-box; }
.irg-row { display: flex; flex-wrap: wrap; gap: 0.6rem 0.9rem; align-items: end; margin: 0 0 0.8rem; }
.irg-grow { flex: 1 1 auto; }
.irg-control { display: inline-flex; flex-direction: column; gap: 0.15rem; min-width: 0; position: relative; }
.irg-label { font-size: 0.78rem; color: var(--irg-quiet); white-space: nowrap; }
.irg button, .irg select, .irg input[type="text"] {
  font: inherit; color: var(--irg-text); background: var(--irg-field); border: 1px solid var(--irg-rule);
  border-radius: 4px; min-height: 40px; padding: 0 0.7rem; margin: 0; max-width: 100%;
}
.irg button { cursor: pointer; min-width: 40px; white-space: nowrap; }
.irg button:hover:not(:disabled), .irg select:hover { border-color: var(--irg-quiet); }
.irg button:disabled { opacity: 0.45; cursor: default; }
.irg button[aria-pressed="true"], .irg button[aria-checked="true"], .irg button.irg-primary {
  background: var(--irg-accent); border-color: var(--irg-accent); color: var(--irg-on-accent);
}
.irg :focus-visible { outline: 2px solid var(--irg-accent); outline-offset: 2px; }
.irg input[type="text"] { width: 6.2rem; font-variant-numeric: tabular-nums; }
.irg input[aria-invalid="true"] { border-color: var(--irg-accent); }
.irg-slider { display: grid; grid-template-columns: minmax(0, 1fr) 6.2rem; gap: 0 0.7rem; align-items: center; width: 100%; }
.irg-slider .irg-label { grid-column: 1 / -1; }
.irg-track { position: relative; min-height: 40px; display: flex; align-items: center; }
.irg-track input { width: 100%; margin: 0; min-height: 40px; accent-color: var(--irg-accent); background: none; }
.irg-mark { position: absolute; top: 2px; width: 0; height: 7px; border-left: 2px solid var(--irg-quiet); pointer-events: none; }
.irg-problem { font-size: 0.78rem; color: var(--irg-accent); grid-column: 1 / -1; }
.irg-problem:empty { display: none; }
.irg-about { margin: 0.4rem 0 0.7rem; color: var(--irg-quiet); max-width: 46rem; }
.irg-about a { color: var(--irg-accent); text-decoration: underline; }
.irg-status { margin: 0.4rem 0 0; color: var(--irg-quiet); font-variant-numeric: tabular-nums; min-height: 1.45em; }
.irg-status[data-kind="problem"] { color: var(--irg-accent); }
.irg canvas { image-rendering: pixelated; display: block; max-width: 100%; background: var(--irg-down); outline-offset: 2px; }
.irg figure { margin: 0; min-width: 0; }
.irg figcaption { font-size: 0.84rem; color: var(--irg-quiet); margin: 0.35rem 0 0; text-align: left; max-width: none; }
.irg-numbers { font-variant-numeric: tabular-nums; color: var(--irg-text); }
.irg-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.irg [hidden] { display: none !important; }
@media print { .irg button, .irg select, .irg input { display: none; } }
`;

// Put a style sheet where `host` lives: its document, or its shadow root. Once each is enough. A
// widget with more to say calls installStyle(root, "zoom", ZOOM_STYLE).
export function installStyle(host, name = "base", text = STYLE) {
  const root = host.getRootNode();
  const place = root instanceof ShadowRoot ? root : document.head;
  const style = place.querySelector(`style[data-irg="${name}"]`) ?? document.createElement("style");
  style.dataset.irg = name;
  style.textContent = text;
  if (!style.isConnected) place.append(style);
}
