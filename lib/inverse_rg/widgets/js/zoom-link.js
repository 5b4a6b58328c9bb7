// A link that reproduces a view: #zoom&kernel=k3&seed=1&z=31.25…&x=3af0…&y=8c…, and the parameters of a bent kernel.

import { checkParameters } from "./kernel.js";
import { readView, viewText } from "./zoom-view.js";

/** The fragment of a link to `state` = {kernel, seed, bend, view} at a level. */
export function linkText({ kernel, seed, bend, view }, level) {
  const fields = new URLSearchParams({ kernel, seed, ...viewText(view, level) });
  if (bend) {
    fields.set("p", bend.kernel.parameters.join(","));
    if (bend.level) fields.set("below", bend.level);
  }
  return `#zoom&${fields}`;
}

/** Read such a fragment; what does not make sense gives an Error with a message for the reader. */
export function readLink(fragment, kernels) {
  const fields = new URLSearchParams(fragment.replace(/^#zoom&?/, ""));
  const kernel = fields.get("kernel") ?? "k3";
  if (!Object.hasOwn(kernels, kernel)) throw new Error(`there is no kernel named “${kernel}”`);
  const seed = Number(fields.get("seed") ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`the seed must be a whole number from 0 on, got ${fields.get("seed")}`);
  const view = readView({ z: fields.get("z"), x: fields.get("x"), y: fields.get("y") });
  let bend = null;
  if (fields.has("p")) {
    const { size } = kernels[kernel];
    const level = Number(fields.get("below") ?? 0);
    if (!Number.isInteger(level) || level < 0) throw new Error(`“below” must be a level, got ${fields.get("below")}`);
    bend = { level, kernel: { size, parameters: checkParameters(size, fields.get("p").split(",").map(Number)) } };
  }
  return { kernel, seed, view, bend };
}
