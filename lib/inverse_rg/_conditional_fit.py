"""The likeliest parameters of a conditional draw, from its counts: convex, by Newton's method."""

from __future__ import annotations

import numpy as np

from inverse_rg._conditional_counts import Counts

_LARGEST_ITERATIONS = 60


def fit(counts: Counts, free: list[int] | None = None) -> tuple[np.ndarray, np.ndarray, float]:
    """Return parameters, their standard errors and the loss per draw, in nats.

    Parameters
    ----------
    counts : Counts
        Sufficient statistics.
    free : list of int, optional
        Which parameters are fitted; the others stay zero. All by default.

    Raises
    ------
    ValueError
        If the counts do not determine the parameters.

    Notes
    -----
    The log likelihood of an exponential family is concave, so that Newton's method, with a step
    halved where it overshoots, ends at its only maximum. Errors are those of the sandwich
    H^-1 (sum_g S_g S_g^T) H^-1 with the score S_g of each group of configurations.
    """
    everything = counts.numbers.shape[2]
    chosen = list(range(everything)) if free is None else free
    numbers = counts.numbers[:, :, chosen]
    total = counts.counts.sum(axis=0)
    kept = total.sum(axis=1) > 0
    numbers, offsets, total = numbers[kept], counts.offsets[kept], total[kept]
    draws = total.sum()
    if not draws:
        raise ValueError("counts must hold at least one draw, got none")
    parameters = np.zeros(len(chosen))
    value, gradient, hessian = _expand(numbers, offsets, total, parameters)
    for _ in range(_LARGEST_ITERATIONS):
        curvatures = np.linalg.eigvalsh(hessian)
        if not curvatures[0] > 1e-10 * curvatures[-1]:
            raise ValueError("counts do not determine the parameters: the loss is flat somewhere")
        step = np.linalg.solve(hessian, gradient)
        fall = gradient @ step
        while fall > 1e-10 * value:
            if _expand(numbers, offsets, total, parameters - step)[0] < value:
                break
            step, fall = step / 2, fall / 2
        parameters = parameters - step
        value, gradient, hessian = _expand(numbers, offsets, total, parameters)
        if fall <= 1e-16 * value:
            break
    else:
        raise ValueError("counts have no finite optimum: the loss still falls")
    groups = counts.counts[:, kept]
    mean = np.einsum("co,cop->cp", _probabilities(numbers, offsets, parameters), numbers)
    scores = np.einsum("gco,cop->gp", groups, numbers) - groups.sum(axis=2) @ mean
    inverse = np.linalg.inv(hessian * draws)
    spread = len(scores) / max(1, len(scores) - 1) * scores.T @ scores
    result, errors = np.zeros(everything), np.zeros(everything)
    result[chosen] = parameters
    errors[chosen] = np.sqrt(np.diag(inverse @ spread @ inverse))
    return result, errors, float(value)


def _probabilities(numbers, offsets, parameters) -> np.ndarray:
    weights = numbers @ parameters + offsets
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _expand(numbers, offsets, total, parameters):
    """Return loss per draw, gradient and Hessian."""
    draws = total.sum()
    probability = _probabilities(numbers, offsets, parameters)
    with np.errstate(divide="ignore"):
        logarithms = np.where(total > 0, np.log(probability), 0.0)
    value = -(total * logarithms).sum() / draws
    mean = np.einsum("co,cop->cp", probability, numbers)
    often = total.sum(axis=1)
    gradient = -(np.einsum("co,cop->p", total, numbers) - often @ mean) / draws
    second = np.einsum("co,cop,coq->pq", probability * often[:, None], numbers, numbers)
    hessian = (second - (often[:, None] * mean).T @ mean) / draws
    return value, gradient, hessian
