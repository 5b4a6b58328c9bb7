"""Two-layer networks and tables as plain JSON, and back: their numbers exactly, in base64."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

TWO_LAYER, TABLE = "two-layer", "table"

_PARTS = ("first", "bias", "second")


def describe(model) -> dict[str, Any] | None:
    """Return what decides the draws of a `TwoLayer` or a `FieldTable`; None for anything else."""
    if hasattr(model, "table"):
        return {"kind": TABLE, "size": 3, "table": _text(model.table)}
    if not hasattr(model, "neighbourhood"):
        return None
    parts = [getattr(model, name).detach().cpu().float().numpy() for name in _PARTS]
    return {
        "kind": TWO_LAYER,
        "size": model.size,
        "channels": model.channels,
        "symmetrised": model.symmetrised,
        **{name: _text(part) for name, part in zip(_PARTS, parts, strict=True)},
    }


def from_description(description: dict[str, Any]):
    """Return the network or table that `describe` described."""
    parts = dict(description)
    kind = parts.pop("kind")
    if kind == TABLE:
        from inverse_rg.neighbourhoods import FieldTable

        return FieldTable(_array(parts["table"], np.float64, (4, 512)))
    if kind != TWO_LAYER:
        raise ValueError(f"kind must be {TWO_LAYER!r} or {TABLE!r}, got {kind!r}")
    import torch

    from inverse_rg.models import TwoLayer

    texts = {name: parts.pop(name) for name in _PARTS}
    model = TwoLayer(**parts, rng=0)
    for name, text in texts.items():
        parameter = getattr(model, name)
        parameter.data = torch.from_numpy(_array(text, np.float32, tuple(parameter.shape)))
    return model


def label(description: dict[str, Any]) -> str:
    """Return a few words for the description of a kernel, a network or a table."""
    kind = description.get("kind")
    before = "" if kind is None else f"{kind} "
    after = " symmetrised" if description.get("symmetrised") else ""
    return f"{before}k={description['size']}{after}"


def _text(array: np.ndarray) -> str:
    """Return the bytes of an array, little-endian, in base64."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode("ascii")


def _array(text: str, dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Undo `_text`."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    array = np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).astype(dtype)
    if array.size != int(np.prod(shape)):
        raise ValueError(f"an array must have shape {shape}, got {array.size} numbers")
    return array.reshape(shape)
