"""Counts of (3 x 3 coarse neighbourhood, fine spin) patterns: all that a k = 3 network sees.

A two-layer network with k = 3 sees 5 x 5 spins of the upscaled lattice, which are 3 x 3 coarse
ones: 2^9 patterns for each of the four fine spins of a cell. How often each occurs is a sufficient
statistic, so that training on a million configurations takes as long as on one, and the best field
that any function of this neighbourhood can have is known: half the log odds of the counts.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import cast

import numpy as np

from inverse_rg import _blocks, _check, _random
from inverse_rg.patterns import CHUNK

PATTERNS = 1 << 9
"""Patterns of a 3 x 3 neighbourhood."""


@dataclass(frozen=True, eq=False)
class NeighbourhoodCounts:
    """How often each pattern occurs.

    Attributes
    ----------
    counts : ndarray of float64, shape (4, 2, 512)
        Occurrences by place of the fine spin in its cell (row by row), fine spin (down, up) and
        pattern: bits of the neighbourhood row by row, the first spin the highest and 1 for up.
    weighted_counts : ndarray of float64, shape (4, 2, 512)
        The same with every configuration counted w_a = 2^(fewest_ties - ties) times, the literal
        weight of Eq. (13) of arXiv:2506.04016.
    size : int
        Side L of the fine lattices.
    configurations : int
        Configurations counted.
    weight_sum, weight_square_sum : float
        Sums of w_a and of w_a^2 over the configurations.
    fewest_ties : int
        Tied blocks of the configuration that has fewest.
    """

    counts: np.ndarray
    weighted_counts: np.ndarray
    size: int
    configurations: int
    weight_sum: float
    weight_square_sum: float
    fewest_ties: int

    def effective_configurations(self, *, weighted: bool = False) -> float:
        """Return how many equally weighted configurations weigh as much: (sum w)^2 / sum w^2."""
        if not weighted:
            return float(self.configurations)
        return self.weight_sum**2 / self.weight_square_sum

    def chosen(self, weighted: bool) -> np.ndarray:
        """Return `weighted_counts` or `counts`, float64 (4, 2, 512)."""
        return self.weighted_counts if weighted else self.counts

    def __add__(self, other: NeighbourhoodCounts) -> NeighbourhoodCounts:
        if not isinstance(other, NeighbourhoodCounts):
            return NotImplemented
        if self.size != other.size:
            raise ValueError(
                f"merged counts must have the same size, got {self.size} and {other.size}"
            )
        fewest = min(self.fewest_ties, other.fewest_ties)
        left, right = (2.0 ** (fewest - one.fewest_ties) for one in (self, other))
        return NeighbourhoodCounts(
            self.counts + other.counts,
            left * self.weighted_counts + right * other.weighted_counts,
            self.size,
            self.configurations + other.configurations,
            left * self.weight_sum + right * other.weight_sum,
            left**2 * self.weight_square_sum + right**2 * other.weight_square_sum,
            fewest,
        )


def count_neighbourhoods(
    spins, *, rng: _random.Seed, workers: int | None = None
) -> NeighbourhoodCounts:
    """Count the patterns of configurations after the majority rule.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L), L even
        Fine configurations.
    rng : int, SeedSequence or Generator
        Seed of the ties. The coarse configurations are those of ``block(spins, rng=rng)``.
    workers : int, optional
        Threads; all cores by default. The result does not depend on it.

    Raises
    ------
    ValueError
        If `spins` is not an array (n, L, L) of +-1 with even L.
    """
    from inverse_rg import _neighbourhoods, blocking

    spins = _check.spins("spins", spins, even=True)
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    n, size, _ = spins.shape
    starts = np.cumsum([0, *_blocks.block_sizes(n)])

    def task(count, stream):
        first = starts[stream.spawn_key[-1]]
        fine = spins[first : first + count]
        coarse = np.empty((count, size // 2, size // 2), np.int8)
        blocking._block_configurations(fine, coarse, _random.state_words(stream))
        ties = np.empty(count, np.int64)
        blocking._tie_kernel(fine, ties)
        weights = np.exp2((ties.min() - ties).astype(np.float64))
        histogram = np.zeros((PATTERNS, 4, 2, 2))
        _neighbourhoods.count(fine, coarse, weights, histogram)
        return NeighbourhoodCounts(
            *np.ascontiguousarray(histogram.transpose(3, 1, 2, 0)),
            size,
            count,
            float(weights.sum()),
            float((weights**2).sum()),
            int(ties.min()),
        )

    blocks = iter(_blocks.run(task, n, rng, workers=workers))
    return sum(blocks, next(blocks))


def sample_neighbourhoods(ensemble, n: int, *, rng: _random.Seed) -> NeighbourhoodCounts:
    """Draw `n` configurations of an ensemble and count their patterns, in constant memory.

    Parameters
    ----------
    ensemble : Ising or Dream
        What to draw; its side is even.
    n : int
        Configurations.
    rng : int, SeedSequence or Generator
        Seed of the configurations and of the ties.
    """
    n = _check.integer("n", n, minimum=1)
    root = _random.seed_sequence(rng)
    total: NeighbourhoodCounts | None = None
    parts = -(-n // CHUNK)
    for part in range(parts):
        count = n * (part + 1) // parts - n * part // parts
        spins = ensemble.sample(count, rng=_random.child(root, part, 0))
        counts = count_neighbourhoods(spins, rng=_random.child(root, part, 1))
        total = counts if total is None else total + counts
    return cast(NeighbourhoodCounts, total)


def neighbourhood_spins() -> np.ndarray:
    """Return every neighbourhood in the order of the patterns, int8 (512, 3, 3) of +-1."""
    bits = np.arange(PATTERNS)[:, None] >> np.arange(9)[::-1] & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, 3, 3)


def table_of(kernel_or_model) -> np.ndarray:
    """Return the field of Eq. (9) for every neighbourhood, float64 (4, 512).

    Parameters
    ----------
    kernel_or_model : FieldTable, Kernel, SingleLayer or TwoLayer
        Its fine spins see no further than the neighbours of their own cell: a kernel with k <= 5,
        or a two-layer network with k = 3.

    Raises
    ------
    ValueError
        If fine spins see further.
    TypeError
        If `kernel_or_model` is something else.
    """
    if hasattr(kernel_or_model, "table"):
        return kernel_or_model.table
    kernel_or_model = getattr(kernel_or_model, "kernel", kernel_or_model)
    seen = _seen(kernel_or_model)
    if seen is None:
        raise TypeError(
            "kernel_or_model must be a FieldTable, a Kernel, or a model of this package, "
            f"got {type(kernel_or_model).__name__}"
        )
    if seen > 3:
        raise ValueError(
            f"kernel_or_model must see 3 x 3 coarse spins at the most, got {seen} x {seen}"
        )
    spins = neighbourhood_spins()
    if hasattr(kernel_or_model, "window"):
        from inverse_rg.kernels import field

        return _middle(field(kernel_or_model, spins))
    parameters = (kernel_or_model.first, kernel_or_model.bias, kernel_or_model.second)
    arrays = [part.detach().cpu().double().numpy() for part in parameters]
    shape = (kernel_or_model.size, kernel_or_model.channels, kernel_or_model.symmetrised)
    return _network_table(*shape, *(array.tobytes() for array in arrays))


def has_table(kernel_or_model) -> bool:
    """Return whether `table_of` takes it."""
    if hasattr(kernel_or_model, "table"):
        return True
    seen = _seen(getattr(kernel_or_model, "kernel", kernel_or_model))
    return seen is not None and seen <= 3


def _seen(kernel_or_model) -> int | None:
    """Return how many coarse spins a side the four fine spins of a cell see; None: unknown."""
    if hasattr(kernel_or_model, "window"):
        return 2 * (len(kernel_or_model.window) // 2) + 1
    return getattr(kernel_or_model, "neighbourhood", None)


def _middle(fields: np.ndarray) -> np.ndarray:
    """Return the fields of the middle cell of 3 x 3, (4, 512), which sees every spin once."""
    return np.ascontiguousarray(fields[:, 2:4, 2:4].reshape(-1, 4).T)


@functools.lru_cache(maxsize=32)
def _network_table(size, channels, symmetrised, first, bias, second) -> np.ndarray:
    """Return the table of a two-layer network, from the bytes of its weights in float64."""
    import torch

    from inverse_rg.models import TwoLayer
    from inverse_rg.training_by_counts import field_table

    model = TwoLayer(size, channels, symmetrised, rng=0, dtype=torch.float64)
    with torch.no_grad():
        for parameter, data in zip(model.parameters(), (first, bias, second), strict=True):
            values = np.frombuffer(data).reshape(parameter.shape)
            parameter.copy_(torch.from_numpy(values.copy()))
        table = np.ascontiguousarray(field_table(model).numpy())
    table.flags.writeable = False
    return table


def log_odds(counts: NeighbourhoodCounts, *, weighted: bool = False, prior: float = 0.5):
    """Return the field of least loss among all functions of the neighbourhood.

    Parameters
    ----------
    counts : NeighbourhoodCounts
        Patterns to learn from.
    weighted : bool
        Whether to use the literal weights of Eq. (13).
    prior : float
        Added to every count, so that a spin that was never seen still has a finite field.

    Returns
    -------
    FieldTable
        h = log(up / down) / 2 for every pattern and place, averaged over the symmetries of the
        square and the spin flip: their counts are added first.
    """
    prior = _check.real("prior", prior, minimum=0.0)
    down, up = symmetrise_counts(counts.chosen(weighted)).swapaxes(0, 1)
    if not (np.minimum(down, up) + prior > 0).all():
        raise ValueError("prior must be positive where a pattern was never seen, got 0")
    return FieldTable(np.log((up + prior) / (down + prior)) / 2)


def symmetrise_counts(counts: np.ndarray) -> np.ndarray:
    """Return the sum of counts, (4, 2, 512), over the square's symmetries and the spin flip."""
    total = np.zeros_like(counts)
    for places, patterns in symmetries():
        moved = counts[places][:, :, patterns]
        total += moved + moved[:, ::-1, ::-1]  # a flip is the complement of all nine bits
    return total


