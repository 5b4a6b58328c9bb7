// The page's side of the Worker: client.run("task", options) -> Promise of the result.

import { WORKER_SOURCE } from "./data.js";
import { runTask } from "./tasks.js";

// Start a Worker from the text inside the bundle. Where that is not possible (no Worker, or a page
// that forbids it) the same tasks run here in slices and `inWorker` is false: say so in the widget.
//
// Returns {inWorker, run(task, options, {onProgress, signal}), destroy()}. A run whose AbortSignal
// fires gives null. onFallback() is called when there is no Worker, at once or as soon as it is known.
export function createClient({ onFallback = () => {} } = {}) {
  const waiting = new Map();
  let worker = startBlobWorker();
  let lastId = 0;
  const client = { inWorker: worker !== null, run, destroy };
  if (worker === null) onFallback();

  function startBlobWorker() {
    if (typeof Worker === "undefined" || !WORKER_SOURCE) return null;
    const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
    try {
      const started = new Worker(url);
      started.onmessage = ({ data }) => hear(data);
      started.onerror = giveUp;
      return started;
    } catch {
      return null;
    } finally {
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    }
  }

  function hear({ id, progress, result, error }) {
    const entry = waiting.get(id);
    if (!entry) return;
    if (progress !== undefined) return entry.onProgress?.(progress);
    waiting.delete(id);
    if (error !== undefined) entry.reject(new Error(error));
    else entry.resolve(result);
  }

  // The Worker did not start (a content policy, say): what waits runs here.
  function giveUp(event) {
    event?.preventDefault?.();
    worker?.terminate();
    worker = null;
    client.inWorker = false;
    onFallback();
    const entries = [...waiting.values()];
    waiting.clear();
    for (const entry of entries) here(entry).then(entry.resolve, entry.reject);
  }

  function here({ task, options, onProgress, signal }) {
    return runTask(task, options, { onProgress, isCancelled: () => signal?.aborted ?? false });
  }

  function run(task, options, { onProgress, signal } = {}) {
    if (worker === null) return here({ task, options, onProgress, signal });
    lastId += 1;
    const id = lastId;
    signal?.addEventListener("abort", () => waiting.has(id) && worker?.postMessage({ id, cancel: true }));
    return new Promise((resolve, reject) => {
      waiting.set(id, { task, options, onProgress, signal, resolve, reject });
      worker.postMessage({ id, task, options });
    });
  }

  function destroy() {
    worker?.terminate();
    waiting.clear();
  }

  return client;
}
