"""What a user waits for: whole measurements, a large lattice in a file, and the same on a GPU."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import device
import torch
from common import KERNELS, WHOLE, Sizes, paper_dream, torch_name
from timing import Way, Work

import inverse_rg as irg
from inverse_rg import universe


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


def two_layer(sizes: Sizes, k: int, n: int, targets: dict[str, float]) -> Work:
    """Measure dreams of a two-layer network as a user does."""
    names = f"two-layer-k{k}-1", "two-layer-k3-1"
    network, first = (irg.models.TwoLayer.load(name) for name in names)
    ensemble = irg.ensembles.paper_dream(network, first, sizes.side)
    return Work(
        "pipeline",
        f"irg.measure, dreams 1 to {sizes.side}, two-layer k = {k}, {n:,} configurations",
        "µs a configuration",
        Way(WHOLE, lambda: irg.measure(ensemble, n, rng=6), n),
        targets=targets,
    )


def conditional(sizes: Sizes) -> Work:
    """Grow lattices by a conditional upscaler, beside its torch twin."""
    upscaler = irg.conditional.ConditionalUpscaler.load("renormalized-2")
    layer = irg.models.ConditionalLayer(upscaler)
    n, batch, side = sizes.conditional, sizes.conditional_batch, sizes.side
    return Work(
        "pipeline",
        f"irg.dream, 1 to {side}, conditional with {upscaler.passes} passes, {n:,} configurations",
        "µs a configuration",
        Way(WHOLE, lambda: irg.dream(upscaler, n, side, rng=6), n),
        (Way(torch_name(), lambda: irg.dream(layer, batch, side, rng=6), batch),),
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


def on_device(sizes: Sizes) -> Iterator[Work]:
    """Dream and measure on a GPU, beside the compiled kernels on all cores; see device.py."""
    for name, ensemble in device.works(sizes.side).items():
        n = sizes.dreams if "two-layer k = 7" not in name else sizes.dreams // 16
        yield Work(
            "device",
            f"dreams 1 to {sizes.side}, {name}, m, e and P(m), {n:,} configurations",
            "µs a configuration",
            Way(torch.cuda.get_device_name(), lambda e=ensemble, n=n: device.run(e, n), n),
            (Way(WHOLE, lambda e=ensemble, n=n: irg.measure(e, n, rng=6), n),),
        )
