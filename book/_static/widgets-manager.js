// Where the widget manager (embed-amd.js) finds its parts: beside this file, never on another host.
// Only pages that hold Jupyter widgets load it, after require.js.
(() => {
  const vendor = new URL("vendor/", document.currentScript.src).href;
  window.__jupyter_widgets_assets_path__ = `${vendor}jupyter-widgets/`;
  window.requirejs.config({
    paths: { anywidget: `${vendor}anywidget/index`, "@jupyter-widgets/html-manager/dist": `${vendor}jupyter-widgets` },
  });
})();
