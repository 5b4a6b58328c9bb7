"""Compiled upscaling of dense lattices, one spin at a time: the readable twin of the packed one."""

from __future__ import annotations

import math

import numpy as np

from inverse_rg._jit import next_uniform, njit
from inverse_rg.kernels import window_steps


def window_sites(half: int, width: int) -> np.ndarray:
    """Return the coarse coordinates that each fine coordinate sees, int64 (2 half, width).

    A fine spin in the left (right) half of its coarse cell sees the coarse spins own, left,
    right, second left, ... (own, right, left, ...): near ones first. Lattices narrower than the
    window are wrapped around as often as it takes.
    """
    fine = np.arange(2 * half)
    side = np.where(fine % 2 == 0, -1, 1)
    return (fine[:, None] // 2 + side[:, None] * window_steps(width)[None, :]) % half


def upscale(coarse: np.ndarray, window: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Draw one level, int8 (n, 2H, 2H), from `coarse`, int8 (n, H, H); `state` advances."""
    half = coarse.shape[1]
    fine = np.empty((len(coarse), 2 * half, 2 * half), np.int8)
    _upscale_kernel(coarse, fine, window, window_sites(half, len(window)), state)
    return fine


@njit
def _upscale_kernel(coarse, fine, window, sites, state):
    side = fine.shape[1]
    width = window.shape[0]
    for replica in range(coarse.shape[0]):
        spins = coarse[replica]
        for y in range(side):
            for x in range(side):
                field = 0.0
                for p in range(width):
                    for q in range(width):
                        field += window[p, q] * spins[sites[y, p], sites[x, q]]
                up = next_uniform(state) * (1.0 + math.exp(-2.0 * field)) < 1.0
                fine[replica, y, x] = 1 if up else -1
