"""What is measured: our kernels, the plain ways beside them, and what was hoped for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pipelines
import plain
import torch
from common import KERNELS, PACKED, SCALAR, Sizes, paper_dream, random_spins, state_of, torch_name
from timing import Way, Work

import inverse_rg as irg
from inverse_rg import (
    _bits,
    _packed_correlations,
    _packed_dreaming,
    _packed_observables,
    _packed_operators,
    _packed_sampling,
)


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
        yield pipelines.pipeline(sizes, k)
    yield pipelines.two_layer(sizes, 3, sizes.dreams, {"ours": 60.0} if sizes.side == 128 else {})
    yield pipelines.two_layer(sizes, 7, sizes.wide, {})
    yield pipelines.conditional(sizes)
    yield pipelines.monte_carlo(sizes)
    for k in KERNELS:
        yield pipelines.pipeline(sizes, k, once=True)
    yield pipelines.growth(sizes)
    if torch.cuda.is_available():
        yield from pipelines.on_device(sizes)


def dreams(sizes: Sizes, k: int) -> Work:
    """Grow lattices from one spin, with m and e at every size."""
    kernels = plain.kernels_by_level(paper_dream(k, sizes.side))
    windows = [np.ascontiguousarray(kernel.window) for kernel in kernels]
    weights = plain.torch_weights(kernels)
    state, scalar_state = state_of(0), state_of(1)
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
    rolled, once = (f"{torch_name()}, 36 {way}" for way in ("rolled", "from 9 shifts"))

    def packed():
        for _ in range(20):  # long enough to time
            sums = _packed_operators.product_sums(sites)
        return sums

    return Work(
        "observables",
        f"158 products of up to 4 spins at L = {sizes.side}",
        "µs a configuration",
        Way(PACKED, packed, 20 * n),
        (
            Way(rolled, lambda: plain.torch_operators(dense, listed), n),
            Way(once, lambda: plain.torch_operators_once(dense, listed), n),
        ),
        {"ours": 12.0, rolled: 150.0} if sizes.side == 128 else {},
    )


def swendsen_wang(sizes: Sizes, side: int) -> Work:
    """Do Swendsen-Wang sweeps at the critical point; both ways start from random spins."""
    state, scalar_state = state_of(2), state_of(3)
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
