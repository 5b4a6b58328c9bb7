// How sure one can be that guesses are better than a coin's: exact binomial statistics.

/** log(n!) for n = 0 .. count. */
function logFactorials(count) {
  const logs = new Float64Array(count + 1);
  for (let n = 2; n <= count; n++) logs[n] = logs[n - 1] + Math.log(n);
  return logs;
}

/** The probability of `hits` or more successes in `trials` with success probability p. */
export function binomialTail(hits, trials, p) {
  if (hits <= 0) return 1;
  if (hits > trials || p <= 0) return 0;
  if (p >= 1) return 1;
  const logs = logFactorials(trials);
  let sum = 0;
  for (let n = hits; n <= trials; n++) {
    sum += Math.exp(logs[trials] - logs[n] - logs[trials - n] + n * Math.log(p) + (trials - n) * Math.log1p(-p));
  }
  return Math.min(1, sum);
}

/** Clopper and Pearson's interval for a success probability (Biometrika 26, 404, 1934). */
export function binomialInterval(hits, trials, confidence = 0.95) {
  const tail = (1 - confidence) / 2;
  const solve = (excess) => {
    let low = 0;
    let high = 1;
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (excess(middle) > 0) high = middle;
      else low = middle;
    }
    return (low + high) / 2;
  };
  return [
    hits === 0 ? 0 : solve((p) => binomialTail(hits, trials, p) - tail),
    hits === trials ? 1 : solve((p) => tail - (1 - binomialTail(hits + 1, trials, p))),
  ];
}

/** The score in plain words. */
export function scoreWords(hits, trials) {
  if (trials === 0) return "";
  const p = binomialTail(hits, trials, 0.5);
  const [low, high] = binomialInterval(hits, trials);
  const percent = (value) => `${Math.round(100 * value)}%`;
  const range = `your hit rate lies between ${percent(low)} and ${percent(high)}, with 95% confidence`;
  const coin = p < 1e-6 ? "less than once in a million" : p < 0.1 ? `once in ${Math.round(1 / p)} tries` : `in ${percent(p)} of all tries`;
  const luck = `A coin would score this or better ${coin}`;
  if (trials < 8) return `${luck}. A few more guesses before that means anything.`;
  if (p < 0.001) return `You can tell them apart. ${luck}; ${range}.`;
  if (p < 0.05) return `You can probably tell them apart. ${luck}; ${range}.`;
  if (high < 0.6) return `If there is a difference, it hardly shows: ${range}.`;
  return `No sign yet that you can tell. ${luck}; ${range}.`;
}
