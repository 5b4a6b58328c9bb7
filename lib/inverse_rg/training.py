"""Training by AdamW mini-batches, Eqs. (12) and (13), on any torch device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import softplus

from inverse_rg import _check, _device, _random

_CHUNK_SPINS = {"cpu": 1 << 19, "cuda": 1 << 25}
"""Spins differentiated at a time: what fits a processor's cache, what fills a GPU."""


@dataclass(frozen=True)
class History:
    """Losses per spin, in nats, along a training run of S updates in E epochs.

    Attributes
    ----------
    step : ndarray of int64, shape (S,)
        Updates made before `training_loss` was measured: 0, 1, ...
    epoch : ndarray of float64, shape (S,)
        The same in passes through the training configurations.
    training_loss : ndarray of float64, shape (S,)
        Loss of each mini-batch, just before its update.
    validation_epoch : ndarray of int64, shape (E + 1,)
        Epochs finished when `validation_loss` was measured: 0 is before the first update.
    validation_loss : ndarray of float64, shape (E + 1,)
        Loss of the configurations held out; nan when none were.
    parameters : ndarray of float64, shape (E + 1, P)
        All parameters of the model, flattened, at the same times.
    """

    step: np.ndarray
    epoch: np.ndarray
    training_loss: np.ndarray
    validation_epoch: np.ndarray
    validation_loss: np.ndarray
    parameters: np.ndarray


@dataclass(frozen=True)
class _Sample:
    """Configurations on the device: fine int8 (n, L, L), coarse int8 (n, L/2, L/2), ties (n,)."""

    fine: torch.Tensor
    coarse: torch.Tensor
    ties: torch.Tensor

    def __len__(self) -> int:
        return len(self.fine)

    def part(self, index) -> _Sample:
        return _Sample(self.fine[index], self.coarse[index], self.ties[index])

    def most(self) -> int:
        """Return how many configurations to differentiate at a time to begin with."""
        spins = _CHUNK_SPINS.get(self.fine.device.type, 1 << 22)
        return max(1, spins // self.fine[0].numel())

    def chunks(self, count: int) -> Iterator[slice]:
        return (slice(first, first + count) for first in range(0, len(self), count))


def train(
    spins,
    model: torch.nn.Module,
    *,
    rng: _random.Seed,
    device=None,
    learning_rate: float = 1e-2,
    batch_size: int = 50_000,
    epochs: int = 20,
    weighted: bool = False,
    validation_fraction: float = 0.2,
    weight_decay: float = 0.0,
    schedule: str = "fixed",
    progress: bool = False,
) -> tuple[torch.nn.Module, History]:
    """Fit a model to critical configurations by AdamW on mini-batches.

    The coarse configurations are drawn once, by the majority rule with random ties.

    Parameters
    ----------
    spins : array_like of +-1, shape (M, L, L), L even
        Training configurations, in the order in which they were sampled.
    model : torch.nn.Module
        Maps coarse configurations, float (n, L/2, L/2), to fields (n, L, L). It is trained in
        place, and moved to `device`.
    rng : int, SeedSequence or Generator
        Seed of the ties and of the order of the mini-batches. The same seed gives the same result
        on the same device.
    device : str or torch.device, optional
        Where to train; by default a GPU where there is one.
    learning_rate : float
        Step of AdamW, 0 to 1000. The text has 0.001; the caption of Fig. 3 and the authors' code
        have 0.01.
    batch_size : int
        Most configurations in a mini-batch; clipped to those there are. An epoch is cut into
        mini-batches of equal size.
    epochs : int
        Passes through the training configurations.
    weighted : bool
        Whether a configuration counts with the literal w_a = 2^-ties of Eq. (13), divided by its
        mean in the mini-batch. By default w_a = 1.
    validation_fraction : float
        Part of `spins` that is held out, taken from the end so that it is as little correlated
        with the rest as can be. At least 0, below 1.
    weight_decay : float
        AdamW's decay. 0 by default, since torch's own 0.01 would shift the optimum.
    schedule : {"fixed", "one-cycle"}
        Fixed learning rate as in the text, or torch's one-cycle as in the authors' code.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    model : torch.nn.Module
        The model given, trained.
    history : History
        Its losses per spin, in nats.

    Raises
    ------
    ValueError
        If an argument is out of its range, no configuration is left to train on, `model` has no
        parameter or returns a wrong shape, or the loss stops being finite.
    TypeError
        If `model` is not a torch module or an argument has a wrong type.

    Notes
    -----
    The loss is Eq. (12) of arXiv:2506.04016, or Eq. (13) with weights, divided by the L^2 spins.
    Chunks of a mini-batch are differentiated one after the other and their gradients added, so
    that memory does not grow with `batch_size`; a device that is out of memory gets smaller ones.
    """
    spins = _check.spins("spins", spins, even=True)
    learning_rate = _check.real("learning_rate", learning_rate, minimum=0.0, maximum=1e3)
    batch_size = _check.integer("batch_size", batch_size, minimum=1)
    epochs = _check.integer("epochs", epochs, minimum=1)
    weight_decay = _check.real("weight_decay", weight_decay, minimum=0.0)
    schedule = _check.choice("schedule", schedule, ("fixed", "one-cycle"))
    held_out = _count_held_out(len(spins), validation_fraction)
    dtype = _parameter_type(model)
    root = _random.seed_sequence(rng)
    device = _device.choose_device(device)

    sample = _coarsen(spins, _generator(root, 0), device)
    training = sample.part(slice(0, len(spins) - held_out))
    validation = sample.part(slice(len(spins) - held_out, None))
    model = model.to(device)
    _check_shape(model, sample, dtype)
    batches = -(-len(training) // min(batch_size, len(training)))
    steps = epochs * batches
    # fused=False is the plain update, the same on every device.
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=learning_rate, weight_decay=weight_decay, fused=False
    )
    scheduler = None
    if schedule == "one-cycle":
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=learning_rate, total_steps=steps
        )

    batch_order = _batches(len(training), batches, epochs, _generator(root, 1))
    training_loss: list[float] = []
    validation_loss = [_loss(model, validation, dtype, weighted)]
    parameters = [_flat(model)]
    for step, index in enumerate(_show(batch_order, steps, progress)):
        optimiser.zero_grad()
        loss = _loss(model, training.part(index.to(device)), dtype, weighted, backward=True)
        if not np.isfinite(loss):
            raise ValueError(
                f"learning_rate {learning_rate:g} made the loss {loss} after {step} steps; "
                "it must be smaller for this model"
            )
        training_loss.append(loss)
        optimiser.step()
        if scheduler is not None:
            scheduler.step()
        if (step + 1) % batches == 0:
            validation_loss.append(_loss(model, validation, dtype, weighted))
            parameters.append(_flat(model))
    model.eval()
    return model, History(
        np.arange(steps),
        np.arange(steps) / batches,
        np.array(training_loss),
        np.arange(epochs + 1),
        np.array(validation_loss),
        np.array(parameters),
    )


