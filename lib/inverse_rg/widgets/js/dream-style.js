// What the Dream widget adds to the look of style.js.

export const DREAM_STYLE = `
.irg-pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.9rem 1.2rem; }
.irg-below { grid-column: 1 / -1; min-width: 0; }
.irg-lattice { width: 100%; aspect-ratio: 1; border: 1px solid var(--irg-edge); }
canvas.irg-lattice { cursor: default; }
canvas.irg-lattice[data-zoomed="true"] { cursor: grab; }
.irg-pair figcaption strong { color: var(--irg-text); font-weight: 600; }
.irg-pair figcaption span { display: block; }
.irg-progress { height: 2px; background: transparent; margin-top: 2px; }
.irg-progress > div { height: 100%; width: 0; background: var(--irg-accent); }
.irg-scale { display: flex; flex-wrap: wrap; gap: 0.35rem; margin: 0 0 0.2rem; padding: 0; border: 0; min-width: 0; }
.irg-scale legend { font-size: 0.78rem; color: var(--irg-quiet); padding: 0; margin: 0 0 0.25rem; float: none; width: auto; }
.irg button.irg-level {
  display: flex; flex-direction: column; align-items: center; gap: 0.15rem; padding: 3px 3px 1px; min-width: 46px; min-height: 62px;
  font-size: 0.78rem; line-height: 1.2; font-variant-numeric: tabular-nums; background: var(--irg-field); color: var(--irg-quiet); border-color: transparent;
}
.irg button.irg-level[aria-checked="true"] { color: var(--irg-accent); border-color: var(--irg-accent); background: var(--irg-field); font-weight: 600; }
.irg-level canvas { width: 40px; height: 40px; }
.irg-level[data-seen="false"] canvas { opacity: 0.25; }
.irg-tools { display: flex; flex-wrap: wrap; gap: 0.45rem; margin: 0 0 0.7rem; align-items: center; }
.irg-panel { border-top: 1px solid var(--irg-rule); margin-top: 0.9rem; padding-top: 0.2rem; }
.irg-panel > summary { cursor: pointer; min-height: 40px; display: flex; align-items: center; gap: 0.5rem; list-style: none; }
.irg-panel > summary::-webkit-details-marker { display: none; }
.irg-panel > summary::before { content: "+"; width: 1em; text-align: center; color: var(--irg-accent); font-weight: 600; }
.irg-panel[open] > summary::before { content: "\\2212"; }
.irg-sliders { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 0.3rem 1.6rem; }
.irg-bend { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.6rem 1.4rem; align-items: start; margin: 0.2rem 0 0.7rem; }
.irg-kernel { display: grid; gap: 2px; width: 7rem; height: 7rem; margin-top: 0.2rem; }
.irg-drawing { display: grid; grid-template-columns: repeat(8, 40px); width: max-content; border: 1px solid var(--irg-edge); touch-action: none; }
.irg .irg-drawing button { width: 40px; min-width: 40px; height: 40px; min-height: 40px; border: 0; border-radius: 0; padding: 0; background: var(--irg-down); }
.irg .irg-drawing button[aria-pressed="true"] { background: var(--irg-up); }
.irg .irg-drawing button:focus-visible { outline: 2px solid var(--irg-accent); outline-offset: -4px; z-index: 1; }
.irg-notice { font-size: 0.84rem; color: var(--irg-quiet); border-left: 3px solid var(--irg-accent); padding-left: 0.6rem; margin: 0.4rem 0 0; }
.irg-own { display: flex; flex-wrap: wrap; gap: 0.6rem 0.9rem; margin: 0 0 0.8rem; }
.irg-own-tools { display: flex; flex-direction: column; gap: 0.45rem; }
.irg[data-dropping="true"] { outline: 2px dashed var(--irg-accent); outline-offset: 6px; }
.irg-legend { display: inline-flex; align-items: center; gap: 0.35rem; font-size: 0.78rem; color: var(--irg-quiet); margin-left: auto; }
.irg-legend i { width: 0.8rem; height: 0.8rem; border: 1px solid var(--irg-edge); display: inline-block; }
@container (max-width: 520px) {
  .irg-pair { grid-template-columns: minmax(0, 1fr); }
  .irg-below { order: 1; }
  .irg-pair > figure + figure { order: 2; }
  .irg-row > .irg-control { flex: 1 1 8.5rem; }
  .irg-row > .irg-control select, .irg-row > .irg-control input { width: 100%; }
  .irg-row > .irg-control.irg-wide { flex-basis: 100%; }
  .irg-tools > button { flex: 1 1 auto; }
  .irg-bend { grid-template-columns: minmax(0, 1fr); }
  .irg-legend { flex-basis: 100%; margin-left: 0; }
  .irg-own-tools { flex-direction: row; flex-wrap: wrap; }
}
`;
