"""Training of a two-layer network with k = 3 on pattern counts: full batch, in seconds."""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch.nn.functional import softplus

from inverse_rg import _check, neighbourhoods
from inverse_rg.models import TwoLayer
from inverse_rg.neighbourhoods import NeighbourhoodCounts


def train_by_counts(
    counts: NeighbourhoodCounts,
    model: TwoLayer,
    *,
    weighted: bool = False,
    learning_rate: float = 2e-2,
    steps: int = 300,
    refinements: int = 300,
) -> tuple[TwoLayer, np.ndarray]:
    """Minimise the loss of all counted configurations at once.

    AdamW with a one-cycle rate, as for mini-batches, and then L-BFGS, which a loss without noise
    allows and which reaches in a second what AdamW does not in minutes.

    Parameters
    ----------
    counts : NeighbourhoodCounts
        Patterns of the training configurations.
    model : TwoLayer
        A network with k = 3 on the processor; it is trained in place.
    weighted : bool
        Whether to use the literal weights w_a = 2^-ties of Eq. (13).
    learning_rate : float
        Peak learning rate of AdamW, 0 to 1000.
    steps : int
        Updates of AdamW.
    refinements : int
        Most evaluations of the loss by L-BFGS; 0 leaves it out.

    Returns
    -------
    model : TwoLayer
        The model given, trained.
    losses : ndarray of float64
        Loss per spin before each update, at each evaluation of L-BFGS, and at the end, in nats.

    Raises
    ------
    ValueError
        If the network has another kernel size, or an option is out of its range.
    TypeError
        If `model` is not a `TwoLayer`.

    Notes
    -----
    Eqs. (12) and (13) of arXiv:2506.04016 without mini-batches: the same loss as that of `train`
    on the same coarse configurations, at the cost of 512 windows.
    """
    if not isinstance(model, TwoLayer):
        raise TypeError(f"model must be a TwoLayer, got {type(model).__name__}")
    if model.size != 3:
        raise ValueError(f"model must have k = 3 to be trained by counts, got k = {model.size}")
    learning_rate = _check.real("learning_rate", learning_rate, minimum=0.0, maximum=1e3)
    steps = _check.integer("steps", steps, minimum=2)
    refinements = _check.integer("refinements", refinements, minimum=0)
    shares = torch.from_numpy(counts.chosen(weighted) / counts.chosen(weighted).sum())
    losses: list[float] = []
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=learning_rate, weight_decay=0.0, fused=False
    )

    def evaluate() -> torch.Tensor:
        optimiser.zero_grad()
        loss = count_loss(model, shares)
        losses.append(float(loss.detach()))
        if not np.isfinite(losses[-1]):
            raise ValueError(
                f"learning_rate {learning_rate:g} made the loss {losses[-1]} after "
                f"{len(losses) - 1} steps; it must be smaller for this model"
            )
        loss.backward()
        return loss

    model.train()
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=steps
    )
    for _ in range(steps):
        evaluate()
        optimiser.step()
        scheduler.step()
    if refinements:
        torch.optim.LBFGS(
            model.parameters(),
            max_iter=refinements,
            max_eval=refinements,
            history_size=20,
            line_search_fn="strong_wolfe",
            tolerance_grad=1e-9,
            tolerance_change=1e-12,
        ).step(evaluate)
    evaluate()
    optimiser.zero_grad()
    model.eval()
    return model, np.array(losses)


def count_loss(model: TwoLayer, shares: torch.Tensor) -> torch.Tensor:
    """Return the loss per spin, with its gradient.

    `shares`, float64 (4, 2, 512), are the parts of all spins by place in the block, spin (down, up)
    and pattern of the 3 x 3 coarse spins.
    """
    table = field_table(model).double()
    return (shares[:, 0] * softplus(2 * table) + shares[:, 1] * softplus(-2 * table)).sum()


def field_table(model: TwoLayer) -> torch.Tensor:
    """Return the field of every neighbourhood, (4, 512), with its gradient in the weights.

    Only the middle cell's fields are evaluated, and the 4 x 4 hidden fine spins that they need.
    """
    like = model.first  # its dtype and device
    first_steps, second_steps = (torch.from_numpy(steps).to(like) for steps in _steps())
    spins = torch.from_numpy(neighbourhoods.neighbourhood_spins()).to(like).reshape(-1, 9)
    down = torch.einsum("iod,jpe,cde->opijc", first_steps, first_steps, model.first)
    back = torch.einsum("iad,jbe,cde->ijcab", second_steps, second_steps, model.second)
    hidden = (spins @ down.reshape(9, -1) + model.bias.repeat(16)).relu()
    table = (hidden @ back.reshape(-1, 4)).T
    if not model.symmetrised:
        return table
    parts = []
    for places, patterns in neighbourhoods.symmetries():
        moved = table[torch.from_numpy(places)][:, torch.from_numpy(patterns)]
        parts.append(moved - moved.flip(1))  # the complement of a pattern is its mirror
    return torch.stack(parts).sum(0) / 16


@functools.cache
def _steps() -> tuple[np.ndarray, np.ndarray]:
    """Return along one axis which weight d joins what, for fine spins 1 to 4 of the six.

    The first, (4, 3, 3), joins them with the coarse spins [i, o, d]; the second, (4, 2, 3), with
    the two fine spins of the middle cell, numbers 2 and 3: [i, a, d].
    """
    first, second = np.zeros((4, 3, 3)), np.zeros((4, 2, 3))
    for i in range(4):
        for d in range(3):
            first[i, (i + d) // 2, d] = 1
            if 0 <= i - d <= 1:
                second[i, i - d, d] = 1
    return first, second
