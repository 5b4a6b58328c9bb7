// What stands where a kernel's sliders stand when a conditional model draws.

import { element } from "./ui.js";
import { modelWords } from "./conditional-models.js";

// Returns {root, show(name)}; an empty name hides it. `chapter` is the address of the chapter on these
// models, "here" on its own page; without one its title alone points there. `growing`: say what one
// level more does.
export function createModelAbout(chapter, growing = false) {
  const words = element("span", {});
  const title = "Independence is the bottleneck";
  const source = chapter ? element("a", { href: chapter }, title) : element("em", {}, title);
  const pointer = chapter === "here" ? [] : [" See the chapter ", source, "."];
  const root = element("p", { class: "irg-about", hidden: true }, words, ...pointer);
  function show(name) {
    root.hidden = !name;
    words.textContent = name ? modelWords(name, growing) : "";
  }
  return { root, show };
}
