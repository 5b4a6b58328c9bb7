// The look of the zoom, beside style.js.

export const ZOOM_STYLE = `
.irg-zoom-stage { position: relative; border: 1px solid var(--irg-edge); background: var(--irg-down); overflow: hidden; }
.irg-zoom-stage canvas { width: 100%; aspect-ratio: 3 / 2; touch-action: pan-y; cursor: zoom-in; outline-offset: -3px; }
.irg-zoom-stage canvas:focus { touch-action: none; cursor: grab; }
.irg-zoom-stage canvas:active { cursor: grabbing; }
.irg-zoom-stage:fullscreen canvas { width: 100vw; height: 100vh; aspect-ratio: auto; }
.irg-zoom-plate {
  position: absolute; left: 0; bottom: 0; padding: 0.5rem 0.9rem 0.55rem; background: var(--irg-field); pointer-events: none;
  border-top: 1px solid var(--irg-edge); border-right: 1px solid var(--irg-edge); font-variant-numeric: tabular-nums; line-height: 1.25;
}
.irg-zoom-plate strong { display: block; font-size: 1.35rem; font-weight: 600; letter-spacing: -0.01em; }
.irg-zoom-plate span { color: var(--irg-quiet); font-size: 0.82rem; white-space: nowrap; }
.irg-zoom-hint {
  position: absolute; left: 50%; top: 0.7rem; transform: translateX(-50%); padding: 0.3rem 0.8rem; background: var(--irg-field);
  border: 1px solid var(--irg-edge); font-size: 0.82rem; pointer-events: none; white-space: nowrap;
}
.irg-zoom-bar { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin: 0.6rem 0 0.7rem; }
.irg-zoom-bar .irg-primary { min-width: 6.6rem; }
.irg-zoom-bar .irg-control { margin-left: auto; }
.irg-zoom-bar .irg-control ~ .irg-control { margin-left: 0; }
.irg-zoom-bar .irg-control select { width: 8.6rem; }
.irg-zoom-numbers { display: grid; grid-template-columns: repeat(4, minmax(0, auto)); gap: 0.2rem 1.2rem; margin: 0 0 0.7rem; padding: 0; }
.irg-zoom-numbers div { min-width: 0; }
.irg .irg-zoom-numbers dt { font-size: 0.78rem; font-weight: 400; color: var(--irg-quiet); margin: 0; }
.irg .irg-zoom-numbers dd { margin: 0 !important; font-size: 1.02rem; font-variant-numeric: tabular-nums; }
.irg .irg-zoom-figure { margin: 0 !important; }
.irg .irg-zoom-figure figcaption { margin: 0.2rem 0 0 !important; padding: 0 !important; max-width: none !important; }
.irg-zoom-said:empty { display: none; }
.irg-zoom-chart { display: block; width: 100%; font-size: 11px; font-variant-numeric: tabular-nums; }
.irg-zoom-chart text { fill: var(--irg-quiet); }
.irg-zoom-grid { stroke: var(--irg-rule); stroke-width: 1; }
.irg-zoom-exact { stroke: var(--irg-text); stroke-width: 1; stroke-dasharray: 5 3; }
.irg-zoom-bend { stroke: var(--irg-accent); stroke-width: 1; stroke-dasharray: 2 3; }
.irg-zoom-dot { fill: var(--irg-accent); }
.irg-zoom-bend-panel { border-top: 1px solid var(--irg-rule); margin-top: 0.7rem; }
.irg-zoom-bend-panel summary { min-height: 40px; display: flex; align-items: center; gap: 0.5rem; cursor: pointer; }
.irg-zoom-bend-panel summary::before { content: "+"; color: var(--irg-accent); font-size: 1.2rem; width: 1ch; }
.irg-zoom-bend-panel[open] summary::before { content: "\\2212"; }
.irg-zoom-bend-panel .irg-zoom-check { display: flex; gap: 0.6rem; align-items: center; min-height: 40px; }
.irg-zoom-check input { width: 20px; height: 20px; accent-color: var(--irg-accent); margin: 0; flex: none; }
@container (max-width: 560px) {
  .irg-zoom-stage canvas { aspect-ratio: 1; }
  .irg-zoom-numbers { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .irg-zoom-bar .irg-control { margin-left: 0; }
  .irg-zoom-bar .irg-control:has(select) { flex: 1 1 8rem; }
  .irg-zoom-bar .irg-control select { width: 100%; }
  .irg-zoom-full { display: none; }
  .irg-zoom-plate { padding: 0.35rem 0.7rem 0.4rem; }
  .irg-zoom-plate strong { font-size: 1.15rem; }
}
@media print { .irg-zoom-bar, .irg-zoom-bend-panel { display: none; } }
`;
