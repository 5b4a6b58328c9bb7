"""Checks of arguments: each error names the argument, what came and what is allowed."""

from __future__ import annotations

import math

import numpy as np


def integer(name: str, value, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """Return `value` as an int, or say which integers `name` may be."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r} ({type(value).__name__})")
    _bounds(name, value, minimum, maximum)
    return int(value)


def real(name: str, value, *, minimum: float | None = None, maximum: float | None = None) -> float:
    """Return `value` as a finite float, or say which numbers `name` may be."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a real number, got {value!r} ({type(value).__name__})")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")
    _bounds(name, value, minimum, maximum)
    return float(value)


def choice(name: str, value, allowed):
    """Return `value` if it is among `allowed`, or list them."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def _bounds(name, value, minimum, maximum):
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        low = "" if minimum is None else f"at least {minimum}"
        high = "" if maximum is None else f"at most {maximum}"
        raise ValueError(f"{name} must be {' and '.join(filter(None, (low, high)))}, got {value!r}")


def spins(name: str, value, *, even: bool = False) -> np.ndarray:
    """Return `value` as a C-contiguous int8 array (n, L, L) of +-1.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : array_like, shape (n, L, L), any integer or real dtype
        Configurations; every entry is +1 or -1.
    even : bool
        Whether L has to be even, as the majority rule on 2 x 2 blocks wants.

    Raises
    ------
    ValueError
        If the shape is not (n, L, L) with n >= 1 and L >= 1, an entry is not +-1, or L is odd
        although `even` is set.
    """
    array = np.asarray(value)
    if array.ndim != 3 or array.shape[1] != array.shape[2] or 0 in array.shape:
        raise ValueError(
            f"{name} must have shape (n, L, L) with n >= 1 and L >= 1, got {array.shape}"
        )
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold the numbers +1 and -1, got dtype {array.dtype}")
    flat = array.reshape(-1)
    for first in range(0, flat.size, 1 << 24):  # in slices: the masks stay small
        part = flat[first : first + (1 << 24)]
        wrong = (part != 1) & (part != -1)
        if wrong.any():
            bad = part[wrong][0]
            raise ValueError(
                f"{name} must hold only +1 and -1, got {bad.item()!r} among its entries"
            )
    if even and array.shape[1] % 2:
        raise ValueError(f"{name} must have an even side to be blocked, got L = {array.shape[1]}")
    return np.ascontiguousarray(array, dtype=np.int8)
