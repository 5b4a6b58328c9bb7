"""The unique optimum of the single-layer loss, from pattern counts by Newton's method.

A fine spin's field is linear in the coarse window that it sees, so that the single-layer model is
a logistic regression: its loss is convex and Newton reaches the minimum in a few steps.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inverse_rg import _check
from inverse_rg.kernels import Kernel, offset_classes
from inverse_rg.patterns import LARGEST_WINDOW, PatternCounts, count_patterns

__all__ = ["Optimum", "PatternCounts", "count_patterns", "fit", "loss", "optimum"]

_LARGEST_ITERATIONS = 60


@dataclass(frozen=True, eq=False)
class Optimum:
    """The kernel that minimises the loss on some pattern counts.

    Attributes
    ----------
    kernel : Kernel
        The optimum, with its standard errors when there are two groups or more.
    loss, loss_error : float
        Least loss per spin, in nats, and its standard error from group to group.
    covariance : ndarray of float64, shape (P, P)
        Covariance of the parameters, by the sandwich of group scores; nan with a single group.
    fisher_covariance : ndarray of float64, shape (P, P)
        The naive one: inverse Hessian for as many independent spins as there are effectively.
    window_errors : ndarray of float64, shape (n, n)
        Standard errors of the entries of ``kernel.window``, from `covariance`.
    iterations : int
        Newton steps.
    effective_configurations : float
        (sum w)^2 / sum w^2.
    weighted : bool
        Whether configurations counted with the literal weights of Eq. (13).

    Notes
    -----
    The inverse Hessian would be the covariance if the model were the true conditional law and the
    fine spins of a lattice independent given the coarse ones. Neither holds: neighbouring fine
    spins are correlated, and so are successive configurations. The sandwich
    H^-1 (sum_g S_g S_g^T) H^-1 with the score S_g of each group of configurations needs neither.
    """

    kernel: Kernel
    loss: float
    loss_error: float
    covariance: np.ndarray
    fisher_covariance: np.ndarray
    window_errors: np.ndarray
    iterations: int
    effective_configurations: float
    weighted: bool


def optimum(patterns: PatternCounts, size: int, *, weighted: bool = False) -> Optimum:
    """Find the k x k kernel of least loss and its errors.

    Parameters
    ----------
    patterns : PatternCounts
        Counts with a window of at least (k + 1)/2.
    size : int
        Kernel size k: 1, 3, 5 or 7.
    weighted : bool
        Whether to use the literal weights w_a = 2^-ties of Eq. (13).

    Returns
    -------
    Optimum
        Kernel, least loss, covariances.

    Raises
    ------
    ValueError
        If the counts have too small a window, or do not determine the kernel: too few patterns,
        a lattice on which the window wraps onto itself, or spins that never differ from their
        coarse ones.

    Notes
    -----
    Minimises Eq. (12) of arXiv:2506.04016, or Eq. (13) with weights, divided by the number of
    spins. Newton's step is halved when it would not lower the loss.
    """
    size, counts = _counts(patterns, size, weighted)
    features = _features((size + 1) // 2)
    down, up = counts.sum(axis=0)
    seen = down + up > 0
    features, down, up = features[seen], down[seen], up[seen]
    n_spins = down.sum() + up.sum()

    parameters, iterations = _minimise(features, down, up, size)
    least, _, hessian = _expand(features, down, up, parameters)
    inverse = np.linalg.inv(hessian)
    group_counts = counts[:, :, seen]
    field = features @ parameters
    residual = (group_counts[:, 1] - group_counts.sum(axis=1) / (1 + np.exp(-2 * field))) / n_spins
    covariance = inverse @ _scatter(2 * residual @ features) @ inverse
    losses = _group_losses(group_counts, field) / n_spins
    shares = group_counts.sum(axis=(1, 2)) / n_spins
    effective = patterns.effective_configurations(weighted=weighted)
    to_kernel = _window_to_kernel(size)
    kernel = Kernel(size, tuple((to_kernel @ parameters).tolist()))
    kernel_covariance = to_kernel @ covariance @ to_kernel.T
    if np.isfinite(kernel_covariance).all():
        errors = np.sqrt(np.diag(kernel_covariance)).tolist()
        kernel = replace(kernel, standard_errors=tuple(errors))
    return Optimum(
        kernel=kernel,
        loss=float(least),
        loss_error=float(np.sqrt(_scatter((losses - least * shares)[:, None])[0, 0])),
        covariance=kernel_covariance,
        fisher_covariance=to_kernel @ inverse @ to_kernel.T / (effective * patterns.size**2),
        window_errors=_symmetric(np.sqrt(np.diag(covariance))),
        iterations=iterations,
        effective_configurations=effective,
        weighted=bool(weighted),
    )


def fit(patterns: PatternCounts, size: int, *, weighted: bool = False) -> Kernel:
    """Return the k x k kernel of least loss, with standard errors and where it comes from.

    See `optimum` for the arguments, the errors raised and the method.
    """
    best = optimum(patterns, size, weighted=weighted)
    provenance: dict[str, Any] = {
        "source": "exact optimum of the single-layer loss, by Newton on pattern counts",
        "training_lattice": patterns.size,
        "training_configurations": patterns.configurations,
        "weighted": best.weighted,
        "effective_configurations": best.effective_configurations,
        "loss_per_spin": best.loss,
    }
    return replace(best.kernel, provenance=provenance)


def loss(patterns: PatternCounts, kernel: Kernel, *, weighted: bool = False) -> float:
    """Return the loss per spin of a kernel on pattern counts, in nats, exactly.

    Parameters
    ----------
    patterns : PatternCounts
        Counts with a window of at least (k + 1)/2.
    kernel : Kernel
        Any kernel, k x k.
    weighted : bool
        Whether to use the literal weights w_a = 2^-ties of Eq. (13).

    Raises
    ------
    ValueError
        If the counts have too small a window.

    Notes
    -----
    Eqs. (12) and (13) of arXiv:2506.04016, divided by the number of spins.
    """
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    size, counts = _counts(patterns, kernel.size, weighted)
    width = (size + 1) // 2
    field = _features(width) @ kernel.window[np.triu_indices(width)]
    return float(_group_losses(counts, field).sum() / counts.sum())


def _counts(patterns: PatternCounts, size: int, weighted: bool) -> tuple[int, np.ndarray]:
    """Check, and return the kernel size and the counts, (groups, 2, patterns), that it needs."""
    if not isinstance(patterns, PatternCounts):
        raise TypeError(f"patterns must be PatternCounts, got {type(patterns).__name__}")
    size = _check.integer("size", size, minimum=1, maximum=2 * LARGEST_WINDOW - 1)
    offset_classes(size)  # refuses even sizes
    width = (size + 1) // 2
    if width > patterns.window:
        raise ValueError(
            f"size must be at most {2 * patterns.window - 1} for patterns counted with "
            f"window = {patterns.window}, got {size}"
        )
    reduced = patterns.marginal(width)
    counts = reduced.weighted_counts if weighted else reduced.counts
    filled = counts.sum(axis=(1, 2)) > 0
    if not filled.any():
        raise ValueError("patterns must hold at least one configuration, got none")
    return size, counts[filled]


def kernel_features(patterns: PatternCounts, size: int, *, weighted: bool = False):
    """Return what the loss of a k x k kernel is made of: d field / d parameter, and counts.

    Returns
    -------
    features : ndarray of float64, shape (patterns, P)
        The field of a window pattern is ``features @ kernel.parameters``.
    down, up : ndarray of float64, shape (patterns,)
        How often the fine spin was down, or up, there.
    """
    size, counts = _counts(patterns, size, weighted)
    down, up = counts.sum(axis=0)
    return _features((size + 1) // 2) @ np.linalg.inv(_window_to_kernel(size)), down, up


@functools.cache
def _features(width: int) -> np.ndarray:
    """Return d field / d A[p, q], p <= q, for every pattern: float64 (2^(n n), n (n + 1)/2)."""
    bits = np.arange(width**2)[::-1]
    spins = 2.0 * (np.arange(1 << width**2)[:, None] >> bits & 1) - 1
    spins = spins.reshape(-1, width, width)
    both = spins + spins.transpose(0, 2, 1)
    both[:, range(width), range(width)] /= 2
    rows, columns = np.triu_indices(width)
    return np.ascontiguousarray(both[:, rows, columns])


def _minimise(features, down, up, size: int) -> tuple[np.ndarray, int]:
    """Return the window parameters of least loss, and the Newton steps taken from zeros."""
    parameters = np.zeros(features.shape[1])
    value, gradient, hessian = _expand(features, down, up, parameters)
    for iteration in range(1, _LARGEST_ITERATIONS + 1):
        step = np.linalg.solve(_determined(hessian, size), gradient)
        fall = gradient @ step  # twice what the step should gain, by the quadratic model
        last = fall <= 1e-16 * value  # quadratic convergence: this step ends at rounding
        # A fall below what the loss can resolve cannot be seen in it, and needs no care.
        while fall > 1e-10 * value:
            if _expand(features, down, up, parameters - step)[0] < value:
                break
            step, fall = step / 2, fall / 2
        parameters = parameters - step
        if last:
            return parameters, iteration
        value, gradient, hessian = _expand(features, down, up, parameters)
    raise ValueError(
        f"patterns have no finite optimum for a {size} x {size} kernel: the loss still fell "
        f"after {_LARGEST_ITERATIONS} Newton steps (their spins follow their coarse ones)"
    )


def _expand(features, down, up, parameters):
    """Return loss per spin, gradient and Hessian in the window parameters."""
    field = features @ parameters
    total = down + up
    n_spins = total.sum()
    probability = 1 / (1 + np.exp(-2 * field))
    value = _group_losses(np.stack([down, up])[None], field)[0] / n_spins
    gradient = -2 * features.T @ (up - total * probability) / n_spins
    curvature = 4 * total * probability * (1 - probability) / n_spins
    return value, gradient, features.T @ (curvature[:, None] * features)


def _group_losses(counts, field):
    """Return -sum log p(s) over the spins of each group, (groups,), from (groups, 2, patterns)."""
    return counts[:, 0] @ np.logaddexp(0, 2 * field) + counts[:, 1] @ np.logaddexp(0, -2 * field)


def _determined(hessian, size):
    """Return the Hessian if it is safely positive definite, or say what is missing."""
    curvatures = np.linalg.eigvalsh(hessian)
    if not curvatures[0] > 1e-10 * curvatures[-1]:
        raise ValueError(
            f"patterns do not determine a {size} x {size} kernel: the loss is flat in some "
            "direction (too few different patterns, or a window that wraps onto itself)"
        )
    return hessian


def _scatter(values):
    """Return the covariance, (P, P), of a sum of independent rows, (groups, P), whose sum is 0."""
    groups = len(values)
    if groups < 2:
        return np.full((values.shape[1],) * 2, np.nan)
    return groups / (groups - 1) * values.T @ values


def _window_to_kernel(size: int) -> np.ndarray:
    """Return the (P, P) matrix from window parameters, p <= q, to kernel parameters."""
    count = len(offset_classes(size))
    return np.column_stack(
        [Kernel.from_window(_symmetric(unit)).parameters for unit in np.eye(count)]
    )


def _symmetric(values) -> np.ndarray:
    """Return the symmetric matrix (n, n) whose upper triangle is `values`, (n (n + 1)/2,)."""
    width = int((np.sqrt(8 * len(values) + 1) - 1) / 2)
    matrix = np.empty((width, width))
    rows, columns = np.triu_indices(width)
    matrix[rows, columns] = matrix[columns, rows] = values
    return matrix
