"""The optimum for windows that are too wide to count patterns: Newton by passes over a sample.

A 5 x 5 window has 2^25 patterns and a 6 x 6 window 2^36, but the loss is still a logistic
regression with 15 or 21 features. Its gradient is a sum over fine spins, collected in one pass
over configurations that are drawn anew in every pass, the same ones each time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inverse_rg import _blocks, _check, _patterns, _random, blocking
from inverse_rg._jit import njit
from inverse_rg.kernels import Kernel, offset_classes
from inverse_rg.optimum import Optimum, _scatter, _symmetric, _window_to_kernel

LARGEST_PASSES = 12
CONVERGED = 0.01
"""A Newton step this small in units of the statistical error is the last one."""
FAR = 30.0
"""After a step longer than this, in the same units, the Hessian is made anew."""


def optimum_by_passes(
    ensemble,
    n: int,
    start: Kernel,
    *,
    rng: _random.Seed,
    groups: int = 32,
    curvature: int = 1,
) -> Optimum:
    """Find the kernel of least loss of any size on `n` configurations.

    Parameters
    ----------
    ensemble : Ising or Dream
        What to draw; its side is even.
    n : int
        Configurations, a multiple of `groups`.
    start : Kernel
        Where to start; its size is that of the result. See `embed`.
    rng : int, SeedSequence or Generator
        Seed of the configurations and of their ties.
    groups : int
        Groups of configurations for the standard errors, at least 2.
    curvature : int
        Groups whose configurations make up the Hessian; the gradient always sums over all.

    Returns
    -------
    Optimum
        As from `inverse_rg.optimum.optimum` with uniform weights.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the iteration does not converge.

    Notes
    -----
    Minimises Eq. (12) of arXiv:2506.04016. Where the gradient over all configurations vanishes
    does not depend on the Hessian; one from fewer configurations only makes convergence linear,
    with a factor of the order of its relative error.
    """
    if not isinstance(start, Kernel):
        raise TypeError(f"start must be a Kernel, got {type(start).__name__}")
    groups = _check.integer("groups", groups, minimum=2)
    curvature = _check.integer("curvature", curvature, minimum=1, maximum=groups)
    n = _check.integer("n", n, minimum=groups)
    if n % groups:
        raise ValueError(f"n must be a multiple of groups = {groups}, got {n}")
    if ensemble.size % 2:
        raise ValueError(f"ensemble must have an even side, got {ensemble.size}")
    root = _random.seed_sequence(rng)
    width = len(start.window)
    parameters = start.window[np.triu_indices(width)]
    inverse, far, passed = np.zeros((len(parameters),) * 2), True, 0
    while True:
        passed += 1
        scores, losses = np.empty((groups, len(parameters))), np.empty(groups)
        hessian = np.zeros((len(parameters),) * 2)
        for group in range(groups):
            curved = far and group < curvature
            stream = _random.child(root, group)
            sums = _group_sums(ensemble, n // groups, parameters, width, stream, curved)
            losses[group], scores[group] = sums[0], sums[1]
            hessian += sums[2]
        spins = n * ensemble.size**2
        if far:
            inverse = np.linalg.inv(hessian / (spins * curvature / groups))
        gradient = scores.sum(axis=0) / spins
        step = inverse @ gradient
        centred = (scores - scores.mean(axis=0)) / spins
        covariance = inverse @ _scatter(centred) @ inverse
        length = np.max(np.abs(step) / np.sqrt(np.diag(covariance)))
        if length <= CONVERGED:
            break
        far = length > FAR
        if passed == LARGEST_PASSES:
            raise ValueError(f"the iteration has not converged in {LARGEST_PASSES} passes")
        parameters = parameters - step

    to_kernel = _window_to_kernel(start.size)
    kernel_covariance = to_kernel @ covariance @ to_kernel.T
    kernel = Kernel(
        start.size,
        tuple((to_kernel @ parameters).tolist()),
        tuple(np.sqrt(np.diag(kernel_covariance)).tolist()),
    )
    least = float(losses.sum() / spins)
    return Optimum(
        kernel=kernel,
        loss=least,
        loss_error=float(np.sqrt(_scatter((losses / spins - least / groups)[:, None])[0, 0])),
        covariance=kernel_covariance,
        fisher_covariance=to_kernel @ inverse @ to_kernel.T / spins,
        window_errors=_symmetric(np.sqrt(np.diag(covariance))),
        iterations=passed,
        effective_configurations=float(n),
        weighted=False,
    )


def embed(kernel: Kernel, size: int) -> Kernel:
    """Return the k x k kernel of larger `size` whose window is the old one, zero outside.

    Raises
    ------
    ValueError
        If `size` is even or below the kernel's.
    """
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    size = _check.integer("size", size, minimum=kernel.size)
    offset_classes(size)  # refuses even sizes
    window = np.zeros(((size + 1) // 2,) * 2)
    old = len(kernel.window)
    window[:old, :old] = kernel.window
    return replace(Kernel.from_window(window), provenance=kernel.provenance)


def _group_sums(ensemble, number: int, parameters, width: int, stream, curved: bool):
    """Return loss, gradient and Hessian (zeros unless `curved`), summed over a group's spins."""
    spins = ensemble.sample(number, rng=_random.child(stream, 0))
    coarse = blocking.block(spins, rng=_random.child(stream, 1))
    sites = _patterns.window_sites(coarse.shape[1], width)
    starts = np.cumsum([0, *_blocks.block_sizes(number)])

    def task(count, block):
        first = starts[block.spawn_key[-1]]
        part = slice(first, first + count)
        gradient = np.zeros(len(parameters))
        hessian = np.zeros((len(parameters),) * 2)
        loss = _accumulate(spins[part], coarse[part], sites, parameters, gradient, hessian, curved)
        return loss, gradient, hessian

    total = [0.0, np.zeros(len(parameters)), np.zeros((len(parameters),) * 2)]
    for parts in _blocks.run(task, number, stream):
        total = [left + right for left, right in zip(total, parts, strict=True)]
    return total


@njit
def _accumulate(spins, coarse, sites, parameters, gradient, hessian, curved):
    """Add gradient and Hessian of some configurations; return their loss, -sum log p."""
    width = sites.shape[2]
    number = len(parameters)
    features = np.empty(number)
    loss = 0.0
    for i in range(len(spins)):
        for y in range(spins.shape[1]):
            for x in range(spins.shape[2]):
                rows, columns = sites[y % 2, y // 2], sites[x % 2, x // 2]
                field = 0.0
                place = 0
                for p in range(width):
                    features[place] = coarse[i, rows[p], columns[p]]
                    field += parameters[place] * features[place]
                    place += 1
                    for q in range(p + 1, width):
                        one = coarse[i, rows[p], columns[q]] + coarse[i, rows[q], columns[p]]
                        features[place] = one
                        field += parameters[place] * one
                        place += 1
                spin = spins[i, y, x]
                against = np.exp(-2 * spin * field)
                loss += np.log1p(against)
                # d(-log p)/dh = tanh h - s, of magnitude 2 p(-s).
                slope = -2.0 * spin * against / (1 + against)
                for a in range(number):
                    gradient[a] += slope * features[a]
                if curved:
                    curve = 4 * against / (1 + against) ** 2
                    for a in range(number):
                        for b in range(number):
                            hessian[a, b] += curve * features[a] * features[b]
    return loss