def symmetries() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the eight symmetries as permutations of places, (4,), and patterns, (512,).

    What a field, (4, 512), becomes when it is seen through a symmetry is
    ``field[places][:, patterns]``: the pattern moves, and the place is where it came from.
    """
    cells, places = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
    bits = (np.arange(PATTERNS)[:, None] >> np.arange(9)[::-1]) & 1  # (pattern, cell)
    found = []
    for turns in range(4):
        for mirrored in (False, True):

            def move(array, turns=turns, mirrored=mirrored):
                turned = np.rot90(array, turns)
                return (turned.T if mirrored else turned).ravel()

            moved = bits[:, move(cells)] @ (1 << np.arange(9)[::-1])
            found.append((np.argsort(move(places)), moved))
    return found


def loss(counts: NeighbourhoodCounts, table, *, weighted: bool = False) -> float:
    """Return the loss per spin of a field on the counts, in nats: Eqs. (12) and (13).

    Parameters
    ----------
    counts : NeighbourhoodCounts
        Patterns of the configurations.
    table : ndarray (4, 512), FieldTable, Kernel or module
        The field, or what `table_of` takes.
    weighted : bool
        Whether to use the literal weights.
    """
    field = table if isinstance(table, np.ndarray) else table_of(table)
    down, up = counts.chosen(weighted).swapaxes(0, 1)
    total = (down * np.logaddexp(0, 2 * field) + up * np.logaddexp(0, -2 * field)).sum()
    return float(total / counts.chosen(weighted).sum())


@dataclass(frozen=True, eq=False)
class FieldTable:
    """Any field on 3 x 3 coarse neighbourhoods, as a table: it upscales like a kernel.

    Parameters
    ----------
    table : ndarray of float, shape (4, 512)
        The field of Eq. (9) by place of the fine spin in its cell and by pattern, as
        `NeighbourhoodCounts` orders them.
    """

    table: np.ndarray

    def __post_init__(self):
        table = np.array(self.table, dtype=np.float64)
        if table.shape != (4, PATTERNS):
            raise ValueError(f"table must have shape (4, {PATTERNS}), got {table.shape}")
        if not np.isfinite(table).all():
            raise ValueError("table must hold finite numbers only, got nan or inf in it")
        table.flags.writeable = False
        object.__setattr__(self, "table", table)

    @property
    def label(self) -> str:
        """Name in a table or a legend."""
        return "3 x 3 table"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldTable):
            return NotImplemented
        return np.array_equal(self.table, other.table)

    def __hash__(self) -> int:
        return hash(self.table.tobytes())
