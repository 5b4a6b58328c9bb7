// The look of "Which one is real?", beside style.js.

export const GUESS_STYLE = `
.irg-guess-head { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: end; justify-content: space-between; margin: 0 0 0.7rem; }
.irg-guess-question { margin: 0; font-size: 1.02rem; min-height: 1.45em; }
.irg-guess-question[data-kind="miss"] { color: var(--irg-accent); }
.irg-guess-pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; margin: 0 0 0.7rem; }
.irg .irg-guess-choice { display: block; padding: 0; border: 0; background: none; border-radius: 0; width: 100%; text-align: left; min-height: 0; }
.irg-guess-choice canvas { width: 100%; aspect-ratio: 1; outline: 1px solid var(--irg-edge); outline-offset: 0; }
.irg-guess-choice:hover canvas { outline: 2px solid var(--irg-quiet); }
.irg-guess-choice[data-state="real"] canvas { outline: 3px solid var(--irg-accent); }
.irg-guess-caption { display: block; padding: 0.4rem 0 0; color: var(--irg-quiet); min-height: 1.9em; white-space: normal; }
.irg-guess-choice[data-state="real"] .irg-guess-caption { color: var(--irg-accent); }
.irg-guess-keys { color: var(--irg-quiet); align-self: center; font-size: 0.84rem; }
.irg-guess-scores table { width: 100%; border-collapse: collapse; margin: 0.2rem 0 0; display: table; }
.irg-guess-scores :is(th, td) { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0 !important; font: inherit; font-variant-numeric: tabular-nums; white-space: nowrap; border: 0; }
.irg-guess-scores thead th { color: var(--irg-quiet); font-size: 0.78rem; border-bottom: 1px solid var(--irg-rule); }
.irg-guess-wide { width: 55%; }
.irg-guess-rail { position: relative; display: block; height: 14px; }
.irg-guess-rail::before { content: ""; position: absolute; left: 0; right: 0; top: 6px; border-top: 1px solid var(--irg-rule); }
.irg-guess-coin { position: absolute; left: 50%; top: 0; height: 14px; border-left: 1px solid var(--irg-text); }
.irg-guess-interval { position: absolute; top: 6px; border-top: 2px solid var(--irg-accent); }
.irg-guess-rate { position: absolute; top: 3px; width: 8px; height: 8px; margin-left: -4px; border-radius: 50%; background: var(--irg-accent); }
@container (max-width: 560px) {
  .irg-guess-pair { gap: 0.6rem; }
  .irg-guess-wide { width: 34%; }
  .irg-guess-scores tbody th { white-space: normal; }
}
`;
