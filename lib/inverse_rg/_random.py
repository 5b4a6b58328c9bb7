"""Random streams: one independent stream per block of work, from (seed, block index) alone.

Every public function takes ``rng`` as SPEC 7 has it: an int seed, a ``SeedSequence`` or a
``Generator``, required, never global. Work is cut into blocks whose streams depend on the seed
and on the block's index and on nothing else, so the number of workers cannot change a result.
"""

from __future__ import annotations

import numpy as np

Seed = int | np.random.SeedSequence | np.random.Generator


def seed_sequence(rng: Seed) -> np.random.SeedSequence:
    """Return the ``SeedSequence`` behind `rng`.

    An int or a ``SeedSequence`` gives the same sequence each time; a ``Generator`` is advanced,
    so that two calls that share one generator draw different numbers.

    Raises
    ------
    TypeError
        If `rng` is none of the three (``None`` and the global state are refused on purpose).
    ValueError
        If `rng` is a negative int.
    """
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence([int(word) for word in rng.integers(2**63, size=4)])
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        if rng < 0:
            raise ValueError(f"rng must be a non-negative seed, got {rng}")
        return np.random.SeedSequence(int(rng))
    raise TypeError(
        "rng must be an int seed, a numpy.random.SeedSequence or a numpy.random.Generator, "
        f"got {type(rng).__name__}"
    )


def child(sequence: np.random.SeedSequence, *key: int) -> np.random.SeedSequence:
    """Return the stream number `key` below `sequence`, without changing `sequence`.

    Unlike ``SeedSequence.spawn`` this has no memory: the same key is the same stream.
    """
    return np.random.SeedSequence(
        sequence.entropy, spawn_key=(*sequence.spawn_key, *key), pool_size=sequence.pool_size
    )


def state_words(sequence: np.random.SeedSequence) -> np.ndarray:
    """Return the four uint64 words, shape (4,), that start a xoshiro256++ generator."""
    return sequence.generate_state(4, np.uint64)
