// What stands below a lattice, and what a screen reader says of it.

import { element, formatNumber } from "./ui.js";

// Nodes for a figcaption: name and side, then m, e and clusters, then how it was made.
export function latticeCaption(name, size, numbers, note) {
  const head = element("span", {}, element("strong", {}, name), `, L = ${size}`);
  const values = numbers
    ? `m = ${formatNumber(numbers.m)}   e = ${formatNumber(numbers.e)}   ${countOf(numbers.clusters)}`
    : "\u00a0";
  return [head, element("span", { class: "irg-numbers", style: "white-space: pre-wrap" }, values), element("span", {}, note)];
}

// The same in a sentence.
export function latticeLabel(name, size, numbers) {
  return `${name} of side ${size}: magnetisation ${formatNumber(numbers.m)}, energy ${formatNumber(numbers.e)}, ${countOf(numbers.clusters)}`;
}

function countOf(clusters) {
  return `${clusters.toLocaleString("en")} ${clusters === 1 ? "cluster" : "clusters"}`;
}
