// Small pieces of page that every widget is made of: labelled controls, a status line, a model.
// (Colours, themes and painting of spins are in theme.js.)

let uniqueCount = 0;

// A name for an id or a radio group that no other widget of the page has.
export function uniqueName(stem) {
  uniqueCount += 1;
  return `irg-${stem}-${uniqueCount}`;
}

// element("button", {class: "x", onclick: f, "aria-label": "y"}, "text", child, ...)
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function button(label, onPress, attributes = {}) {
  return element("button", { type: "button", onclick: onPress, ...attributes }, label);
}

// A labelled drop-down. `groups` is [[value, text], ...] or {groupName: [[value, text], ...]}.
// Returns {root, input, get(), set(value), setOptions(groups)}; set() does not call onChange.
export function select(label, groups, value, onChange, attributes = {}) {
  const id = uniqueName("select");
  const input = element("select", { id, onchange: () => onChange(input.value), ...attributes });
  const root = element("div", { class: "irg-control" }, element("label", { class: "irg-label", for: id }, label), input);
  const options = (pairs) => pairs.map(([key, text]) => element("option", { value: key }, text));
  const setOptions = (given) => {
    const parts = Array.isArray(given)
      ? options(given)
      : Object.entries(given).map(([name, pairs]) => element("optgroup", { label: name }, ...options(pairs)));
    input.replaceChildren(...parts);
  };
  setOptions(groups);
  input.value = value;
  return { root, input, setOptions, get: () => input.value, set: (next) => (input.value = next) };
}

// Read a number that a person typed: both decimal signs, a real minus sign, nothing else.
export function readNumber(text, { minimum = -Infinity, maximum = Infinity, whole = false } = {}) {
  const trimmed = text.trim().replace("\u2212", "-").replace(",", ".");
  const value = Number(trimmed);
  if (trimmed === "" || !Number.isFinite(value)) throw new Error(`“${text.trim()}” is not a number`);
  if (whole && !Number.isInteger(value)) throw new Error("a whole number is needed");
  if (value < minimum || value > maximum) throw new Error(`allowed: ${minimum} to ${maximum}`);
  return value;
}

// A labelled field for a number; bad input gets a message below it and onChange is not called.
// Returns {root, input, get(), set(value)}.
export function numberField(label, value, limits, onChange, { digits = 0, hideLabel = false } = {}) {
  const id = uniqueName("number");
  const problem = element("div", { class: "irg-problem", id: `${id}-problem`, role: "alert" });
  let current = value;
  const show = () => (input.value = limits.whole ? String(current) : current.toFixed(digits));
  const read = () => {
    try {
      const next = readNumber(input.value, limits);
      problem.textContent = "";
      input.removeAttribute("aria-invalid");
      if (next !== current) {
        current = next;
        onChange(current);
      }
    } catch (error) {
      problem.textContent = error.message;
      input.setAttribute("aria-invalid", "true");
    }
  };
  const input = element("input", {
    type: "text", id, inputmode: limits.whole ? "numeric" : "decimal", autocomplete: "off",
    "aria-describedby": problem.id, onchange: read,
    onkeydown: (event) => event.key === "Enter" && read(),
  });
  const text = element("label", { class: hideLabel ? "irg-hidden" : "irg-label", for: id }, label);
  const set = (next) => {
    current = next;
    problem.textContent = "";
    input.removeAttribute("aria-invalid");
    show();
  };
  show();
  return { root: element("div", { class: "irg-control" }, text, input, problem), input, problem, get: () => current, set };
}

// A labelled slider with a field for exact values; `mark` is a value shown on the track (the optimum).
// options: {minimum, maximum, step, digits, mark, markLabel}. The field may go beyond the slider's ends
// up to options.limits. Returns {root, range, field, get(), set(value), setMark(value)}.
export function slider(label, value, options, onChange) {
  const { minimum, maximum, step = 0.001, digits = 3, markLabel = "optimum" } = options;
  const id = uniqueName("slider");
  const limits = options.limits ?? { minimum, maximum };
  const range = element("input", { type: "range", id, min: minimum, max: maximum, step });
  const mark = element("span", { class: "irg-mark" });
  const field = numberField(`${label}, exact value`, value, limits, (next) => change(next), { digits, hideLabel: true });
  const change = (next) => {
    set(next);
    onChange(next);
  };
  const set = (next) => {
    range.value = next;
    range.setAttribute("aria-valuetext", next.toFixed(digits));
    field.set(next);
  };
  const setMark = (next) => {
    mark.hidden = next === undefined || next === null || next < minimum || next > maximum;
    if (mark.hidden) return;
    // The thumb's centre runs from half its width inside either end.
    const share = (next - minimum) / (maximum - minimum);
    mark.style.left = `calc(${(100 * share).toFixed(3)}% + ${(8 - 16 * share).toFixed(2)}px - 1px)`;
    mark.title = `${markLabel}: ${next.toFixed(digits)}`;
  };
  range.addEventListener("input", () => change(Number(range.value)));
  set(value);
  setMark(options.mark);
  const root = element(
    "div", { class: "irg-slider" },
    element("label", { class: "irg-label", for: id }, label),
    element("div", { class: "irg-track" }, mark, range),
    field.root,
  );
  root.append(field.problem);
  return { root, range, field, get: () => field.get(), set, setMark };
}

// A line that screen readers announce: say("text"), or say("text", "problem").
export function statusLine() {
  const root = element("p", { class: "irg-status", role: "status", "aria-live": "polite" });
  const say = (text, kind = "") => {
    root.dataset.kind = kind;
    if (root.textContent !== text) root.textContent = text;
  };
  return { root, say };
}

// The part of anywidget's model that the widgets use, for pages without a notebook.
export function createModel(state = {}) {
  const values = { ...state };
  const listeners = new Map();
  return {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const listener of listeners.get(`change:${name}`) ?? []) listener();
    },
    on(name, listener) {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    },
    off(name, listener) {
      listeners.set(name, (listeners.get(name) ?? []).filter((other) => listener && other !== listener));
    },
    save_changes() {},
  };
}

// A number as a physicist prints it: a true minus sign, `digits` after the point.
export function formatNumber(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? (0).toFixed(digits) : text).replace("-", "\u2212");
}
