"""Which kernels do the work of a block: the packed ones where they can, the plain ones elsewhere.

Packed Monte Carlo wants a side that is a power of two; packed upscaling wants fields that float32
holds and enough replicas to fill its words. Everything else runs on the plain kernels, which draw
from the same distribution. The choice depends on the block alone, never on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inverse_rg import (
    _bits,
    _packed_conditional,
    _packed_dreaming,
    _packed_observables,
    _packed_sampling,
    _packed_upscaling,
    _random,
    conditional,
)
from inverse_rg._dreaming import upscale

FEWEST_REPLICAS = 16
"""Below this many replicas a word of 64 is more work than one replica after the other."""

Sums = dict[int, tuple[np.ndarray, np.ndarray]]
"""Magnetisation M and bond energy E of every configuration, by side."""


def can_pack(windows: Sequence[np.ndarray]) -> bool:
    """Return whether the packed kernel holds the fields of these windows."""
    largest = max((np.abs(window).sum() for window in windows), default=0.0)
    return bool(largest <= _packed_upscaling.LARGEST_FIELD)


def ising_words(n: int, ensemble, thermalisation: int, stream) -> np.ndarray:
    """Return `n` configurations of an `Ising` ensemble in the site form, uint64 (n, L, W)."""
    return _packed_sampling.sample_sites(
        n,
        ensemble.size,
        ensemble.coupling,
        ensemble.sweeps,
        thermalisation,
        _random.state_words(stream),
    )


def ising_sums(n: int, ensemble, thermalisation: int, stream) -> Sums:
    """Return M and E of `n` configurations of an `Ising` ensemble."""
    sums = _packed_sampling.sample_series(
        n,
        ensemble.size,
        ensemble.coupling,
        ensemble.sweeps,
        thermalisation,
        _random.state_words(stream),
    )
    return {ensemble.size: sums}


def random_words(n: int, stream) -> np.ndarray:
    """Return single random spins for `n` replicas, uint64 (ceil(n / 64), 1, 1)."""
    return _packed_dreaming.random_start(-(-n // 64), _random.state_words(stream))


def dream_sums(n: int, starts: np.ndarray, windows: Sequence[np.ndarray], stream) -> Sums:
    """Upscale `starts`, uint64 (words, L0, L0), once a window; return M and E of every side."""
    totals = _packed_dreaming.dream_sums(starts, windows, _random.state_words(stream))
    size = starts.shape[1]
    return {
        size << level: (magnetisation[:n], energy[:n])
        for level, (magnetisation, energy) in enumerate(zip(*totals, strict=True))
    }


def upscale_levels(coarse: np.ndarray, windows: Sequence[np.ndarray], stream) -> list[np.ndarray]:
    """Upscale int8 (n, L0, L0) once a window and return every level, the start included."""
    state = _random.state_words(stream)
    if len(coarse) < FEWEST_REPLICAS or not can_pack(windows):
        lattices = [coarse]
        for window in windows:
            lattices.append(upscale(lattices[-1], np.ascontiguousarray(window), state))
        return lattices
    grown = [_packed_dreaming.grow(word, windows, state) for word in _bits.pack_replicas(coarse)]
    return [coarse] + [
        _bits.unpack_replicas(np.stack(words), len(coarse))
        for words in list(zip(*grown, strict=True))[-len(windows) :]
    ]


def conditional_words(words: np.ndarray, steps: Sequence, stream) -> Iterator[np.ndarray]:
    """Upscale uint64 (words, L0, L0) once a step and yield every level, the start included.

    A step is a `ConditionalUpscaler` or the window of a kernel; the first has to fit the start.
    """
    state = _random.state_words(stream)
    yield words
    for step in steps:
        if isinstance(step, np.ndarray):
            levels = [_packed_dreaming.grow(word, [step], state)[0] for word in words]
            words = np.stack(levels)
        else:
            words = _packed_conditional.upscale(words, step, state)
        yield words


def conditional_levels(coarse: np.ndarray, steps: Sequence, stream) -> list[np.ndarray]:
    """Upscale int8 (n, L0, L0) once a step and return every level, the start included."""
    conditional.check_side(coarse.shape[1])
    grown = conditional_words(_bits.pack_replicas(coarse), steps, stream)
    return [_bits.unpack_replicas(words, len(coarse)) for words in grown]


def conditional_sums(n: int, words: np.ndarray, steps: Sequence, stream) -> Sums:
    """Upscale uint64 (words, L0, L0) once a step; return M and E of every side."""
    sums: Sums = {}
    for level in conditional_words(words, steps, stream):
        parts = [_packed_observables.magnetisation_energy(word) for word in level]
        totals = [np.concatenate(part)[:n] for part in zip(*parts, strict=True)]
        sums[level.shape[1]] = (totals[0], totals[1])
    return sums
