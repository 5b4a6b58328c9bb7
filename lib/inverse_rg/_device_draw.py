"""What a torch device needs to draw fine spins: probabilities of up, in memory that does not grow.

Needs numpy and torch alone.
"""

from __future__ import annotations

import copy

import numpy as np
import torch

from inverse_rg import neighbourhoods

BUDGET = {"cpu": 1 << 22, "cuda": 1 << 31}
"""Bytes that one evaluation of a field may take: what fits a processor's cache, a part of a GPU."""

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


def check_dtype(dtype, device: torch.device) -> torch.dtype:
    """Return `dtype`, float32 for None, if the device multiplies matrices of it.

    Raises
    ------
    ValueError
        If it is none of `DTYPES`, or the device cannot compute in it.
    """
    dtype = torch.float32 if dtype is None else dtype
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(map(str, DTYPES))}, got {dtype!r}")
    try:
        ones = torch.ones(8, 8, dtype=dtype, device=device)
        works = bool(((ones @ ones).float() == 8).all())
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"dtype {dtype} cannot be used on device {device}: {error}") from error
    if not works:
        raise ValueError(f"dtype {dtype} gives wrong products on device {device}")
    return dtype


def field_in_chunks(model, coarse: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return the field (n, 2H, 2H) of `coarse`, (n, H, H), some configurations at a time.

    A device that is out of memory gets fewer at a time, down to one.
    """
    n, side, _ = coarse.shape
    floats = getattr(model, "floats_per_cell", 64) * side**2
    budget = BUDGET.get(coarse.device.type, 1 << 26)
    count = max(1, budget // (floats * dtype.itemsize))
    while True:
        try:
            parts = [model(coarse[first : first + count].to(dtype)) for first in range(0, n, count)]
            return parts[0] if len(parts) == 1 else torch.cat(parts)
        except torch.OutOfMemoryError:
            if count == 1:
                raise
            count = max(1, count // 4)
            _free(coarse.device)


class UpProbability:
    """The probability that fine spins are up, cell by cell, on a device.

    Parameters
    ----------
    kernel_or_model : Kernel, FieldTable or torch.nn.Module
        What gives the field of Eq. (9) of arXiv:2506.04016.
    device : torch.device
        Where to compute. The model given stays where it is.
    dtype : torch.dtype, optional
        Type of the field; the probability is float32 unless the field is float64.

    Notes
    -----
    A field on 3 x 3 coarse spins is looked up: its probabilities are float32 numbers next to the
    exact ones, whatever `dtype` is. See `probability_error` for other fields.
    """

    def __init__(self, kernel_or_model, device: torch.device, dtype: torch.dtype | None = None):
        self.device = device
        self.dtype = check_dtype(dtype, device)
        self.table = None
        if neighbourhoods.has_table(kernel_or_model):
            field = neighbourhoods.table_of(kernel_or_model).T
            up = 1 / (1 + np.exp(-2 * np.clip(field, -300, 300)))
            kind = torch.float64 if self.dtype == torch.float64 else torch.float32
            self.table = torch.tensor(up, dtype=kind, device=device)  # (512, 4)
            return
        model = kernel_or_model
        if not isinstance(model, torch.nn.Module):
            from inverse_rg.models import SingleLayer

            model = SingleLayer(kernel_or_model, dtype=torch.float64)
        self.model = copy.deepcopy(model).to(device=device, dtype=self.dtype).eval()
        if not all(bool(part.isfinite().all()) for part in self.model.parameters()):
            raise ValueError("kernel_or_model must have finite parameters, got nan or inf in them")

    @torch.no_grad()
    def __call__(self, coarse: torch.Tensor) -> torch.Tensor:
        """Return the probabilities, (n, H, H, 2, 2): row and column of the spin in its cell last.

        `coarse` is int8 (n, H, H) of +-1.
        """
        n, side, _ = coarse.shape
        if self.table is not None:
            up = (coarse > 0).to(torch.int32)
            rows = up.roll(1, 2) * 4 + up * 2 + up.roll(-1, 2)
            numbers = rows.roll(1, 1) * 64 + rows * 8 + rows.roll(-1, 1)
            found = torch.nn.functional.embedding(numbers, self.table)
            return found.reshape(n, side, side, 2, 2)
        field = field_in_chunks(self.model, coarse, self.dtype)
        if tuple(field.shape) != (n, 2 * side, 2 * side):
            raise ValueError(
                f"kernel_or_model must map coarse spins {tuple(coarse.shape)} to fields "
                f"{(n, 2 * side, 2 * side)}, got fields of shape {tuple(field.shape)}"
            )
        field = field if field.dtype == torch.float64 else field.float()
        return torch.sigmoid(2 * field).reshape(n, side, 2, side, 2).transpose(2, 3)


def draw(up: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Return fine spins, int8 (n, 2H, 2H): up where `uniform` is below the probability `up`.

    Both have shape (n, H, H, 2, 2). A float32 uniform number has 24 bits, so that a probability is
    met to 2^-24.
    """
    n, side = up.shape[:2]
    fine = (uniform < up).to(torch.int8).transpose(2, 3).reshape(n, 2 * side, 2 * side)
    return fine.mul_(2).sub_(1)


def probability_error(kernel_or_model, dtype, *, device="auto", n: int = 64, side: int = 16, rng=0):
    """Return the largest error of a probability of up when the field is computed in `dtype`.

    Parameters
    ----------
    kernel_or_model : Kernel, FieldTable or torch.nn.Module
        What gives the field.
    dtype : torch.dtype
        float64, float32, float16 or bfloat16.
    device : str or torch.device
        Where to compute; "auto" is a GPU where there is one.
    n, side : int
        Coarse lattices of random spins to compare on, whose fields vary more than critical ones.
    rng : int, SeedSequence or Generator
        Seed of the spins.

    Returns
    -------
    float
        Largest distance to the probability in float64. About 1e-7 in float32; 1e-3 in float16
        and 1e-2 in bfloat16, which 1e6 dreams can resolve: they are never taken unasked.
    """
    from inverse_rg import _random
    from inverse_rg._device import choose_device

    where = choose_device(device)
    generator = np.random.default_rng(_random.seed_sequence(rng))
    spins = torch.from_numpy(2 * generator.integers(0, 2, (n, side, side), np.int8) - 1)
    exact = UpProbability(kernel_or_model, torch.device("cpu"), torch.float64)(spins)
    found = UpProbability(kernel_or_model, where, dtype)(spins.to(where))
    return float((found.cpu().double() - exact).abs().max())


def _free(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()
