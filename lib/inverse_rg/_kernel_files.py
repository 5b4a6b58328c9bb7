"""The JSON form of a kernel: what is written, and what is checked when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from inverse_rg import _parameter_files

KIND = _parameter_files.Kind("kernel", ".json", "kernels")
FORMAT = "inverse_rg kernel"
VERSION = 1
CONVENTION = (
    "p(s) = exp(s h) / (2 cosh h) on spins of +-1, h = kernel * upscaled coarse spins (Eq. 9 of "
    "arXiv:2506.04016); parameters keyed by the offset class 'dy,dx' with dy >= dx >= 0"
)

Classes = Sequence[tuple[int, int]]


def dump(
    size: int,
    classes: Classes,
    *,
    parameters: Sequence[float],
    standard_errors: Sequence[float] | None,
    provenance: dict[str, Any],
) -> str:
    """Return the text of a kernel file; a provenance that JSON cannot hold is a TypeError."""
    keys = _keys(classes)
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "size": size,
        "convention": CONVENTION,
        "parameters": dict(zip(keys, parameters, strict=True)),
    }
    if standard_errors is not None:
        content["standard_errors"] = dict(zip(keys, standard_errors, strict=True))
    content["provenance"] = provenance
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def parse(content: Any, offset_classes: Callable[[int], Classes]) -> dict[str, Any]:
    """Return the arguments of `Kernel` that the contents of a file hold."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"its format must be {FORMAT!r}")
    if content.get("version") != VERSION:
        raise ValueError(f"its version must be {VERSION}, got {content.get('version')!r}")
    size: Any = content.get("size")
    keys = _keys(offset_classes(size))
    errors = content.get("standard_errors")
    return {
        "size": size,
        "parameters": _values("parameters", content.get("parameters"), keys),
        "standard_errors": None if errors is None else _values("standard_errors", errors, keys),
        "provenance": content.get("provenance", {}),
    }


def _keys(classes: Classes) -> list[str]:
    return [f"{dy},{dx}" for dy, dx in classes]


def _values(name: str, values: Any, keys: list[str]) -> tuple:
    if not isinstance(values, dict):
        raise ValueError(f"{name} must map offset classes to numbers, got {values!r}")
    missing = [key for key in keys if key not in values]
    foreign = [key for key in values if key not in keys]
    if missing or foreign:
        raise ValueError(
            f"{name} must be keyed by {' '.join(keys)}"
            + (f"; missing: {' '.join(missing)}" if missing else "")
            + (f"; unknown: {' '.join(foreign)}" if foreign else "")
        )
    return tuple(values[key] for key in keys)
