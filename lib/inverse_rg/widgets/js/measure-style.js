// The look of "Measure while you watch", beside style.js.

export const MEASURE_STYLE = `
.irg-measure-grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.1rem 1.6rem; margin: 0.4rem 0 0.6rem; }
.irg-measure-count { align-self: center; color: var(--irg-quiet); font-variant-numeric: tabular-nums; padding: 0 0.3rem; }
.irg .irg-plot-figure { margin: 0 !important; }
.irg .irg-plot-figure figcaption { max-width: none !important; padding: 0 !important; display: grid; grid-template-columns: auto 1fr; column-gap: 0.8rem; margin: 0 0 0.2rem !important; align-items: baseline; }
.irg-plot-name { color: var(--irg-quiet); }
.irg-plot-value { color: var(--irg-text); font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; text-align: right; }
.irg-plot-note { grid-column: 1 / -1; font-size: 0.78rem; font-variant-numeric: tabular-nums; min-height: 1.2em; }
.irg-plot { display: block; width: 100%; font-size: 11px; font-variant-numeric: tabular-nums; overflow: visible; }
.irg-plot text { fill: var(--irg-quiet); }
.irg-plot-grid { stroke: var(--irg-rule); stroke-width: 1; }
.irg-plot-exact { stroke: var(--irg-text); stroke-width: 1.4; }
.irg-plot-reference { fill: none; stroke: var(--irg-text); stroke-width: 1.4; }
line.irg-plot-point { stroke: var(--irg-quiet); stroke-width: 1.2; }
circle.irg-plot-point { fill: var(--irg-quiet); }
line.irg-plot-last { stroke: var(--irg-accent); stroke-width: 1.6; }
circle.irg-plot-last { fill: var(--irg-accent); }
@container (min-width: 561px) { .irg-measure-bar .irg-control.irg-wide select { width: 16rem; } }
@container (max-width: 560px) {
  .irg-measure-bar .irg-control.irg-wide:has(select) { flex-basis: 100%; }
  .irg-measure-grid { grid-template-columns: minmax(0, 1fr); }
  .irg-measure-count { order: 5; width: 100%; }
}
`;
