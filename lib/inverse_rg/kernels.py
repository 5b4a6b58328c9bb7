"""Symmetric convolution kernels of the single-layer model, their window form and their files.

The model of arXiv:2506.04016 repeats each coarse spin on a 2 x 2 block and convolves the result
with a symmetric k x k kernel. A fine spin therefore sees an n x n window of coarse spins,
n = (k + 1)/2, through a symmetric matrix: the two forms carry the same numbers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

import numpy as np

from inverse_rg import _check, _files, _kernel_files


def offset_classes(size: int) -> list[tuple[int, int]]:
    """Return the classes of kernel offsets that the square's symmetries make equal.

    Parameters
    ----------
    size : int
        Kernel size k, odd.

    Returns
    -------
    list of (int, int)
        (dy, dx) with dy >= dx >= 0 in the order (0,0) (1,0) (1,1) (2,0) ...: (k+1)(k+3)/8 of them.

    Raises
    ------
    ValueError
        If `size` is even or below 1.
    """
    reach = _check_size(size) // 2
    return [(dy, dx) for dy in range(reach + 1) for dx in range(dy + 1)]


def window_steps(width: int) -> np.ndarray:
    """Return the coarse steps own, near, far, second near, ... of a window, int64 (width,).

    They are 0, 1, -1, 2, -2, ...; times the side (-1 or +1) on which the fine spin sits in its
    block they are the offsets of the coarse spins that it sees along one axis.
    """
    index = np.arange(width)
    return np.where(index % 2 == 1, (index + 1) // 2, -(index // 2))


@dataclass(frozen=True)
class Kernel:
    """A symmetric k x k kernel of the single-layer model.

    Parameters
    ----------
    size : int
        Kernel size k, odd.
    parameters : sequence of float, length (k+1)(k+3)/8
        One value for each of ``offset_classes(size)``, in that order; dimensionless, in the
        convention of Eq. (9) on spins of +-1.
    standard_errors : sequence of float, optional
        Standard error of each parameter.
    provenance : dict, optional
        Where the numbers come from; anything that JSON can hold.

    Raises
    ------
    ValueError
        If `size` is even, or the number of parameters is wrong, or one of them is not finite.
    TypeError
        If `size` is not an integer or a parameter is not a number.

    Notes
    -----
    Eq. (9) of arXiv:2506.04016: p(s_i) = exp(s_i h_i) / (2 cosh h_i). Two kernels are equal when
    their sizes and parameters are.
    """

    size: int
    parameters: tuple[float, ...]
    standard_errors: tuple[float, ...] | None = dataclass_field(default=None, compare=False)
    provenance: dict[str, Any] = dataclass_field(default_factory=dict, compare=False)

    def __post_init__(self):
        size = _check_size(self.size)
        set_field = object.__setattr__
        set_field(self, "size", size)
        set_field(self, "parameters", _check_numbers("parameters", self.parameters, size))
        if self.standard_errors is not None:
            errors = _check_numbers("standard_errors", self.standard_errors, size, minimum=0.0)
            set_field(self, "standard_errors", errors)
        if not isinstance(self.provenance, dict):
            kind = type(self.provenance).__name__
            raise TypeError(f"provenance must be a dict, got {kind}")
        set_field(self, "provenance", dict(self.provenance))

    @property
    def matrix(self) -> np.ndarray:
        """The kernel as it is convolved with the upscaled lattice, float64 (k, k)."""
        distance = np.abs(np.arange(self.size) - self.size // 2)
        return self._quadrant()[np.ix_(distance, distance)]

    @property
    def window(self) -> np.ndarray:
        """The symmetric matrix A that acts on a coarse window, float64 (n, n), n = (k+1)/2.

        A fine spin on sides (a, b) of its block has the field
        h = sum_pq A[p, q] mu[Y + a step_p, X + b step_q] with the steps of `window_steps`.
        """
        fold = _fold(self.size)
        return fold @ self._quadrant() @ fold.T

    @classmethod
    def from_window(cls, window, *, provenance: dict[str, Any] | None = None) -> Kernel:
        """Return the kernel whose `window` is the symmetric matrix given.

        Parameters
        ----------
        window : array_like, float (n, n)
            Symmetric; n = (k + 1)/2.
        provenance : dict, optional
            Where the numbers come from.

        Raises
        ------
        ValueError
            If `window` is not a finite, square, symmetric matrix.
        """
        matrix = np.asarray(window, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or 0 in matrix.shape:
            raise ValueError(f"window must be a square matrix (n, n), got shape {matrix.shape}")
        if not np.isfinite(matrix).all():
            raise ValueError("window must hold finite numbers only, got nan or inf in it")
        gap = np.abs(matrix - matrix.T).max()
        if gap > 1e-12 * np.abs(matrix).max():
            raise ValueError(
                f"window must be symmetric, got entries that differ by {gap:g} from their mirror"
            )
        size = 2 * len(matrix) - 1
        unfold = np.linalg.inv(_fold(size))
        quadrant = unfold @ ((matrix + matrix.T) / 2) @ unfold.T
        parameters = tuple(float(quadrant[dy, dx]) for dy, dx in offset_classes(size))
        return cls(size, parameters, provenance=provenance or {})

    @staticmethod
    def names() -> list[str]:
        """Return the names of the kernels that come with the package."""
        return _kernel_files.KIND.names()

    @classmethod
    def load(cls, name_or_path: str | os.PathLike) -> Kernel:
        """Read a kernel that comes with the package, or one from a file.

        Parameters
        ----------
        name_or_path : str or path
            A name among `names`, or a path: what ends in ``.json`` or holds a separator.

        Raises
        ------
        ValueError
            If the name is unknown (the message lists the known ones), or the file is missing or
            is not a whole kernel file (the message names the file and the trouble).
        """
        path = _kernel_files.KIND.find(name_or_path)
        content = _kernel_files.KIND.read_json(path)
        with _kernel_files.KIND.naming(path):
            return cls(**_kernel_files.parse(content, offset_classes))

    def save(self, path: str | os.PathLike) -> None:
        """Write the kernel to `path` as JSON, whole or not at all.

        Raises
        ------
        OSError
            If `path` cannot be written; the message names it.
        TypeError
            If the provenance holds something that JSON cannot.
        """
        text = _kernel_files.dump(
            self.size,
            offset_classes(self.size),
            parameters=self.parameters,
            standard_errors=self.standard_errors,
            provenance=self.provenance,
        )
        _files.write_text(path, text)

    def _quadrant(self) -> np.ndarray:
        """Return the parameters as a symmetric matrix over (|dy|, |dx|), float64 (n, n)."""
        quadrant = np.empty((self.size // 2 + 1,) * 2)
        for (dy, dx), value in zip(offset_classes(self.size), self.parameters, strict=True):
            quadrant[dy, dx] = quadrant[dx, dy] = value
        return quadrant


def field(kernel: Kernel, coarse) -> np.ndarray:
    """Return the field h of Eq. (9) that a kernel makes out of coarse configurations.

    Parameters
    ----------
    kernel : Kernel
        The kernel of the single-layer model.
    coarse : array_like of +-1, shape (n, L, L)
        Coarse configurations, any side L >= 1, periodic.

    Returns
    -------
    ndarray of float64, shape (n, 2L, 2L)
        The fields, dimensionless: p(s_i) = exp(s_i h_i) / (2 cosh h_i).

    Raises
    ------
    TypeError
        If `kernel` is not a `Kernel`.
    ValueError
        If `coarse` is not an array (n, L, L) of +-1.

    Notes
    -----
    Eq. (9) of arXiv:2506.04016 in the window form. A window wider than the lattice wraps around
    it, and counts a coarse spin as often as it meets it.
    """
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    coarse = _check.spins("coarse", coarse)
    n, side, _ = coarse.shape
    window = kernel.window
    steps = window_steps(len(window))
    fields = np.zeros((n, 2 * side, 2 * side))
    for row, row_side in enumerate((-1, 1)):
        for column, column_side in enumerate((-1, 1)):
            corner = fields[:, row::2, column::2]
            for (p, q), weight in np.ndenumerate(window):
                shift = (-row_side * steps[p], -column_side * steps[q])
                corner += weight * np.roll(coarse, shift, axis=(1, 2))
    return fields


def _fold(size: int) -> np.ndarray:
    """Return the (n, n) matrix that sums kernel distances 0 .. r into own, near, far, ...

    On the side where a fine spin sits, fine distances 2j - 1 and 2j are one coarse spin; on the
    other side 2j and 2j + 1 are. So entry p of a window collects the distances p and p + 1.
    """
    width = size // 2 + 1
    return np.eye(width) + np.eye(width, k=1)


def _check_size(size) -> int:
    size = _check.integer("size", size, minimum=1)
    if size % 2 == 0:
        raise ValueError(f"size must be odd (1, 3, 5, 7, ...), got {size}")
    return size


def _check_numbers(name: str, values: Sequence, size: int, **bounds) -> tuple[float, ...]:
    keys = [f"{dy},{dx}" for dy, dx in offset_classes(size)]
    try:
        values = list(values)
    except TypeError:
        raise TypeError(f"{name} must be a sequence, got {type(values).__name__}") from None
    if len(values) != len(keys):
        raise ValueError(
            f"{name} must hold {len(keys)} numbers for a {size} x {size} kernel, "
            f"those of the offsets {' '.join(f'({key})' for key in keys)}; got {len(values)}"
        )
    return tuple(
        _check.real(f"{name}[{key}]", value, **bounds)
        for key, value in zip(keys, values, strict=True)
    )
