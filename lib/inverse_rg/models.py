"""Torch modules that turn coarse spins into the field of Eq. (9), on any device."""

from __future__ import annotations

import os

import numpy as np
import torch

from inverse_rg import _parameter_files
from inverse_rg._conditional_torch import ConditionalLayer
from inverse_rg._two_layer import TwoLayer
from inverse_rg.kernels import Kernel, offset_classes, window_steps

__all__ = ["ConditionalLayer", "SingleLayer", "TwoLayer"]

FORMAT = "inverse_rg single-layer model"
VERSION = "1"
_KIND = _parameter_files.Kind("model", ".safetensors")


class SingleLayer(torch.nn.Module):
    """The paper's model: nearest-neighbour upscaling, then one symmetric k x k convolution.

    There is no bias, and the (k+1)(k+3)/8 free parameters are those of `Kernel`.

    Parameters
    ----------
    kernel_or_size : Kernel or int
        A kernel to start from, or an odd kernel size k. A size starts from zeros: the loss is
        convex, so that the start does not matter to the optimum and a random one only adds noise.
    dtype : torch.dtype
        Floating type of the parameters and of the field.

    Raises
    ------
    ValueError
        If the size is even or below 1, or `dtype` is not a floating type.
    TypeError
        If `kernel_or_size` is neither a kernel nor an integer.

    Notes
    -----
    Eq. (9) of arXiv:2506.04016. The convolution on the upscaled lattice is evaluated in its window
    form (`Kernel.window`), which is the same sum with a quarter of the terms: every fine spin sees
    n x n coarse spins, n = (k + 1)/2. Rolls wrap as often as a small lattice needs, and neither
    they nor the matrix product fall back on a GPU's TF32 arithmetic as a convolution does.
    """

    window_basis: torch.Tensor

    def __init__(self, kernel_or_size: Kernel | int, *, dtype: torch.dtype = torch.float32):
        super().__init__()
        if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise ValueError(f"dtype must be a floating torch type, got {dtype!r}")
        if isinstance(kernel_or_size, Kernel):
            kernel = kernel_or_size
        else:
            kernel = Kernel(kernel_or_size, (0.0,) * len(offset_classes(kernel_or_size)))
        self.size = kernel.size
        count = len(kernel.parameters)
        basis = np.stack([Kernel(self.size, tuple(unit)).window for unit in np.eye(count)])
        self.weights = torch.nn.Parameter(torch.tensor(kernel.parameters, dtype=dtype))
        # The window is linear in the parameters: (parameter, n, n), whole numbers.
        self.register_buffer("window_basis", torch.tensor(basis, dtype=dtype), persistent=False)

    @property
    def kernel(self) -> Kernel:
        """The present parameters as a `Kernel`."""
        return Kernel(self.size, tuple(self.weights.detach().cpu().double().tolist()))

    def forward(self, coarse: torch.Tensor) -> torch.Tensor:
        """Return the field of `coarse`; see `field`."""
        return self.field(coarse)

    def field(self, coarse: torch.Tensor) -> torch.Tensor:
        """Return the field h of Eq. (9).

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
        if coarse.ndim < 2 or coarse.shape[-1] != coarse.shape[-2] or 0 in coarse.shape[-2:]:
            raise ValueError(f"coarse must have shape (n, H, H), got {tuple(coarse.shape)}")
        side = coarse.shape[-1]
        spins = coarse.to(self.weights.dtype).reshape(-1, side, side)  # (n, H, H)
        window = torch.tensordot(self.weights, self.window_basis, dims=1)  # (p, q)
        steps = window_steps(len(window)).tolist()

        # What each fine row sees on coarse columns: (p, n, H, 2, H), its side the last but one.
        seen = torch.stack(
            [torch.stack([spins.roll(-row * step, 1) for row in (-1, 1)], 2) for step in steps]
        )
        # Summed over p, for each column q of the window: (q, n, 2H, H).
        columns = (window @ seen.reshape(len(steps), -1)).reshape(len(steps), -1, 2 * side, side)
        # Summed over q on either side of a coarse column: (n, 2H, H) twice.
        halves = [
            torch.stack([columns[q].roll(-column * step, 2) for q, step in enumerate(steps)]).sum(0)
            for column in (-1, 1)
        ]
        return torch.stack(halves, -1).reshape(*coarse.shape[:-2], 2 * side, 2 * side)

    def save(self, path: str | os.PathLike) -> None:
        """Write the parameters to `path` in safetensors form, whole or not at all.

        Raises
        ------
        OSError
            If `path` cannot be written; the message names it.
        """
        metadata = {"format": FORMAT, "version": VERSION, "size": str(self.size)}
        _KIND.write_tensors(path, metadata, {"weights": self.weights})

    @classmethod
    def load(cls, path: str | os.PathLike) -> SingleLayer:
        """Read a model that `save` wrote.

        Raises
        ------
        ValueError
            If the file is missing, is not a model of this kind and version, or its parameters
            are not finite or do not have the shape of its kernel size; the message names it.
        """
        metadata, tensors = _KIND.read_tensors(path)
        with _KIND.naming(path):
            return cls._from_file(metadata, tensors)

    @classmethod
    def _from_file(cls, metadata: dict[str, str], tensors: dict[str, torch.Tensor]) -> SingleLayer:
        if metadata.get("format") != FORMAT:
            raise ValueError(f"its format must be {FORMAT!r}, got {metadata.get('format')!r}")
        if metadata.get("version") != VERSION:
            raise ValueError(f"its version must be {VERSION}, got {metadata.get('version')!r}")
        if set(tensors) != {"weights"}:
            raise ValueError(f"it must hold the tensor 'weights' alone, got {sorted(tensors)}")
        weights = tensors["weights"]
        if weights.ndim != 1:
            raise ValueError(f"its weights must have one axis, got shape {tuple(weights.shape)}")
        kernel = Kernel(int(metadata.get("size", "")), tuple(weights.double().tolist()))
        return cls(kernel, dtype=weights.dtype)
