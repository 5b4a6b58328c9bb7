"""Packages that the torch path does without."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

_DISTRIBUTION = {"llvmlite": "numba"}
"""What to install for a package that comes with another."""


def has(name: str) -> bool:
    """Return whether the package called `name` can be imported; it is not imported."""
    return importlib.util.find_spec(name) is not None


def load(module: str, wanted: str) -> ModuleType:
    """Import `module` for `wanted`.

    Raises
    ------
    ModuleNotFoundError
        If a package is missing; the message names what was wanted, the package, and what there is
        without it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", __name__.partition(".")[0]):
            raise
        package = _DISTRIBUTION.get(missing, missing)
        raise ModuleNotFoundError(
            f"{wanted} needs the package {package}, which is not installed here; with numpy and "
            "torch alone there are models, train, Kernel, Dream and device_measurement",
            name=error.name,
        ) from error
