"""Packages that the torch path does without."""

from __future__ import annotations

import importlib.util


def has(name: str) -> bool:
    """Return whether the package called `name` can be imported; it is not imported."""
    return importlib.util.find_spec(name) is not None
