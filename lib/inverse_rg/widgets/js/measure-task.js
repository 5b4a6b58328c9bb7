// The work behind "Measure while you watch": dreams without end, in batches with a random stream each.

import { createRandom } from "./random.js";
import { isConditional } from "./conditional-models.js";
import { measureConditional } from "./conditional-measure.js";
import { addSums, createMeasurement, measureBatch } from "./replicas.js";

export const MEASURE_GROUPS = 32; // for the jackknife
export const MEASURE_LEVELS = 6; // to L = 64
export const SMALL_LEVEL = 4; // L = 16: the pair (64, 16) of Table II
const BATCH = 64; // dreams: some milliseconds
const REPORT_TIME = 150; // ms

/**
 * Dream `kernel`, a kernel or a conditional model, up to L = 64 until `limit` dreams are measured or the task is cancelled. Batch b has the stream (seed, b)
 * and belongs to group b modulo MEASURE_GROUPS, so that the sums after b batches are the same on every machine.
 * With `first` dreams done already, the next batch is the first one that is new.
 * Progress: {parts: [sums or null, by group], count, seconds}, what was measured since the last report.
 */
export function* measureTask({ kernel, seed, first = 0, limit }) {
  const batchOf = createBatches(kernel);
  let parts = new Array(MEASURE_GROUPS).fill(null);
  let count = 0;
  let working = 0;
  let lastReport = performance.now();
  for (let batch = Math.floor(first / BATCH); batch * BATCH < limit; batch++) {
    const start = performance.now();
    const sums = batchOf(createRandom(seed, batch));
    const now = performance.now();
    working += now - start;
    count += BATCH;
    parts[batch % MEASURE_GROUPS] = addSums(parts[batch % MEASURE_GROUPS], sums);
    if (now - lastReport > REPORT_TIME || (batch + 1) * BATCH >= limit) {
      yield { parts, count, seconds: working / 1000 };
      parts = new Array(MEASURE_GROUPS).fill(null);
      count = 0;
      working = 0;
      lastReport = now;
    } else yield undefined;
  }
  return true;
}

// What draws and measures a batch, given its random numbers.
function createBatches(kernel) {
  if (isConditional(kernel)) return (random) => measureConditional(kernel, [SMALL_LEVEL, MEASURE_LEVELS], BATCH, random);
  const measurement = createMeasurement(kernel);
  return (random) => measureBatch(measurement, MEASURE_LEVELS, BATCH, random);
}
