"""Ensembles and work as plain JSON, and back: what a result says of itself, what Dask is sent.

Numbers survive exactly: JSON writes a float by the shortest digits that give it back.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

import inverse_rg
from inverse_rg import _check, _measurements, _network_descriptions
from inverse_rg.conditional import ConditionalUpscaler
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.kernels import Kernel

FORMAT = 1
"""Version of the descriptions; an older one is not taken for the same work."""


def describe(ensemble) -> dict[str, Any]:
    """Return an ensemble as a dict that JSON can hold, from which it can be made again.

    Parameters
    ----------
    ensemble : Ising or Dream
        A dream has to grow with a `Kernel`, a `ConditionalUpscaler`, a `TwoLayer` network or a
        `FieldTable`, from one spin or from another ensemble.

    Returns
    -------
    dict
        What `from_description` takes. Equal draws have equal descriptions: where a kernel's
        numbers come from is left out.

    Raises
    ------
    TypeError
        If the ensemble has something that no description holds: another torch module, or an
        array of configurations as its start.
    """
    if isinstance(ensemble, Ising):
        return {
            "kind": "Ising",
            "size": int(ensemble.size),
            "coupling": float(ensemble.coupling),
            "sweeps": int(ensemble.sweeps),
        }
    if not isinstance(ensemble, Dream):
        raise TypeError(f"ensemble must be Ising or Dream, got {type(ensemble).__name__}")
    kernel = _describe_kernel(ensemble.kernel)
    if kernel is None:
        raise TypeError(
            "ensemble must grow with a Kernel or a ConditionalUpscaler, whose parameters describe "
            f"it whole; got the model {type(ensemble.kernel).__name__} "
            "(use inverse_rg.measure on this machine)"
        )
    if isinstance(ensemble.start, np.ndarray):
        raise TypeError(
            "ensemble must start from one spin (None) or from another ensemble, so that its "
            f"draws can be repeated; got an array of shape {ensemble.start.shape} as its start "
            "(use inverse_rg.measure on this machine)"
        )
    what = {"upscaler": kernel} if _is_conditional(ensemble) else {"kernel": kernel}
    return {
        "kind": "Dream",
        "size": int(ensemble.size),
        **what,
        "start": None if ensemble.start is None else describe(ensemble.start),
    }


def _describe_kernel(kernel) -> dict[str, Any] | None:
    """Return what decides how a level is drawn; None if no description holds it."""
    if isinstance(kernel, Kernel):
        return {"size": kernel.size, "parameters": list(kernel.parameters)}
    if isinstance(kernel, ConditionalUpscaler):
        return kernel.describe()
    return _network_descriptions.describe(kernel)


def _is_conditional(ensemble: Dream) -> bool:
    return isinstance(ensemble.kernel, ConditionalUpscaler)


def from_description(description: dict[str, Any]) -> Ising | Dream:
    """Return the ensemble that `describe` described.

    Raises
    ------
    ValueError
        If `description` is not what `describe` returns.
    """
    try:
        parts = dict(description)
        kind = _check.choice("kind", parts.pop("kind"), ("Ising", "Dream"))
        if kind == "Ising":
            return Ising(**parts)
        kernel: Any
        if "upscaler" in parts:
            kernel = ConditionalUpscaler(**parts.pop("upscaler"))
        else:
            of_kernel = parts.pop("kernel")
            make = _network_descriptions.from_description if "kind" in of_kernel else _kernel
            kernel = make(of_kernel)
        start = parts.pop("start")
        return Dream(kernel, **parts, start=None if start is None else from_description(start))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"description must be what describe returns, got {description!r}"
        ) from error


def _kernel(description: dict[str, Any]) -> Kernel:
    return Kernel(**description)


def short(description: dict[str, Any]) -> str:
    """Say an ensemble in a few words, for a list: "k=5 to 128 from k=3 to 2 from one spin"."""
    if description["kind"] == "Ising":
        return f"Monte Carlo at {description['size']}"
    start = description["start"]
    before = "one spin" if start is None else short(start)
    if "upscaler" in description:
        return f"conditional to {description['size']} from {before}"
    kernel = _network_descriptions.label(description["kernel"])
    return f"{kernel} to {description['size']} from {before}"


def describe_work(ensemble, measurement: str, n: int, root: np.random.SeedSequence) -> str:
    """Return all that decides the sums of every block, as canonical JSON.

    Patch releases of the package draw the same configurations; others may not.
    """
    entropy: Any = root.entropy
    whole = isinstance(entropy, (int, np.integer))
    work = {
        "format": FORMAT,
        "package": draws(),
        "ensemble": describe(ensemble),
        "measurement": measurement,
        "version": _measurements.find(measurement).version,
        "n": n,
        "seed": {
            "entropy": int(entropy) if whole else [int(word) for word in entropy],
            "spawn_key": [int(word) for word in root.spawn_key],
            "pool_size": root.pool_size,
        },
    }
    return json.dumps(work, sort_keys=True, separators=(",", ":"))


def parse_work(text: str) -> tuple[_measurements.Measurement, Any, int, np.random.SeedSequence]:
    """Return (measurement, ensemble, n, seed sequence) of `describe_work`.

    Raises
    ------
    ValueError
        If it was written by a version that may draw something else, or is no such text.
    """
    try:
        work = json.loads(text)
        theirs = (work["format"], work["package"], work["version"])
        measurement = _measurements.find(work["measurement"])
        if theirs != (FORMAT, draws(), measurement.version):
            raise ValueError(
                f"the work was described by inverse_rg {work['package']}, which may draw "
                f"something else than {inverse_rg.__version__}: use one version everywhere"
            )
        ensemble = from_description(work["ensemble"])
        return measurement, ensemble, work["n"], np.random.SeedSequence(**work["seed"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"text must be a description of work, got {text!r}") from error


def draws() -> str:
    """Return the part of the package's version that decides what a seed draws: "0.1"."""
    return ".".join(inverse_rg.__version__.split(".")[:2])


def digest(*parts) -> str:
    """Return a SHA-256 over texts, bytes and numbers, in hexadecimal."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        hashed.update(f"{len(data)}:".encode() + data)
    return hashed.hexdigest()
