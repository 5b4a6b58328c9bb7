"""Upscaling: draw fine spins from coarse ones, level by level, until a lattice has grown.

One level doubles the side. Every fine spin is drawn on its own from Eq. (9) of
arXiv:2506.04016, given the coarse lattice. A `Kernel` runs in Numba on all cores; a torch module,
or a `Kernel` together with `device`, runs in torch. Both draw from the same distribution.
"""

from __future__ import annotations

import numpy as np

from inverse_rg import _blocks, _check, _network_engine, _random
from inverse_rg.conditional import ConditionalUpscaler

LARGEST_SIZE = 1 << 15
"""Largest side of a dense int8 lattice, 1 GiB a configuration."""


def dream(kernel_or_model, n, size, *, rng, start=None, device=None, workers=None) -> np.ndarray:
    """Grow `n` lattices of side `size` by upscaling.

    Parameters
    ----------
    kernel_or_model : Kernel, ConditionalUpscaler, FieldTable or torch.nn.Module
        What gives the field of Eq. (9), or draws by itself. A module maps coarse configurations,
        float (n, H, H), to fields (n, 2H, 2H), or has a method ``draw(coarse, generator)`` that
        returns fine spins, int8 (n, 2H, 2H).
    n : int
        Configurations.
    size : int
        Side of the result: the start's side times a power of two.
    rng : int, SeedSequence or Generator
        Seed. The result does not depend on the number of workers.
    start : array_like of +-1, shape (n, L0, L0), optional
        Coarse configurations to start from; by default one random spin each (L0 = 1), as the
        paper does.
    device : str or torch.device, optional
        Draw in torch on this device ("auto" takes a GPU where there is one). By default a
        `Kernel` runs in Numba and a module on the device where its parameters are; a `TwoLayer`
        on the processor runs in Numba where that is installed.
    workers : int, optional
        Threads for the Numba path; all cores by default.

    Returns
    -------
    ndarray of int8, shape (n, size, size)
        Configurations of +-1.

    Raises
    ------
    ValueError
        If `size` is not the start's side times a power of two, or `start` is not `n`
        configurations of +-1.

    Notes
    -----
    Eq. (9): p(s_i) = exp(s_i h_i) / (2 cosh h_i), all i independent given the coarse lattice.
    """
    n = _check.integer("n", n, minimum=1)
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    start = None if start is None else _check_start(start, n)
    levels = count_levels(size, 1 if start is None else start.shape[1])
    upscale = _upscaler(kernel_or_model, device)
    lattices = np.empty((n, size, size), np.int8)
    sizes = _blocks.block_sizes(n)
    firsts = dict(zip(range(len(sizes)), np.cumsum([0, *sizes[:-1]]), strict=True))

    def block(count, stream):
        first = firsts[stream.spawn_key[-1]]
        if start is None:
            coarse = random_spins(count, _random.child(stream, 0))
        else:
            coarse = start[first : first + count]
        lattices[first : first + count] = upscale(coarse, levels, _random.child(stream, 1))[-1]

    for _ in _blocks.run(
        block, n, rng, workers=1 if _is_torch(kernel_or_model, device) else workers
    ):
        pass
    return lattices


def count_levels(size, start_size: int) -> int:
    """Return how many doublings lead from `start_size` to `size`, or say that none does."""
    size = _check.integer("size", size, minimum=1, maximum=LARGEST_SIZE)
    ratio, rest = divmod(size, start_size)
    if rest or ratio < 1 or ratio & (ratio - 1):
        allowed = ", ".join(str(start_size << level) for level in range(4))
        raise ValueError(
            f"size must be the start's side times a power of two ({allowed}, ...), got {size}"
        )
    return ratio.bit_length() - 1


def random_spins(n: int, stream: np.random.SeedSequence) -> np.ndarray:
    """Return `n` single spins, int8 (n, 1, 1), +1 or -1 with probability 1/2."""
    bits = np.random.default_rng(stream).integers(0, 2, size=(n, 1, 1), dtype=np.int8)
    return 2 * bits - 1


def upscale_levels(kernel, coarse: np.ndarray, levels: int, stream) -> list[np.ndarray]:
    """Upscale `coarse`, int8 (n, L, L), `levels` times with Numba and return every level.

    The list starts with `coarse` itself and ends with the lattices of side L 2^levels.
    """
    from inverse_rg import _engine

    return _engine.upscale_levels(coarse, [kernel.window] * levels, stream)


def _conditional_levels(upscaler, coarse: np.ndarray, levels: int, stream) -> list[np.ndarray]:
    """Upscale as `upscale_levels` does, with a `ConditionalUpscaler`."""
    from inverse_rg import _engine

    return _engine.conditional_levels(coarse, [upscaler] * levels, stream)


def _upscaler(kernel_or_model, device):
    """Return ``upscale(coarse, levels, stream) -> list of int8 arrays``, one a level."""
    if _is_torch(kernel_or_model, device):
        from inverse_rg import _dreaming_torch

        return _dreaming_torch.upscaler(kernel_or_model, device)
    if _network_engine.takes(kernel_or_model):
        return _network_engine.upscaler(kernel_or_model)
    if _is_conditional(kernel_or_model):
        return lambda coarse, levels, stream: _conditional_levels(
            kernel_or_model, coarse, levels, stream
        )
    _check_kernel(kernel_or_model)
    return lambda coarse, levels, stream: upscale_levels(kernel_or_model, coarse, levels, stream)


def _is_torch(kernel_or_model, device) -> bool:
    if device is not None:
        return True
    return hasattr(kernel_or_model, "state_dict") and not _network_engine.takes(kernel_or_model)


def _is_conditional(kernel) -> bool:
    return isinstance(kernel, ConditionalUpscaler)


def _check_kernel(kernel) -> None:
    if not hasattr(kernel, "window"):
        raise TypeError(
            "kernel_or_model must be a Kernel, a ConditionalUpscaler or a torch module, got "
            f"{type(kernel).__name__}"
        )


def _check_start(start, n: int) -> np.ndarray:
    start = _check.spins("start", start)
    check_number(start, n)
    return start


def check_number(start: np.ndarray, n: int) -> None:
    """Raise a ValueError unless `start`, (n, L0, L0), holds `n` configurations."""
    if len(start) != n:
        raise ValueError(f"start must hold n = {n} configurations, got {len(start)}")
