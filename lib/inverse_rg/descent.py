"""The paper's descent, free of mini-batch noise: AdamW on the exact loss of a sample.

Pattern counts hold all that the loss depends on, so that a step over all M configurations costs
as much as one over a table of patterns. What remains is the path of the optimiser itself.
"""

from __future__ import annotations

import numpy as np

from inverse_rg import _check
from inverse_rg.kernels import Kernel, offset_classes
from inverse_rg.optimum import kernel_features
from inverse_rg.patterns import PatternCounts


def descend(
    patterns: PatternCounts,
    size: int,
    *,
    steps: int,
    learning_rate: float = 1e-2,
    weighted: bool = False,
) -> list[Kernel]:
    """Return the kernels along a full-batch AdamW descent from zero parameters.

    Parameters
    ----------
    patterns : PatternCounts
        What `inverse_rg.count_patterns` returned, with a window of at least (k + 1)/2.
    size : int
        Kernel size k.
    steps : int
        Updates of AdamW, without weight decay.
    learning_rate : float
        Fixed, above 0.
    weighted : bool
        Whether to use the literal weights of Eq. (13).

    Returns
    -------
    list of Kernel, length steps + 1
        The start first; ``inverse_rg.optimum.loss`` gives the loss of each.

    Raises
    ------
    ValueError
        If an argument is out of its range or the window of `patterns` is too small.

    Notes
    -----
    With M = 10^6, a fifth held out and batches of 5 10^4, an epoch of the paper is 16 updates.
    """
    import torch

    steps = _check.integer("steps", steps, minimum=1)
    learning_rate = _check.real("learning_rate", learning_rate, minimum=1e-12)
    features, down, up = (
        torch.from_numpy(np.ascontiguousarray(part, dtype=np.float64))
        for part in kernel_features(patterns, size, weighted=weighted)
    )
    total = (down + up).sum()
    parameters = torch.zeros(len(offset_classes(size)), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.AdamW([parameters], lr=learning_rate, weight_decay=0.0, fused=False)
    path = [parameters.detach().tolist()]
    for _ in range(steps):
        optimiser.zero_grad()
        field = features @ parameters
        # -log p of a spin up and of a spin down, Eq. (9).
        costs = torch.nn.functional.softplus(-2 * field) * up
        costs = costs + torch.nn.functional.softplus(2 * field) * down
        (costs.sum() / total).backward()
        optimiser.step()
        path.append(parameters.detach().tolist())
    return [Kernel(size, tuple(values)) for values in path]
