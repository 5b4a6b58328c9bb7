"""The safetensors form of a network: what is written, and what is checked when it is read."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inverse_rg import _files

FORMAT = "inverse_rg two-layer network"
VERSION = "1"
ENDING = ".safetensors"

TENSORS = ("first", "bias", "second")


def names() -> list[str]:
    """Return the names of the networks that come with the package."""
    return sorted(path.stem for path in _files.data_folder("networks").glob(f"*{ENDING}"))


def find(name_or_path: str | os.PathLike) -> Path:
    """Return the path of a network that comes with the package, or the path given."""
    if not isinstance(name_or_path, (str, os.PathLike)):
        kind = type(name_or_path).__name__
        raise TypeError(f"name_or_path must be a name or a path, got {kind}")
    text = os.fspath(name_or_path)
    is_path = not isinstance(name_or_path, str) or text.endswith(ENDING) or "/" in text
    if is_path or os.sep in text:
        return Path(text)
    if text not in names():
        raise ValueError(
            f"name_or_path must be a path that ends in {ENDING} or one of {', '.join(names())}; "
            f"got {text!r}"
        )
    return _files.data_folder("networks") / f"{text}{ENDING}"


def write(path, tensors: dict[str, Any], shape: dict[str, Any], history: dict[str, Any]) -> None:
    """Write a network, whole or not at all."""
    from safetensors.torch import save

    metadata = {
        "format": FORMAT,
        "version": VERSION,
        **{name: json.dumps(value) for name, value in shape.items()},
        "history": json.dumps(history),
    }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    _files.write_bytes(path, save(contiguous, metadata))


def read(path: str | os.PathLike) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the tensors, the arguments of `TwoLayer` and the history that a file holds.

    Raises
    ------
    ValueError
        If the file cannot be read or its contents do not fit together; the message names it.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"network file {path} cannot be read: {error}") from error
    with naming(path):
        return tensors, *_check(metadata, tensors)


@contextlib.contextmanager
def naming(path: str | os.PathLike) -> Iterator[None]:
    """Turn a trouble with the contents of `path` into a ValueError that names the file."""
    try:
        yield
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"network file {path} is not usable: {error}") from error


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
