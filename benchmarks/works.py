"""What is measured: our kernels, the plain ways beside them, and what was hoped for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plain
import torch
from timing import Way, Work

import inverse_rg as irg
from inverse_rg import (
    _bits,
    _packed_correlations,
    _packed_dreaming,
    _packed_observables,
    _packed_operators,
    _packed_sampling,
    _random,
    universe,
)

KERNELS = {3: "k3", 5: "k5", 7: "k7"}

PACKED = "packed, one thread"
SCALAR = "scalar Numba, one thread"
WHOLE = "package, all cores"


@dataclass(frozen=True)
class Sizes:
    """How large each work is; the defaults are the benchmark, `TINY` tries the code."""

    side: int = 128
    packed: int = 8192
    batch: int = 1000
    scalar: int = 256
    pairs_batch: int = 200
    chains: tuple[int, ...] = (32, 64, 128, 256)
    sweeps: int = 500
    dreams: int = 200_000
    dreams_once: int = 1_000_000
    monte_carlo: int = 50_000
    universe: int = 8192


TINY = Sizes(8, 64, 16, 16, 16, (8, 64), 5, 128, 128, 128, 64)


def every_work(sizes: Sizes) -> Iterator[Work]:
    """Yield the works in the order of the table."""
    for k in KERNELS:
        yield dreams(sizes, k)
    yield from observables(sizes)
    yield correlation(sizes)
    yield operators(sizes)
    for side in sizes.chains:
        yield swendsen_wang(sizes, side)
    for k in KERNELS:
        yield pipeline(sizes, k)
    yield monte_carlo(sizes)
    for k in KERNELS:
        yield pipeline(sizes, k, once=True)
    yield growth(sizes)


def paper_dream(k: int, side: int):
    """Return the dreams of Table II with the uniform kernel of size `k`."""
    first = irg.Kernel.load(KERNELS[3])
    return irg.ensembles.paper_dream(irg.Kernel.load(KERNELS[k]), first, side)


def dreams(sizes: Sizes, k: int) -> Work:
    """Grow lattices from one spin, with m and e at every size."""
    kernels = plain.kernels_by_level(paper_dream(k, sizes.side))
    windows = [np.ascontiguousarray(kernel.window) for kernel in kernels]
    weights = plain.torch_weights(kernels)
    state, scalar_state = _state(0), _state(1)
    words = sizes.packed // 64

    def packed():
        start = _packed_dreaming.random_start(words, state)
        return _packed_dreaming.dream_sums(start, windows, state)

    return Work(
        "dreams",
        f"1 to {sizes.side}, k = {k}, m and e at every size",
        "µs a configuration",
        Way(PACKED, packed, 64 * words),
        (
            Way(torch_name(), lambda: plain.torch_dream(weights, sizes.batch), sizes.batch),
            Way(
                SCALAR,
                lambda: plain.scalar_dream(windows, sizes.scalar, scalar_state),
                sizes.scalar,
            ),
        ),
        {torch_name(): {3: 150.0, 7: 75.0}[k]} if sizes.side == 128 and k in (3, 7) else {},
    )


def observables(sizes: Sizes) -> Iterator[Work]:
    """Sum m and e of given configurations, in either packed form."""
    lattice = random_spins(sizes.batch, sizes.side)
    dense = torch.tensor(lattice, dtype=torch.float32)[:, None]
    whole = sizes.batch // 64 * 64 or sizes.batch
    replicas = _bits.pack_replicas(lattice[:whole])
    sites = _bits.pack_sites(lattice)
    other = Way(torch_name(), lambda: plain.torch_observables(dense), sizes.batch)

    def by_replicas():
        for _ in range(10):  # long enough to time
            sums = [_packed_observables.magnetisation_energy(word) for word in replicas]
        return sums

    def by_sites():
        for _ in range(10):
            sums = _packed_observables.site_magnetisation_energy(sites)
        return sums

    for form, run, n in (
        ("64 replicas a word", by_replicas, 64 * len(replicas)),
        ("64 sites a word", by_sites, sizes.batch),
    ):
        name = f"m and e at L = {sizes.side}, {form}"
        yield Work("observables", name, "µs a configuration", Way(PACKED, run, 10 * n), (other,))


def correlation(sizes: Sizes) -> Work:
    """Sum G(r) along both axes at every distance."""
    lattice = random_spins(sizes.pairs_batch, sizes.side)
    dense = torch.tensor(lattice, dtype=torch.float32)[:, None]
    sites = _bits.pack_sites(lattice)
    n = sizes.pairs_batch

    def packed():
        for _ in range(20):  # long enough to time
            sums = _packed_correlations.correlation_sums(sites)
        return sums

    return Work(
        "observables",
        f"G(r), r = 0 to {sizes.side // 2}, at L = {sizes.side}",
        "µs a configuration",
        Way(PACKED, packed, 20 * n),
        (
            Way(f"{torch_name()}, rolled", lambda: plain.torch_correlation(dense), n),
            Way(f"{torch_name()}, Fourier", lambda: plain.torch_correlation_fourier(dense), n),
        ),
    )


def operators(sizes: Sizes) -> Work:
    """Sum the 158 products of the renormalization group; the plain way does the paper's 36."""
    lattice = random_spins(sizes.pairs_batch, sizes.side)
    dense = torch.tensor(lattice, dtype=torch.float32)[:, None]
    sites = _bits.pack_sites(lattice)
    listed = [product for (product,) in irg.mcrg.shapes("paper")]
    n = sizes.pairs_batch
    other = f"{torch_name()}, 36 products"

    def packed():
        for _ in range(20):  # long enough to time
            sums = _packed_operators.product_sums(sites)
        return sums

    return Work(
        "observables",
        f"158 products of up to 4 spins at L = {sizes.side}",
        "µs a configuration",
        Way(PACKED, packed, 20 * n),
        (Way(other, lambda: plain.torch_operators(dense, listed), n),),
        {"ours": 12.0, other: 150.0} if sizes.side == 128 else {},
    )


