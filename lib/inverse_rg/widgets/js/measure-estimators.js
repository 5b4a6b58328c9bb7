// Exponents, Binder ratio and P(m) from sums over groups of dreams, with jackknife errors.
//
// Sums are those of replicas.js: one entry a level of {size, count, m2, m4, absM, e, e2, absMe, histogram}.
// Groups are independent of one another; levels inside a group are not, and are left out jointly.

import { HISTOGRAM_BINS, addSums } from "./replicas.js";

// chi and c_me of Eq. (14) of arXiv:2506.04016 and U4 from one level's sums. <m> is zero by symmetry.
export function momentValues({ size, count, m2, m4, absM, e, absMe }) {
  const mean = (sum) => sum / count;
  return {
    chi: size * size * mean(m2),
    cme: (size * size * (mean(absMe) - mean(absM) * mean(e))) / mean(absM),
    U4: 1 - mean(m4) / (3 * mean(m2) ** 2),
  };
}

/** gamma/nu and 1/nu from two sizes, Eq. (15), and U4 of the larger one; `sums` is indexed by level. */
export function estimators(sums, level, smallLevel) {
  const large = momentValues(sums[level]);
  const small = momentValues(sums[smallLevel]);
  const exponent = (name) => Math.log2(large[name] / small[name]) / (level - smallLevel);
  return { gammaOverNu: exponent("chi"), oneOverNu: exponent("cme"), U4: large.U4 };
}

/** What is left of `total` without `part`, in new objects. */
export function subtractSums(total, part) {
  return total.map((sums, level) => {
    const rest = { ...sums, histogram: sums.histogram.map((count, i) => count - part[level].histogram[i]) };
    for (const name of ["count", "m2", "m4", "absM", "e", "e2", "absMe"]) rest[name] -= part[level][name];
    return rest;
  });
}

/** The standard error that values with one group left out each give. */
export function jackknifeError(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt((spread * (values.length - 1)) / values.length);
}

/**
 * All results from `groups`, an array of sums (null for a group without dreams), or null with fewer than two groups:
 * {count, gammaOverNu, oneOverNu, U4: {value, error}, density: {m, value, error}}.
 */
export function measureResults(groups, level, smallLevel) {
  const filled = groups.filter((group) => group !== null);
  if (filled.length < 2) return null;
  const total = filled.reduce((sum, group) => addSums(sum, group), null);
  const others = filled.map((group) => subtractSums(total, group));
  const value = estimators(total, level, smallLevel);
  const replicates = others.map((sums) => estimators(sums, level, smallLevel));
  const results = { count: total[level].count };
  for (const name of Object.keys(value)) {
    results[name] = { value: value[name], error: jackknifeError(replicates.map((one) => one[name])) };
  }
  const densities = others.map((sums) => densityOf(sums[level].histogram, sums[level].count));
  results.density = {
    m: Float64Array.from({ length: HISTOGRAM_BINS }, (_, bin) => binCentre(bin)),
    value: densityOf(total[level].histogram, total[level].count),
    error: Float64Array.from({ length: HISTOGRAM_BINS }, (_, bin) => jackknifeError(densities.map((one) => one[bin]))),
  };
  return results;
}

function binCentre(bin) {
  return -1 + (2 * bin) / (HISTOGRAM_BINS - 1);
}

// Counts as a density of m that integrates to one; the outermost bins are half as wide.
function densityOf(histogram, count) {
  const width = 2 / (HISTOGRAM_BINS - 1);
  return histogram.map((number, bin) => number / (count * width * (bin === 0 || bin === HISTOGRAM_BINS - 1 ? 0.5 : 1)));
}
