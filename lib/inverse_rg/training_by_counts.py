"""Training of a two-layer network with k = 3 on pattern counts: full batch, in seconds."""

from __future__ import annotations

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
    learning_rate: float = 1e-2,
    steps: int = 2000,
) -> tuple[TwoLayer, np.ndarray]:
    """Minimise the loss of all counted configurations at once, by AdamW with a one-cycle rate.

    Parameters
    ----------
    counts : NeighbourhoodCounts
        Patterns of the training configurations.
    model : TwoLayer
        A network with k = 3 on the processor; it is trained in place.
    weighted : bool
        Whether to use the literal weights w_a = 2^-ties of Eq. (13).
    learning_rate : float
        Largest step of AdamW, 0 to 1000.
    steps : int
        Updates.

    Returns
    -------
    model : TwoLayer
        The model given, trained.
    losses : ndarray of float64, shape (steps + 1,)
        Loss per spin before each update, and at the end, in nats.

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
    steps = _check.integer("steps", steps, minimum=1)
    chosen = torch.from_numpy(counts.chosen(weighted) / counts.chosen(weighted).sum())
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=learning_rate, weight_decay=0.0, fused=False
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=learning_rate, total_steps=steps + 1
    )
    losses = np.empty(steps + 1)
    model.train()
    for step in range(steps + 1):
        optimiser.zero_grad()
        loss = count_loss(model, chosen)
        losses[step] = float(loss.detach())
        if not np.isfinite(losses[step]):
            raise ValueError(
                f"learning_rate {learning_rate:g} made the loss {losses[step]} after {step} "
                "steps; it must be smaller for this model"
            )
        if step < steps:
            loss.backward()
            optimiser.step()
            scheduler.step()
    model.eval()
    return model, losses


def count_loss(model: TwoLayer, shares: torch.Tensor) -> torch.Tensor:
    """Return the loss per spin for shares of all spins, float64 (4, 2, 512), with its gradient."""
    table = field_table(model).double()
    return (shares[:, 0] * softplus(2 * table) + shares[:, 1] * softplus(-2 * table)).sum()


def field_table(model: TwoLayer) -> torch.Tensor:
    """Return the field of every neighbourhood, (4, 512), with its gradient in the weights."""
    spins = torch.from_numpy(neighbourhoods.neighbourhood_spins()).to(model.first.device)
    # A lattice of 3 x 3 is its own neighbourhood: the middle cell sees every spin once.
    table = model._field(spins)[:, 2:4, 2:4].reshape(-1, 4).T
    if not model.symmetrised:
        return table
    parts = []
    for places, patterns in neighbourhoods.symmetries():
        moved = table[torch.from_numpy(places)][:, torch.from_numpy(patterns)]
        parts.append(moved - moved.flip(1))  # the complement of a pattern is its mirror
    return torch.stack(parts).sum(0) / 16