def resample(spins, n: int, *, rng: _random.Seed) -> np.ndarray:
    """Draw configurations with the literal weights of Eq. (13), so that each then counts alike.

    Training on the result without weights minimises Eq. (13). Weights in a mini-batch would leave
    few configurations of it: their effective number is a hundredth of all (L = 32), or less.

    Parameters
    ----------
    spins : array_like of +-1, shape (M, L, L), L even
        Training configurations.
    n : int
        Configurations to draw, with replacement and with probability w_a = 2^-ties / sum.
    rng : int, SeedSequence or Generator
        Seed.

    Returns
    -------
    ndarray of int8, shape (n, L, L)
        The configurations drawn.
    """
    spins = _check.spins("spins", spins, even=True)
    n = _check.integer("n", n, minimum=1)
    half = spins.shape[1] // 2
    blocks = [
        spins[first : first + 4096].reshape(-1, half, 2, half, 2).sum((2, 4), dtype=np.int8)
        for first in range(0, len(spins), 4096)
    ]
    ties = np.concatenate([(part == 0).sum((1, 2)) for part in blocks])
    weights = np.exp2((ties.min() - ties).astype(np.float64))
    generator = np.random.default_rng(_random.seed_sequence(rng))
    return spins[generator.choice(len(spins), n, p=weights / weights.sum())]


def _flat(model) -> np.ndarray:
    """Return a copy of all parameters, float64 (P,)."""
    parts = [parameter.detach().flatten() for parameter in model.parameters()]
    return torch.cat(parts).cpu().double().numpy()


