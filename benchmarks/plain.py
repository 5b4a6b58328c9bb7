"""The same work in the plain way: PyTorch as one would write it, and one spin at a time in Numba.

Nothing here is slowed down on purpose: single precision, no gradients, whole batches, and as few
passes over a lattice as the plain way allows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from inverse_rg import _clusters, _dreaming, spins
from inverse_rg.ensembles import Dream
from inverse_rg.kernels import Kernel


def kernels_by_level(ensemble: Dream) -> list[Kernel]:
    """Return the kernel that makes each level of a dream, from one spin on."""
    before = kernels_by_level(ensemble.start) if isinstance(ensemble.start, Dream) else []
    return before + [ensemble.kernel] * (ensemble._levels)


def torch_weights(kernels: Sequence[Kernel]) -> list[torch.Tensor]:
    """Return the kernels as convolution weights, float32 (1, 1, k, k)."""
    return [torch.tensor(kernel.matrix, dtype=torch.float32)[None, None] for kernel in kernels]


@torch.inference_mode()
def torch_field(coarse: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return the field of Eq. (9), (n, 1, 2H, 2H), of coarse spins, float32 (n, 1, H, H)."""
    border = weight.shape[-1] // 2
    fine = functional.interpolate(coarse, scale_factor=2, mode="nearest")
    return functional.conv2d(functional.pad(fine, (border,) * 4, mode="circular"), weight)


@torch.inference_mode()
def torch_draw(field: torch.Tensor) -> torch.Tensor:
    """Draw spins of +-1, float32, from their field."""
    return (torch.rand_like(field) < torch.sigmoid(2 * field)).float().mul_(2).sub_(1)


@torch.inference_mode()
def torch_observables(lattice: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return m and e, float32 (n,) each, of spins, float32 (n, 1, L, L)."""
    neighbours = lattice.roll(-1, 2) + lattice.roll(-1, 3)
    return lattice.mean((1, 2, 3)), (lattice * neighbours).mean((1, 2, 3))


@torch.inference_mode()
def torch_dream(weights: Sequence[torch.Tensor], n: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Grow `n` lattices from one spin each and return m and e at every size."""
    lattice = torch_draw(torch.zeros(n, 1, 1, 1))
    measured = []
    for weight in weights:
        lattice = torch_draw(torch_field(lattice, weight))
        measured.append(torch_observables(lattice))
    return measured


@torch.inference_mode()
def torch_correlation(lattice: torch.Tensor) -> torch.Tensor:
    """Return G(r), r = 0 ... L / 2, float32 (n, L / 2 + 1), by rolled products."""
    distances = range(lattice.shape[-1] // 2 + 1)
    products = [
        (lattice * (lattice.roll(-r, 2) + lattice.roll(-r, 3))).mean((1, 2, 3)) / 2
        for r in distances
    ]
    return torch.stack(products, 1)


@torch.inference_mode()
def torch_correlation_fourier(lattice: torch.Tensor) -> torch.Tensor:
    """Return the same G(r) by the fast way: Fourier transforms along either axis."""
    total = torch.zeros(())
    for axis in (2, 3):
        power = torch.fft.rfft(lattice, dim=axis).abs().square()
        products = torch.fft.irfft(power.sum(5 - axis), n=lattice.shape[-1], dim=2)
        total = total + products[:, 0, : lattice.shape[-1] // 2 + 1]
    return total / (2 * lattice.shape[-1] ** 2)


@torch.inference_mode()
def torch_operators(
    lattice: torch.Tensor, products: Sequence[Sequence[tuple[int, int]]]
) -> torch.Tensor:
    """Return products of spins at the given sites (y, x), averaged over translations.

    They are (n, products) float32 numbers, each made of rolled copies of the lattice, each of
    which is made once.
    """
    sites = {site for product in products for site in product}
    rolled = {(y, x): lattice.roll((-y, -x), (2, 3)) for y, x in sites}
    means = []
    for first, *others in products:
        product = rolled[first]
        for site in others:
            product = product * rolled[site]
        means.append(product.mean((1, 2, 3)))
    return torch.stack(means, 1)


def scalar_dream(
    windows: Sequence[np.ndarray], n: int, state: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Grow `n` lattices from one spin each, a spin at a time; return M and E at every size."""
    lattice = np.empty((n, 1, 1), np.int8)
    _clusters.randomise(lattice.reshape(-1), state)
    measured = []
    for window in windows:
        lattice = _dreaming.upscale(lattice, window, state)
        measured.append((spins.magnetisation(lattice), spins.energy(lattice)))
    return measured


def scalar_sweeps(size: int, coupling: float, sweeps: int, state: np.ndarray) -> np.ndarray:
    """Return a configuration, int8 (1, L, L), after `sweeps` Swendsen-Wang sweeps."""
    lattice = np.empty((1, size, size), np.int8)
    _clusters.sample_kernel(lattice, _clusters.threshold(coupling), sweeps, 0, state)
    return lattice
