"""Live widgets for JupyterLab; the pages of the book carry the same ones without Python.

``irg.widgets.Dream(kernel="k3", size=256)`` shows a magnet that grows, with a choice of who draws:
the browser, Numba or torch. It needs anywidget: ``pip install inverse-rg[widgets]``.
"""

from __future__ import annotations

import importlib

_HOME = {"Dream": "_dream", "bundle": "_bundle"}
"""Which module each public name lives in; loaded when it is first used."""

__all__ = ["Dream", "bundle"]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Dream":
        try:
            importlib.import_module("anywidget")
        except ImportError as error:
            raise ImportError(
                f"irg.widgets.{name} needs anywidget, which is not installed: "
                "pip install 'inverse-rg[widgets]'"
            ) from error
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
