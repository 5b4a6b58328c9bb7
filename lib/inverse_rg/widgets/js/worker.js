// The Web Worker's side: runs the tasks of tasks.js and posts what they give.

import { runTask } from "./tasks.js";

// Messages in: {id, task, options} or {id, cancel: true}. Out: {id, progress} | {id, result} | {id, error}.
export function startWorker(scope) {
  const cancelled = new Set();
  scope.onmessage = async ({ data }) => {
    if (data.cancel) {
      cancelled.add(data.id);
      return;
    }
    const { id, task, options } = data;
    try {
      const result = await runTask(task, options, {
        onProgress: (progress) => scope.postMessage({ id, progress }),
        isCancelled: () => cancelled.has(id),
        sliceMilliseconds: 50,
      });
      scope.postMessage({ id, result });
    } catch (error) {
      scope.postMessage({ id, error: error.message });
    }
    cancelled.delete(id);
  };
}