def _loss(model, sample: _Sample, dtype, weighted: bool, *, backward: bool = False) -> float:
    """Return the loss per spin of a sample; with `backward`, add its gradient to the model's."""
    if not len(sample):
        return float("nan")
    weights = torch.ones(len(sample), dtype=dtype, device=sample.fine.device)
    if weighted:
        # Relative to the largest: 2^-ties itself underflows on large lattices.
        weights = torch.exp2((sample.ties.min() - sample.ties).to(dtype))
    weights = weights / weights.sum()
    model.train(backward)
    count = sample.most()
    while True:
        try:
            return _loss_in_chunks(model, sample, weights, dtype, backward, count)
        except torch.OutOfMemoryError as error:
            if count == 1:
                device = sample.fine.device
                raise ValueError(
                    f"device {device} has no memory to train on one configuration"
                ) from error
            count = max(1, min(count, len(sample)) // 4)
            model.zero_grad()
            if sample.fine.device.type == "cuda":
                torch.cuda.empty_cache()


def _loss_in_chunks(model, sample: _Sample, weights, dtype, backward: bool, count: int) -> float:
    total = torch.zeros((), dtype=torch.float64, device=sample.fine.device)
    with torch.set_grad_enabled(backward):
        for chunk in sample.chunks(count):
            field = model(sample.coarse[chunk].to(dtype))
            per_spin = softplus(-2 * sample.fine[chunk] * field)  # -log p(s), Eq. (9)
            loss = (weights[chunk] * per_spin.flatten(1).mean(1)).sum()
            if backward:
                loss.backward()
            total += loss.detach()
    return float(total)


def _coarsen(spins: np.ndarray, generator: torch.Generator, device) -> _Sample:
    """Draw coarse spins by the majority rule, int8 (n, L/2, L/2), a fair coin for each tie.

    The coins come from the processor's generator whatever the device, so that all devices train
    on the same configurations.
    """
    fine = torch.from_numpy(spins if spins.flags.writeable else spins.copy())
    n, side, _ = fine.shape
    coarse = torch.empty((n, side // 2, side // 2), dtype=torch.int8)
    ties = torch.empty(n, dtype=torch.int64)
    step = max(1, (1 << 24) // side**2)
    for first in range(0, n, step):
        blocks = fine[first : first + step].reshape(-1, side // 2, 2, side // 2, 2)
        total = blocks.sum((2, 4), dtype=torch.int8)
        tied = total == 0
        coins = torch.randint(0, 2, (int(tied.sum()),), generator=generator, dtype=torch.int8)
        part = torch.sign(total)
        part[tied] = 2 * coins - 1
        coarse[first : first + step] = part
        ties[first : first + step] = tied.sum((1, 2))
    return _Sample(fine.to(device), coarse.to(device), ties.to(device))


def _generator(root: np.random.SeedSequence, key: int) -> torch.Generator:
    generator = torch.Generator()
    seed = _random.child(root, key).generate_state(1, np.uint64)[0]
    generator.manual_seed(int(seed >> np.uint64(1)))
    return generator


def _count_held_out(n: int, fraction) -> int:
    fraction = _check.real("validation_fraction", fraction, minimum=0.0)
    held_out = round(fraction * n)
    if fraction >= 1 or held_out == n:
        raise ValueError(
            "validation_fraction must be below 1 and leave something to train on, "
            f"got {fraction} of {n} configurations"
        )
    return held_out


def _parameter_type(model) -> torch.dtype:
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch module, got {type(model).__name__}")
    for parameter in model.parameters():
        if parameter.requires_grad:
            return parameter.dtype
    raise ValueError("model must have parameters to train, got a module without any")


def _check_shape(model, sample: _Sample, dtype) -> None:
    with torch.no_grad():
        shape = tuple(model(sample.coarse[:1].to(dtype)).shape)
    if shape != tuple(sample.fine[:1].shape):
        raise ValueError(
            f"model must map coarse spins {tuple(sample.coarse[:1].shape)} to fields "
            f"{tuple(sample.fine[:1].shape)}, got fields of shape {shape}"
        )


def _batches(n: int, batches: int, epochs: int, order: torch.Generator) -> Iterator[torch.Tensor]:
    """Yield the indices of every mini-batch, a new order each epoch."""
    for _ in range(epochs):
        yield from torch.tensor_split(torch.randperm(n, generator=order), batches)


def _show(batches: Iterator[torch.Tensor], steps: int, progress: bool) -> Iterable[torch.Tensor]:
    if not progress:
        return batches
    from tqdm.auto import tqdm

    return tqdm(batches, total=steps, desc="training", unit="step")
