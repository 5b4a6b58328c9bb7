"""Blocks of work: how n configurations are cut, and how the blocks run on all cores.

The cut depends on n alone, each block has a random stream of its own, and results come back in
order: the number of workers cannot change them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from inverse_rg import _random

LARGEST_BLOCK = 1024
"""Configurations in a block once n is large; a multiple of the 64 replicas of a packed word."""


def block_sizes(n: int) -> list[int]:
    """Cut `n` configurations into blocks of a multiple of 64, the last one shorter.

    About 64 blocks while n is small, so that a jackknife has something to leave out, and blocks
    of `LARGEST_BLOCK` once it is large.
    """
    size = min(LARGEST_BLOCK, 64 * max(1, n // 4096))
    full, rest = divmod(n, size)
    return [size] * full + ([rest] if rest else [])


def run(
    task: Callable[[int, np.random.SeedSequence], object],
    n: int,
    rng: _random.Seed,
    *,
    workers: int | None = None,
) -> Iterator:
    """Yield ``task(block size, stream)`` for every block of `n` configurations, in order.

    Parameters
    ----------
    task : callable
        Draws one block from the stream it is given; it should spend its time in kernels that
        release the interpreter lock.
    n : int
        Configurations in all.
    rng : int, SeedSequence or Generator
        Block number b draws from the stream ``child(seed_sequence(rng), b)``.
    workers : int, optional
        Threads; all cores by default. It changes the speed and nothing else.
    """
    root = _random.seed_sequence(rng)
    sizes = block_sizes(n)
    workers = min(len(sizes), workers or os.cpu_count() or 1)
    if workers <= 1:
        for index, size in enumerate(sizes):
            yield task(size, _random.child(root, index))
        return
    with ThreadPoolExecutor(workers) as pool:
        # A short queue keeps memory constant: at most two blocks a worker wait to be read.
        waiting: list[Future] = []
        try:
            for index, size in enumerate(sizes):
                waiting.append(pool.submit(task, size, _random.child(root, index)))
                if len(waiting) >= 2 * workers:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()
