"""The two-layer network of Section VI, on any torch device."""

from __future__ import annotations

import copy
import functools
import math
import os
from typing import Any

import numpy as np
import torch

from inverse_rg import _check, _network_files, _random
from inverse_rg.kernels import offset_classes

SYMMETRIES = 16
"""Elements of the square's group times the spin flip: what a symmetrised field averages over."""


class TwoLayer(torch.nn.Module):
    """Nearest-neighbour upscaling, a k x k convolution to many channels, ReLU, and one back.

    Parameters
    ----------
    size : int
        Kernel size k of both convolutions, odd.
    channels : int
        Channels between them; the paper has 32.
    symmetrised : bool
        Whether the field is averaged over the eight symmetries of the square and the spin flip,
        under which it changes sign. The paper's network is not symmetrised.
    rng : int, SeedSequence or Generator
        Seed of the random start: a network that starts from zeros never leaves them.
    dtype : torch.dtype
        Floating type of the parameters and of the field.

    Attributes
    ----------
    history : dict
        How it was trained, as JSON can hold it; it travels with the file.

    Raises
    ------
    ValueError
        If `size` is even or below 1, `channels` is below 1, or `dtype` is not a floating type.

    Notes
    -----
    Section VI of arXiv:2506.04016: h = W2 * relu(W1 * upscaled + b), and Eq. (9) with this h. The
    second convolution has no bias, which would be a magnetic field.

    Both convolutions have circular padding on the fine lattice, as often around as it takes. They
    are evaluated on the coarse lattice, where the upscaled lattice repeats itself: a coarse cell
    makes 4 x `channels` hidden numbers out of a window of coarse spins, and those add to the
    fields of the cells around by a second matrix product. Neither falls back on a GPU's TF32.
    """

    first: torch.nn.Parameter
    bias: torch.nn.Parameter
    second: torch.nn.Parameter

    def __init__(
        self,
        size: int,
        channels: int = 32,
        symmetrised: bool = False,
        *,
        rng: _random.Seed,
        dtype: torch.dtype = torch.float32,
    ):
        super().__init__()
        offset_classes(size)  # refuses even sizes
        channels = _check.integer("channels", channels, minimum=1)
        if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise ValueError(f"dtype must be a floating torch type, got {dtype!r}")
        if not isinstance(symmetrised, bool):
            raise TypeError(f"symmetrised must be True or False, got {symmetrised!r}")
        self.size, self.channels, self.symmetrised = int(size), channels, symmetrised
        self.history: dict[str, Any] = {}
        generator = np.random.default_rng(_random.child(_random.seed_sequence(rng), 0))

        def start(inputs: int, *shape: int) -> torch.nn.Parameter:
            # Uniform within 1 / sqrt(inputs), torch's own start for a convolution.
            values = generator.uniform(-1, 1, shape) / math.sqrt(inputs)
            return torch.nn.Parameter(torch.tensor(values, dtype=dtype))

        self.first = start(size**2, channels, size, size)
        self.bias = start(size**2, channels)
        self.second = start(channels * size**2, channels, size, size)

    @property
    def neighbourhood(self) -> int:
        """How many coarse spins a side the field of a cell depends on: k."""
        return self.size

    @property
    def floats_per_cell(self) -> int:
        """Numbers that the field of one coarse cell holds on the way, about."""
        width = 2 * _reach(self.size) + 1
        return 5 * width**2 + 8 * self.channels

    @property
    def label(self) -> str:
        """Name in a table or a legend."""
        return f"two-layer k={self.size}{', symmetrised' if self.symmetrised else ''}"

    def extra_repr(self) -> str:
        """Say what the network is; torch prints it."""
        return f"size={self.size}, channels={self.channels}, symmetrised={self.symmetrised}"

    def forward(self, coarse: torch.Tensor) -> torch.Tensor:
        """Return the field of `coarse`: by compiled kernels where they are, else by `field`.

        The kernels need Numba, a processor, float32 and k <= 9; they differ by rounding.
        """
        from inverse_rg import _network_field

        if _network_field.can_compile(self):
            return self._average(coarse, lambda part: _network_field.field(self, part))
        return self.field(coarse)

    def field(self, coarse: torch.Tensor) -> torch.Tensor:
        """Return the field h of Eq. (9), in torch alone.

        Parameters
        ----------
        coarse : tensor of +-1, shape (n, H, H) or (n, 1, H, H), any dtype
            Coarse configurations, periodic.

        Returns
        -------
        tensor, shape (n, 2H, 2H) or (n, 1, 2H, 2H)
            Fields in the dtype of the parameters: p(s_i) = exp(s_i h_i) / (2 cosh h_i).

        Raises
        ------
        ValueError
            If the last two axes of `coarse` are not a square lattice.
        """
        return self._average(coarse, self._field)

    def _average(self, coarse: torch.Tensor, evaluate) -> torch.Tensor:
        """Check the shape, and average over the symmetries where the network has them."""
        if coarse.ndim < 2 or coarse.shape[-1] != coarse.shape[-2] or 0 in coarse.shape[-2:]:
            raise ValueError(f"coarse must have shape (n, H, H), got {tuple(coarse.shape)}")
        side = coarse.shape[-1]
        spins = coarse.reshape(-1, side, side)
        if not self.symmetrised:
            fields = evaluate(spins)
        else:
            fields = torch.zeros((), dtype=self.first.dtype, device=self.first.device)
            for turns in range(4):
                for mirrored in (False, True):
                    seen = spins.rot90(turns, (1, 2))
                    seen = seen.transpose(1, 2) if mirrored else seen
                    odd = (evaluate(seen) - evaluate(-seen)) / SYMMETRIES
                    odd = odd.transpose(1, 2) if mirrored else odd
                    fields = fields + odd.rot90(-turns, (1, 2))
        return fields.reshape(*coarse.shape[:-2], 2 * side, 2 * side)

    def _field(self, spins: torch.Tensor) -> torch.Tensor:
        """Return the fields, (n, 2H, 2H), of `spins`, (n, H, H), without any average."""
        n, side, _ = spins.shape
        first_steps, second_steps = (
            torch.tensor(steps, dtype=self.first.dtype, device=self.first.device)
            for steps in _steps(self.size)
        )
        reach = _reach(self.size)
        width = 2 * reach + 1
        # Weights between a coarse window, (o, p), and hidden numbers: fine row and column of the
        # cell, (a, b), and channel c; then between those and fields (A, B) of cells (O, P) away.
        down = torch.einsum("aod,bpe,cde->opabc", first_steps, first_steps, self.first)
        back = torch.einsum("aAOd,bBPe,cde->abcOPAB", second_steps, second_steps, self.second)
        around = torch.arange(-reach, side + reach, device=spins.device) % side
        padded = spins.to(self.first.dtype)[:, around][:, :, around]
        windows = padded.unfold(1, width, 1).unfold(2, width, 1).reshape(-1, width**2)
        hidden = torch.addmm(self.bias.repeat(4), windows, down.reshape(width**2, -1)).relu()
        parts = hidden @ back.reshape(4 * self.channels, -1)  # (cells, O P A B)
        for axis in (1, 2):  # add what comes from `step` cells away, along rows, then columns
            parts = parts.reshape(n, side, side, width, -1)
            parts = torch.stack(
                [parts[:, :, :, step].roll(step - reach, axis) for step in range(width)]
            ).sum(0)
        fields = parts.reshape(n, side, side, 2, 2).transpose(2, 3)  # (n, Y, A, X, B)
        return fields.reshape(n, 2 * side, 2 * side)

    def symmetrise(self) -> TwoLayer:
        """Return a copy whose field is averaged over the symmetries."""
        other = copy.deepcopy(self)
        other.symmetrised = True
        return other

    @staticmethod
    def names() -> list[str]:
        """Return the names of the networks that come with the package."""
        return _network_files.KIND.names()

    def save(self, path: str | os.PathLike) -> None:
        """Write parameters and `history` to `path` in safetensors form, whole or not at all.

        Raises
        ------
        OSError
            If `path` cannot be written; the message names it.
        TypeError
            If `history` holds something that JSON cannot.
        """
        shape = {"size": self.size, "channels": self.channels, "symmetrised": self.symmetrised}
        _network_files.write(path, dict(self.named_parameters()), shape, self.history)

    @classmethod
    def load(cls, name_or_path: str | os.PathLike) -> TwoLayer:
        """Read a network that comes with the package, or one from a file.

        Parameters
        ----------
        name_or_path : str or path
            A name among `names`, or a path: what ends in ``.safetensors`` or holds a separator.

        Raises
        ------
        ValueError
            If the name is unknown (the message lists the known ones), or the file is missing, is
            not a network of this kind and version, or its parameters are not finite or do not
            have the shapes that the file promises; the message names it.
        """
        path = _network_files.KIND.find(name_or_path)
        tensors, shape, history = _network_files.read(path)
        with _network_files.KIND.naming(path):
            model = cls(**shape, rng=0, dtype=tensors["first"].dtype)
            model.load_state_dict(tensors)
        model.history = history
        return model


def _reach(size: int) -> int:
    """Return how many cells away one k x k convolution reaches from its own cell."""
    return (size // 2 + 1) // 2


@functools.cache
def _steps(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return along one axis which weight d joins what.

    Returns
    -------
    first : ndarray of float64, shape (2, 2 reach + 1, k)
        [a, o, d]: whether the hidden fine coordinate `a` of a cell sees, by weight d, the coarse
        spin of the cell o - reach away.
    second : ndarray of float64, shape (2, 2, 2 reach + 1, k)
        [a, A, O, d]: whether it adds, by weight d, to the fine coordinate A of the cell
        O - reach away.
    """
    reach, half = _reach(size), size // 2
    first = np.zeros((2, 2 * reach + 1, size))
    second = np.zeros((2, 2, 2 * reach + 1, size))
    for a in range(2):
        for d in range(size):
            first[a, (a + d - half) // 2 + reach, d] = 1
            cell, side = divmod(a - (d - half), 2)
            second[a, side, cell + reach, d] = 1
    return first, second