def swendsen_wang(sizes: Sizes, side: int) -> Work:
    """Do Swendsen-Wang sweeps at the critical point; both ways start from random spins."""
    state, scalar_state = _state(2), _state(3)
    together = max(1, 64 // side)  # chains that share the words of the packed form

    def packed():
        arguments = (together, side, irg.K_CRITICAL, sizes.sweeps, 0, state)
        return _packed_sampling.sample_series(*arguments)

    def scalar():
        return plain.scalar_sweeps(side, irg.K_CRITICAL, sizes.sweeps, scalar_state)

    spins = sizes.sweeps * side**2
    return Work(
        "Monte Carlo",
        f"Swendsen-Wang, L = {side}",
        "ns a spin a sweep",
        Way(PACKED, packed, together * spins),
        (Way(SCALAR, scalar, spins),),
        {"ours": 4.0, SCALAR: 4.0} if side == 128 else {},
    )


def pipeline(sizes: Sizes, k: int, once: bool = False) -> Work:
    """Measure dreams as a user does: all observables, P(m) and their errors, at every size."""
    n = sizes.dreams_once if once else sizes.dreams
    ensemble = paper_dream(k, sizes.side)
    return Work(
        "pipeline",
        f"irg.measure, dreams 1 to {sizes.side}, k = {k}, {n:,} configurations",
        "µs a configuration",
        Way(WHOLE, lambda: irg.measure(ensemble, n, rng=6), n),
        targets={"ours": 20.0} if sizes.side == 128 else {},
        once=once,
    )


def monte_carlo(sizes: Sizes) -> Work:
    """Measure Monte Carlo as a user does, 5 sweeps apart."""
    n = sizes.monte_carlo
    ensemble = irg.Ising(sizes.side)
    return Work(
        "pipeline",
        f"irg.measure, Monte Carlo at L = {sizes.side}, {n:,} configurations",
        "µs a configuration",
        Way(WHOLE, lambda: irg.measure(ensemble, n, rng=6), n),
        targets={"ours": 200.0} if sizes.side == 128 else {},
    )


def growth(sizes: Sizes) -> Work:
    """Grow one lattice into a file, with m, e and G(r) of every level."""
    kernel = irg.Kernel.load(KERNELS[3])

    def run():
        with tempfile.TemporaryDirectory() as folder:
            universe.grow(kernel, sizes.universe, Path(folder) / "one.universe", rng=6)

    name = f"one lattice of side {sizes.universe}, k = 3, into a file"
    return Work("universe", name, "ns a spin", Way(WHOLE, run, sizes.universe**2))


def torch_name() -> str:
    """Return what the plain PyTorch way is called."""
    return f"PyTorch, {torch.get_num_threads()} threads"


def random_spins(n: int, side: int) -> np.ndarray:
    """Return independent fair spins, int8 (n, L, L): counting them takes as long as any others."""
    rng = np.random.default_rng(6)
    return (2 * rng.integers(0, 2, (n, side, side), np.int8) - 1).astype(np.int8)


def _state(index: int) -> np.ndarray:
    return _random.state_words(_random.child(_random.seed_sequence(6), index))
