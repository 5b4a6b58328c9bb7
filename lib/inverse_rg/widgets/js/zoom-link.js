// A link that reproduces a view: #zoom&kernel=k3&seed=1&z=31.25…&x=3af0…&y=8c…, and a bent rule if there is one.

import { checkParameters } from "./kernel.js";
import { readView, viewText } from "./zoom-view.js";

/** The kernels of a page, grouped for a drop-down. */
export function kernelGroups(kernels) {
  const groups = { Trained: [], "Trained, weighted": [], Released: [] };
  for (const [name, { size, weighted, released }] of Object.entries(kernels)) {
    if (/M1e4|Lt128/.test(name)) continue; // the same rules within the eye's precision
    const group = released ? "Released" : weighted ? "Trained, weighted" : "Trained";
    groups[group].push([name, `${size} × ${size}${released && name.endsWith("128") ? ", at 128" : ""}`]);
  }
  return Object.fromEntries(Object.entries(groups).filter(([, entries]) => entries.length));
}

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
  if (!Object.hasOwn(kernels, kernel)) throw new Error(`there is no rule named “${kernel}”`);
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
