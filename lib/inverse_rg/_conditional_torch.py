"""A `ConditionalUpscaler` in torch: the same draws in the same order, on any device."""

from __future__ import annotations

import torch

from inverse_rg import _conditional_files, _interactions
from inverse_rg.conditional import ConditionalUpscaler

SITES = ((0, 0), (1, 1), (0, 1), (1, 0))
"""The spins of a block, (row, column), in the order of a pass: A, D, B, C."""


class ConditionalLayer(torch.nn.Module):
    """The draws of a `ConditionalUpscaler`, one level at a time, with its numbers as parameters.

    Parameters
    ----------
    upscaler : ConditionalUpscaler
        What to draw with.
    dtype : torch.dtype
        Floating type of the parameters and of the probabilities.

    Raises
    ------
    TypeError
        If `upscaler` is something else.

    Notes
    -----
    It has no `forward`: the field of a spin depends on spins drawn before it. `dream` calls
    `draw`.
    """

    corner: torch.Tensor | None
    diagonal: torch.Tensor
    edge: torch.Tensor
    couplings: torch.Tensor

    def __init__(self, upscaler: ConditionalUpscaler, *, dtype: torch.dtype = torch.float32):
        super().__init__()
        if not isinstance(upscaler, ConditionalUpscaler):
            raise TypeError(
                f"upscaler must be a ConditionalUpscaler, got {type(upscaler).__name__}"
            )
        self.majority, self.passes = upscaler.majority, upscaler.passes
        for part in _conditional_files.NAMES:
            numbers = getattr(upscaler, part)
            tensor = None if numbers is None else torch.tensor(numbers, dtype=dtype)
            self.register_parameter(
                part, None if tensor is None else torch.nn.Parameter(tensor, requires_grad=False)
            )

    @torch.no_grad()
    def draw(self, coarse: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw fine spins.

        Parameters
        ----------
        coarse : tensor of +-1, int8 (n, H, H)
            Coarse configurations, H = 1 or even.
        generator : torch.Generator
            Source of the random numbers, on the device of the parameters.

        Returns
        -------
        tensor of int8, shape (n, 2H, 2H)
            Fine configurations.
        """
        turns = torch.randint(0, 2, (3, len(coarse)), generator=generator, device=coarse.device)
        coarse = _turn(coarse, turns)
        if self.corner is not None:
            fine = self._in_order(coarse, generator)
        else:
            fine = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)
        colour = torch.arange(coarse.shape[1], device=coarse.device)
        colour = (colour[:, None] + colour) % 2
        for _ in range(self.passes):
            for site in SITES:
                for parity in (0, 1):
                    self._heat_bath(coarse, fine, site, colour == parity, generator)
        return _turn(fine, turns, back=True)

    def _uniform(self, like: torch.Tensor, generator) -> torch.Tensor:
        dtype = next(self.parameters()).dtype
        return torch.rand(like.shape, generator=generator, device=like.device, dtype=dtype)

    def _in_order(self, coarse, generator):
        """Draw A, then D, then B and C of each block together."""
        n, half, _ = coarse.shape
        fine = torch.empty((n, 2 * half, 2 * half), dtype=torch.int8, device=coarse.device)
        w = self.corner
        field = w[0] * coarse
        field = field + w[1] * (_at(coarse, -1, 0) + _at(coarse, 0, -1))
        field = field + w[2] * (_at(coarse, 1, 0) + _at(coarse, 0, 1)) + w[3] * _at(coarse, -1, -1)
        field = field + w[4] * (_at(coarse, -1, 1) + _at(coarse, 1, -1)) + w[5] * _at(coarse, 1, 1)
        a = _spins(self._uniform(coarse, generator) < torch.sigmoid(2 * field))
        w = self.diagonal
        field = w[0] * coarse + w[1] * (_at(coarse, 0, 1) + _at(coarse, 1, 0))
        field = field + w[2] * _at(coarse, 1, 1) + w[3] * a
        field = field + w[4] * (_at(a, 0, 1) + _at(a, 1, 0)) + w[5] * _at(a, 1, 1)
        d = _spins(self._uniform(coarse, generator) < torch.sigmoid(2 * field))
        w = self.edge
        inside = w[0] * (a + d) + w[2] * coarse
        b = inside + w[1] * (_at(a, 0, 1) + _at(d, -1, 0)) + w[4] * _at(coarse, -1, 1)
        b = b + w[3] * (_at(coarse, 0, 1) + _at(coarse, -1, 0))
        c = inside + w[1] * (_at(a, 1, 0) + _at(d, 0, -1)) + w[4] * _at(coarse, 1, -1)
        c = c + w[3] * (_at(coarse, 0, -1) + _at(coarse, 1, 0))
        # The four pairs (B, C), relative to the coarse spin: (+, +), (+, -), (-, +), (-, -).
        b, c = b * coarse, c * coarse
        weights = torch.stack([b + c, b - c, c - b, -b - c]).exp()
        if self.majority:
            agree = ((a + d) * coarse)[None] + torch.tensor(
                [2, 0, 0, -2], device=coarse.device
            ).reshape(4, 1, 1, 1)
            weights = weights * (0.5 + agree / 4).clamp(0, 1)
        threshold = self._uniform(coarse, generator) * weights.sum(0)
        below = weights.cumsum(0)
        pair = (threshold >= below).sum(0).clamp(max=3)
        # Rounding may not choose what the rule excludes: then the pair (+, +), always allowed.
        pair = torch.where(weights.gather(0, pair[None])[0] > 0, pair, torch.zeros_like(pair))
        fine[:, ::2, ::2], fine[:, 1::2, 1::2] = a, d
        fine[:, ::2, 1::2] = _spins(pair < 2) * coarse
        fine[:, 1::2, ::2] = _spins(pair % 2 == 0) * coarse
        return fine

    def _heat_bath(self, coarse, fine, site, chosen, generator) -> None:
        """Draw one spin of each chosen block anew, in place."""
        row, column = site
        own = fine[:, row::2, column::2]
        field = torch.zeros(coarse.shape, dtype=self.couplings.dtype, device=coarse.device)
        for name, coupling in zip(_interactions.NAMES, self.couplings, strict=True):
            for others in _interactions.terms(name, fine.shape[1]):
                product = torch.ones_like(coarse)
                for y, x in others:
                    moved = _at(fine, row + y, column + x)
                    product = product * moved[:, ::2, ::2]
                field += coupling * product
        blocks = fine.unfold(1, 2, 2).unfold(2, 2, 2).sum((3, 4), dtype=torch.int8)
        others = (blocks - own) * coarse  # 3, 1 or -1
        ratio = torch.exp(-2 * field * coarse)
        ratio = torch.where(others == 3, ratio, ratio / 2)
        agrees = self._uniform(coarse, generator) * (1 + ratio) < 1
        drawn = _spins(agrees | (others < 0)) * coarse
        fine[:, row::2, column::2] = torch.where(chosen, drawn, own)


def _at(spins: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Return what lies `rows` below and `columns` to the right."""
    return spins.roll((-rows, -columns), (1, 2))


def _spins(up: torch.Tensor) -> torch.Tensor:
    return torch.where(up, 1, -1).to(torch.int8)


def _turn(spins: torch.Tensor, turns: torch.Tensor, *, back: bool = False) -> torch.Tensor:
    """Turn each configuration by its symmetry of the square, or back."""
    rows, columns, swap = (turn.bool().reshape(-1, 1, 1) for turn in turns)
    steps = [(rows, lambda s: s.flip(1)), (columns, lambda s: s.flip(2)), (swap, lambda s: s.mT)]
    for mask, move in reversed(steps) if back else steps:
        spins = torch.where(mask, move(spins), spins)
    return spins
