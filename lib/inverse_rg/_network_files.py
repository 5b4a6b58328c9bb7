"""The safetensors form of a network: what is written, and what is checked when it is read."""

from __future__ import annotations

import json
import os
from typing import Any

from inverse_rg import _parameter_files

KIND = _parameter_files.Kind("network", ".safetensors", "networks")
FORMAT = "inverse_rg two-layer network"
VERSION = "1"

TENSORS = ("first", "bias", "second")


def write(path, tensors: dict[str, Any], shape: dict[str, Any], history: dict[str, Any]) -> None:
    """Write a network, whole or not at all."""
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        **{name: json.dumps(value) for name, value in shape.items()},
        "history": json.dumps(history),
    }
    KIND.write_tensors(path, metadata, tensors)


def read(path: str | os.PathLike) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the tensors, the arguments of `TwoLayer` and the history that a file holds.

    Raises
    ------
    ValueError
        If the file cannot be read or its contents do not fit together; the message names it.
    """
    metadata, tensors = KIND.read_tensors(path)
    with KIND.naming(path):
        return tensors, *_check(metadata, tensors)


def _check(metadata: dict[str, str], tensors: dict[str, Any]) -> tuple[dict, dict]:
    for name, expected in (("format", FORMAT), ("version", VERSION)):
        if metadata.get(name) != expected:
            raise ValueError(f"its {name} must be {expected!r}, got {metadata.get(name)!r}")
    if set(tensors) != set(TENSORS):
        raise ValueError(f"it must hold the tensors {', '.join(TENSORS)}, got {sorted(tensors)}")
    shape = {key: json.loads(metadata.get(key, "")) for key in ("size", "channels", "symmetrised")}
    size, channels = shape["size"], shape["channels"]
    expected_shapes = {
        "first": (channels, size, size),
        "bias": (channels,),
        "second": (channels, size, size),
    }
    for name, tensor in tensors.items():
        if tuple(tensor.shape) != expected_shapes[name]:
            raise ValueError(
                f"its tensor {name} must have shape {expected_shapes[name]}, "
                f"got {tuple(tensor.shape)}"
            )
        if not (tensor.is_floating_point() and bool(tensor.isfinite().all())):
            raise ValueError(f"its tensor {name} must hold finite floating numbers")
    if len({tensor.dtype for tensor in tensors.values()}) > 1:
        raise ValueError("its tensors must have one dtype")
    history = json.loads(metadata.get("history", "{}"))
    if not isinstance(history, dict):
        raise ValueError(f"its history must be a table, got {history!r}")
    return shape, history
