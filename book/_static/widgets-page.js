// Mounts the live widgets of a page: every `.irg-widget` element, when it comes into view.
// The figure that follows such an element is its static twin: it gives way to the live widget, and
// stays wherever there is none: in print, without scripts, or when something here fails.
(() => {
  const here = document.currentScript.src;
  const file = (name) => new URL(name, here).href;
  let bundle;

  // A page opened as a file may not import modules; a script that holds the module's text may load.
  function importFromText() {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = file("inverse-rg-widgets.text.js");
      script.onerror = () => reject(new Error("its file inverse-rg-widgets.text.js is missing"));
      script.onload = () => {
        const blob = new Blob([globalThis.inverseRgWidgets], { type: "text/javascript" });
        resolve(import(URL.createObjectURL(blob)));
      };
      document.head.append(script);
    });
  }

  function load() {
    bundle ??= location.protocol === "file:" ? importFromText() : import(file("inverse-rg-widgets.js"));
    return bundle;
  }

  // data-size="64" arrives as a number, data-kernel="k3" as a string.
  function stateOf(element) {
    const number = (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);
    return Object.fromEntries(Object.entries(element.dataset).map(([key, text]) => [key, number(text)]));
  }

  function say(element, text) {
    const message = document.createElement("p");
    message.className = "irg-message";
    message.setAttribute("role", "status");
    message.textContent = text;
    element.replaceChildren(message);
  }

  async function bring(element) {
    try {
      const module = await load();
      element.replaceChildren();
      await module.mount(element, stateOf(element));
      element.classList.add("irg-live");
    } catch (error) {
      say(element, `The live widget could not start: ${error.message}. The picture below stands for it.`);
    }
  }

  function start() {
    const elements = document.querySelectorAll(".irg-widget[data-widget]");
    if (!("IntersectionObserver" in window)) {
      elements.forEach(bring);
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          if (isIntersecting) {
            observer.unobserve(target);
            bring(target);
          }
        }
      },
      { rootMargin: "300px" },
    );
    elements.forEach((element) => observer.observe(element));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
