// Many small dreams at once, for measuring while you watch.
//
// createMeasurement(kernels) -> measurement
//     `kernels`: one kernel {size, parameters} for every level, or an array whose entry l draws
//     level l (2^l -> 2^(l + 1)); its last entry draws all further levels. (As inverse_rg.dream does,
//     a window wider than the lattice wraps around it.)
// measureBatch(measurement, levels, replicas, random) -> sums
//     grows `replicas` lattices from one random spin each, levels = 6 doublings to L = 64, and
//     returns sums[level], level = 0 .. levels, with size = 2^level, of plain numbers that add up:
//       {size, count, m2, m4, absM, e, e2, absMe, histogram}
//     m = mean of +-1, e = sum of s (right + down) / L^2 (2 at full order, as in the package).
//     histogram: Float64Array(HISTOGRAM_BINS); bin b holds the m nearest to -1 + 2 b / (BINS - 1),
//     so that the first and the last bin are half as wide.
// addSums(total, part) -> adds part to total in place (total null: a copy of part) and returns it.

export const HISTOGRAM_BINS = 65;
