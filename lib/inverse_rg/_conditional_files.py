"""The JSON form of a conditional upscaler: what is written, and what is checked when it is read."""

from __future__ import annotations

import json
from typing import Any

from inverse_rg import _interactions, _parameter_files

KIND = _parameter_files.Kind("upscaler", ".json", "upscalers")
FORMAT = "inverse_rg conditional upscaler"
VERSION = 1
CONVENTION = (
    "p(s) = exp(s h) / (2 cosh h) times the majority rule, on spins of +-1; blocks have the corner "
    "spin A at (0, 0), the diagonal spin D at (1, 1) and the edge spins B at (0, 1), C at (1, 0); "
    "every level is turned by a random symmetry of the square"
)

NAMES: dict[str, tuple[str, ...]] = {
    "corner": ("own", "near", "far", "near-near", "near-far", "far-far"),
    "diagonal": ("own", "beside", "across", "corner-own", "corner-beside", "corner-across"),
    "edge": ("inside", "outside", "own", "beside", "across"),
    "couplings": _interactions.NAMES,
}
"""Names of the parameters of each part, in order."""


def dump(parts: dict[str, Any], errors: dict[str, Any], majority: bool, passes: int, provenance):
    """Return the text of a file; a provenance that JSON cannot hold is a TypeError."""
    content: dict[str, Any] = {"format": FORMAT, "version": VERSION, "convention": CONVENTION}
    for name, values in parts.items():
        content[name] = named(name, values)
    if errors:
        content["standard_errors"] = {name: named(name, errors[name]) for name in errors}
    content |= {"majority": majority, "passes": passes, "provenance": provenance}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def named(part: str, values) -> dict[str, float] | None:
    """Return the parameters of a part keyed by their names."""
    return None if values is None else dict(zip(NAMES[part], values, strict=True))


def parse(content: Any) -> dict[str, Any]:
    """Return the arguments of `ConditionalUpscaler` that the contents of a file hold."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"its format must be {FORMAT!r}")
    if content.get("version") != VERSION:
        raise ValueError(f"its version must be {VERSION}, got {content.get('version')!r}")
    arguments = {name: _values(name, content.get(name)) for name in NAMES}
    errors = content.get("standard_errors", {})
    if not isinstance(errors, dict) or not set(errors) <= set(NAMES):
        raise ValueError(f"standard_errors must be keyed by {', '.join(NAMES)}, got {errors!r}")
    return arguments | {
        "majority": content.get("majority"),
        "passes": content.get("passes"),
        "standard_errors": {name: _values(name, values) for name, values in errors.items()},
        "provenance": content.get("provenance", {}),
    }


def _values(part: str, values: Any) -> tuple | None:
    if values is None:
        return None
    if not isinstance(values, dict) or set(values) != set(NAMES[part]):
        raise ValueError(f"{part} must be keyed by {' '.join(NAMES[part])}, got {values!r}")
    return tuple(values[name] for name in NAMES[part])
