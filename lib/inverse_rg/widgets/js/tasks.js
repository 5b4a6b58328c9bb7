// Work that is too long for one frame: generators that run in the Worker, or in slices on the page.
//
// A task is a generator function of its options: it yields progress (any value, or undefined) often,
// every few milliseconds, and returns its result. Add a task by adding a line to TASKS.

import { measureTask } from "./measure-task.js";
import { describeTask, walkTask } from "./walk.js";
import { monteCarloTask } from "./montecarlo.js";

const TASKS = {
  describe: describeTask,
  measure: measureTask,
  monteCarlo: monteCarloTask,
  walk: walkTask,
};

// Run a task to its end. Between slices the event loop gets its turn, so that a page stays
// responsive and a worker hears of a cancellation; a cancelled task gives null.
export async function runTask(name, options, { onProgress = () => {}, isCancelled = () => false, sliceMilliseconds = 8 } = {}) {
  if (!(name in TASKS)) throw new Error(`unknown task ${name}`);
  const work = TASKS[name](options);
  let sliceEnd = performance.now() + sliceMilliseconds;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (step.value !== undefined) onProgress(step.value);
    if (performance.now() >= sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      if (isCancelled()) return null;
      sliceEnd = performance.now() + sliceMilliseconds;
    }
  }
}
