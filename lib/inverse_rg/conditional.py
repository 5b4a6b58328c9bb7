"""Conditional upscaling: fine spins drawn one after the other, each given those before it.

The single-layer model of arXiv:2506.04016 draws all fine spins of a level at once, independent of
each other given the coarse lattice. Two things that are known exactly make that unnecessary:

* The majority rule. Given the other three spins of a block and its coarse spin mu, it weighs
  s = mu against s = -mu as 1:1 if all three agree with mu, as 1:1/2 (a tie, decided by a coin) if
  two do, and as 1:0 if one does. It is the same at every level.
* The Hamiltonian, for the last level. With nearest neighbours only, the spins B = (0, 1) and
  C = (1, 0) of a block have all their neighbours among the spins A = (0, 0) and D = (1, 1) of
  this block and the next. So given all A and D and the coarse spins, the law of B and C
  factorises over blocks into heat bath times majority rule, with no parameter but the coupling.

A `ConditionalUpscaler` draws A, then D, then B and C of each block together, or copies the coarse
spins; then it may pass over the lattice, drawing one spin after the other by heat bath times
majority rule. A pass leaves P(fine | coarse) of its couplings unchanged, and brings every other
law closer to it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

import numpy as np

from inverse_rg import _check, _conditional_files, _files, _interactions
from inverse_rg._conditional_training import LevelCounts, count, fit_couplings, fit_order
from inverse_rg.ising import K_CRITICAL

__all__ = [
    "INTERACTIONS",
    "ConditionalUpscaler",
    "LevelCounts",
    "check_side",
    "count",
    "edge_weights",
    "fit_couplings",
    "fit_order",
]

INTERACTIONS = _interactions.NAMES
"""The interactions of a pass, in the order of the couplings."""

LARGEST_FIELD = 40.0
"""Largest field that a draw may have, up or down."""

LARGEST_PASSES = 1000


@dataclass(frozen=True)
class ConditionalUpscaler:
    """A model of P(fine | coarse) that draws spins given spins already drawn.

    Parameters
    ----------
    corner : sequence of 6 floats, optional
        A given the coarse spins: own, near, far, near-near, near-far, far-far, as the window of a
        kernel with k = 5. Without it the fine spins start as copies of their coarse ones.
    diagonal : sequence of 6 floats, optional
        D given coarse spins (own, beside, across) and corner spins (own, beside, across).
    edge : sequence of 5 floats, optional
        B and C given A and D inside and outside the block, and coarse spins own, beside, across.
        ``(K, K, 0, 0, 0)`` is exact for nearest neighbours.
    majority : bool
        Whether B and C obey the majority rule. Without it they are independent, as in a layer.
    couplings : sequence of 9 floats, optional
        K of each of `INTERACTIONS`, for the passes.
    passes : int
        Passes of heat bath times majority rule over all A, D, B, C, in this order, and within
        each over the even and the odd blocks of a checkerboard.
    standard_errors : dict, optional
        Standard errors of the parts, keyed by their names.
    provenance : dict, optional
        Where the numbers come from; anything that JSON can hold.

    Raises
    ------
    ValueError
        If a part has the wrong number of values, one is not finite or a field would be too large,
        or the parts do not fit together: corner, diagonal and edge come together, passes need
        couplings and the majority rule, and without corner there must be passes.

    Notes
    -----
    Fields h give p(s) = exp(s h) / (2 cosh h), as Eq. (9) of arXiv:2506.04016. Each level is
    turned by a random symmetry of the square, for every configuration on its own, so that A is
    at any corner of its block and ensembles are as symmetric as the square. Two upscalers are
    equal if they draw the same.
    """

    corner: tuple[float, ...] | None = None
    diagonal: tuple[float, ...] | None = None
    edge: tuple[float, ...] | None = None
    majority: bool = True
    couplings: tuple[float, ...] | None = None
    passes: int = 0
    standard_errors: dict[str, Any] = dataclass_field(default_factory=dict, compare=False)
    provenance: dict[str, Any] = dataclass_field(default_factory=dict, compare=False)

    def __post_init__(self):
        set_field = object.__setattr__
        for part in _conditional_files.NAMES:
            set_field(self, part, _numbers(part, getattr(self, part)))
        if not isinstance(self.majority, bool):
            raise TypeError(f"majority must be True or False, got {self.majority!r}")
        passes = _check.integer("passes", self.passes, minimum=0, maximum=LARGEST_PASSES)
        set_field(self, "passes", passes)
        given = [part for part in ("corner", "diagonal", "edge") if getattr(self, part) is not None]
        if len(given) not in (0, 3):
            raise ValueError(f"corner, diagonal and edge must come together, got {given}")
        if (self.couplings is None) != (passes == 0):
            raise ValueError(f"couplings and passes must come together, got passes = {passes}")
        if not given and not passes:
            raise ValueError("corner, diagonal and edge must be given if there are no passes")
        if passes and not self.majority:
            raise ValueError("majority must be True if there are passes, which obey the rule")
        for name in ("standard_errors", "provenance"):
            if not isinstance(getattr(self, name), dict):
                raise TypeError(f"{name} must be a dict, got {type(getattr(self, name)).__name__}")

    def __hash__(self) -> int:
        return hash((self.corner, self.diagonal, self.edge, self.couplings, self.passes))

    @classmethod
    def nearest(cls, coupling: float = K_CRITICAL, *, passes: int) -> ConditionalUpscaler:
        """Return the upscaler of the nearest-neighbour model, exact in the limit of many passes.

        Parameters
        ----------
        coupling : float
            K of H = -K sum_<ij> s_i s_j; the critical one by default.
        passes : int
            Passes, at least 1. Nothing is learned.
        """
        coupling = _check.real("coupling", coupling)
        passes = _check.integer("passes", passes, minimum=1)
        source = {"source": "the nearest-neighbour Hamiltonian; nothing is learned"}
        others = (0.0,) * (len(INTERACTIONS) - 1)
        return cls(couplings=(coupling, *others), passes=passes, provenance=source)

    @property
    def parameters(self) -> int:
        """How many numbers other than zero the model has; an edge part (K, K, ...) has one K."""
        parts = (getattr(self, part) for part in _conditional_files.NAMES)
        twice = self.edge is not None and self.edge[0] == self.edge[1] != 0
        return sum(int(np.count_nonzero(part)) for part in parts if part is not None) - twice

    def describe(self) -> dict[str, Any]:
        """Return all that decides what is drawn, as a dict that JSON can hold."""
        parts = {name: getattr(self, name) for name in _conditional_files.NAMES}
        numbers = {name: list(part) for name, part in parts.items() if part is not None}
        return {**numbers, "majority": self.majority, "passes": self.passes}

    def plan(self) -> dict[str, Any]:
        """Return a level's draws step by step, for a program in another language.

        Returns
        -------
        dict
            "symmetry": what to do before and after; "steps": a list whose entries have "draw"
            (the sites of a 2 x 2 block, drawn together) and "sees", a list of [weight, sites]:
            the field is the sum of weight times product of the spins at the sites. A site is
            ["coarse", dY, dX], in blocks from the own one, or ["fine", dy, dx], in fine steps from
            the spin drawn. Numbers and lists only.
        """
        from inverse_rg import _conditional_plan

        return _conditional_plan.plan(self)

    @staticmethod
    def names() -> list[str]:
        """Return the names of the upscalers that come with the package."""
        return _conditional_files.KIND.names()

    @classmethod
    def load(cls, name_or_path: str | os.PathLike) -> ConditionalUpscaler:
        """Read an upscaler that comes with the package, or one from a file.

        Parameters
        ----------
        name_or_path : str or path
            A name among `names`, or a path: what ends in ``.json`` or holds a separator.

        Raises
        ------
        ValueError
            If the name is unknown, or the file is missing or not a whole file of this kind; the
            message names it.
        """
        path = _conditional_files.KIND.find(name_or_path)
        content = _conditional_files.KIND.read_json(path)
        with _conditional_files.KIND.naming(path):
            return cls(**_conditional_files.parse(content))

    def save(self, path: str | os.PathLike) -> None:
        """Write the upscaler to `path` as JSON, whole or not at all.

        Raises
        ------
        OSError
            If `path` cannot be written; the message names it.
        TypeError
            If the provenance holds something that JSON cannot.
        """
        parts = {name: getattr(self, name) for name in _conditional_files.NAMES}
        text = _conditional_files.dump(
            parts, self.standard_errors, self.majority, self.passes, self.provenance
        )
        _files.write_text(path, text)


def edge_weights(coupling: float) -> tuple[float, ...]:
    """Return the edge part that is exact for the nearest-neighbour model: (K, K, 0, 0, 0)."""
    coupling = _check.real("coupling", coupling)
    return (coupling, coupling, 0.0, 0.0, 0.0)


def check_side(side: int) -> None:
    """Raise a ValueError unless the blocks of this coarse lattice form a checkerboard."""
    if side > 1 and side % 2:
        raise ValueError(
            "start must have side 1 or an even side for a ConditionalUpscaler, whose passes take "
            f"the blocks as a checkerboard; got {side}"
        )


_TIMES = {
    "corner": (1, 2, 2, 1, 2, 1),
    "diagonal": (1, 2, 1, 1, 2, 1),
    "edge": (2, 2, 1, 2, 1),
    "couplings": tuple(_interactions.count(name) for name in INTERACTIONS),
}
"""How often each parameter enters a field."""


def _numbers(part: str, values: Sequence[float] | None) -> tuple[float, ...] | None:
    if values is None:
        return None
    names = _conditional_files.NAMES[part]
    try:
        values = list(values)
    except TypeError:
        raise TypeError(f"{part} must be a sequence, got {type(values).__name__}") from None
    if len(values) != len(names):
        raise ValueError(
            f"{part} must hold {len(names)} numbers ({', '.join(names)}), got {len(values)}"
        )
    numbers = tuple(
        _check.real(f"{part}[{name}]", value) for name, value in zip(names, values, strict=True)
    )
    largest = float(np.abs(np.array(numbers)) @ np.array(_TIMES[part]))
    if not (math.isfinite(largest) and largest <= LARGEST_FIELD):
        raise ValueError(
            f"{part} must give fields of at most {LARGEST_FIELD}, got one of {largest:g}"
        )
    return numbers
