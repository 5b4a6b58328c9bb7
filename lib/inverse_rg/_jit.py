"""What every compiled kernel shares: the decorator and a random word.

A kernel releases the interpreter lock, so that a thread pool runs blocks of work on all cores.
In Numba ``int64 + uint64`` is float64: every constant that meets a uint64 is wrapped in `u64`.
"""

from __future__ import annotations

import functools
from typing import Any

import numba
import numpy as np

u64 = np.uint64

# Any, since Numba brings no types that mypy could follow through a decorated kernel.
njit: Any = functools.partial(numba.njit, cache=True, nogil=True, error_model="numpy")


@njit(inline="always")
def _rotate_left(word, count):
    return (word << u64(count)) | (word >> u64(64 - count))


@njit(inline="always")
def next_word(state):
    """Advance `state`, uint64 (4,), and return 64 random bits (xoshiro256++, Blackman and Vigna).

    The generator passes BigCrush and has period 2^256 - 1; `_random.state_words` starts it.
    """
    word = _rotate_left(state[0] + state[3], 23) + state[0]
    shifted = state[1] << u64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = _rotate_left(state[3], 45)
    return word


@njit(inline="always")
def next_uniform(state):
    """Return a float64 uniform on [0, 1), a multiple of 2^-53."""
    return float(next_word(state) >> u64(11)) * 2.0**-53
