"""The conditional models of the book by name: which upscaler draws which level of a growth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inverse_rg import _check
from inverse_rg.conditional import ConditionalUpscaler
from inverse_rg.ensembles import Dream


@dataclass(frozen=True)
class ConditionalModel:
    """Which conditional upscaler draws which level of a growth.

    Parameters
    ----------
    name : str
        Name of the model.
    label : str
        What a menu calls it, without the number of its parameters.
    middle : str
        Upscaler, by name, of every level that no other is given for.
    first : dict of int to str
        Upscalers of the levels to small tori, by the side that is drawn.
    before_last, last : str, optional
        Upscalers of the last but one and of the last level of a growth.

    Notes
    -----
    With `last` the model depends on where a growth ends: to grow one level more is to grow anew.
    """

    name: str
    label: str
    middle: str
    first: dict[int, str] = field(default_factory=dict)
    before_last: str | None = None
    last: str | None = None

    @property
    def parameters(self) -> int:
        """How many numbers other than zero the upscalers have together."""
        return sum(ConditionalUpscaler.load(name).parameters for name in self._levels().values())

    def upscaler(self, size: int, levels_left: int) -> ConditionalUpscaler:
        """Return what draws the lattice of side `size`, `levels_left` levels before the last."""
        ends = {0: self.last, 1: self.before_last}
        name = ends.get(levels_left) or self.first.get(size, self.middle)
        return ConditionalUpscaler.load(name)

    def ensemble(self, size: int) -> Dream:
        """Return the dreams of side `size` that grow from one random spin.

        Raises
        ------
        ValueError
            If `size` is not a power of two, at least 2.
        """
        size = _check.integer("size", size, minimum=2)
        levels = size.bit_length() - 1
        if size != 1 << levels:
            raise ValueError(f"size must be a power of two, got {size}")
        drawers = [self.upscaler(1 << n, levels - n) for n in range(1, levels + 1)]
        dream: Any = None
        for n, drawer in enumerate(drawers, start=1):
            if n == levels or drawers[n] != drawer:  # one ensemble a run of equal levels
                dream = Dream(drawer, 1 << n, start=dream)
        return dream

    def describe(self) -> dict[str, Any]:
        """Return all that the page needs, as a dict that JSON can hold."""
        described = {
            key: ConditionalUpscaler.load(name).describe() for key, name in self._levels().items()
        }
        return {"label": self.label, "parameters": self.parameters, "levels": described}

    def _levels(self) -> dict[str, str]:
        """Return the upscalers' names, keyed as conditional-models.js reads them."""
        ends = {"beforeLast": self.before_last, "last": self.last}
        given = {key: name for key, name in ends.items() if name is not None}
        return {"middle": self.middle, **{str(n): name for n, name in self.first.items()}, **given}


MODELS = {
    model.name: model
    for model in (
        ConditionalModel(
            "conditional",
            "conditional chain",
            middle="renormalized-2",
            first={2: "torus-2", 4: "torus-4"},
            before_last="renormalized-1",
            last="nearest",
        ),
        ConditionalModel("renormalized-2", "fixed point, heat bath", middle="renormalized-2"),
        ConditionalModel("ordered-fixed", "fixed point, in order", middle="ordered-fixed"),
    )
}
"""The models, in the order of the widgets' menu."""


def levels_left(moves: Sequence[bool]) -> list[int]:
    """Return for each move, True for up, how many ups follow it without a down between."""
    left = [0] * len(moves)
    for i in range(len(moves) - 2, -1, -1):
        if moves[i] and moves[i + 1]:
            left[i] = left[i + 1] + 1
    return left
