"""Sums for the renormalization group: what a block of configurations adds to the covariances.

Lattice sums are integers, and so are the functions of the sectors and the sums of their products:
nothing is rounded before the means are subtracted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inverse_rg import _operators, _random, _sectors

PAIRINGS = ("block", "parent")
_SPINS = 2**22  # of 64 replicas each, in the dreams that are measured together: 32 MB

Lattice = tuple[int, int]
"""Side L before any blocking, and the number of majority rules since: the side is L / 2^n now."""


@dataclass(frozen=True)
class Plan:
    """Which lattices are measured and which two are compared.

    Parameters
    ----------
    lattices : tuple of (L, n)
        All lattices whose operators are needed.
    pairs : tuple of (int, int)
        Numbers of the fine and of the coarse lattice of each T matrix.
    sizes : tuple of int
        Sides L to report, ascending.
    levels : int
        T matrices a side at the most: at n = 0 ... levels - 1.
    """

    lattices: tuple[Lattice, ...]
    pairs: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]
    levels: int


def plan(
    sizes: tuple[int, ...], pairing: str, levels: int, smallest: int = _operators.PLAQUETTE
) -> Plan:
    """Return what can be compared on lattices of the given `sizes`.

    Parameters
    ----------
    sizes : tuple of int
        Sides that the ensemble draws.
    pairing : {"block", "parent"}
        Whether the coarse lattice is the majority block of the fine one, or the lattice from which
        it grew.
    levels : int
        Majority rules before the last T matrix; "parent" takes none.
    smallest : int
        Least side of a coarse lattice; products wrap around one below the plaquette's.

    Raises
    ------
    ValueError
        If no two lattices can be compared.
    """
    lattices: list[Lattice] = []
    pairs, reported, most = [], [], 0

    def number(lattice: Lattice) -> int:
        if lattice not in lattices:
            lattices.append(lattice)
        return lattices.index(lattice)

    for size in sorted(sizes):
        found = []
        for n in range(levels + 1 if pairing == "block" else 1):
            half = size >> (n + 1)
            if half << (n + 1) != size or half < smallest:
                break
            if pairing == "block":
                found.append(((size, n), (size, n + 1)))
            elif half in sizes:
                found.append(((size, 0), (half, 0)))
        if found:
            pairs += [(number(fine), number(coarse)) for fine, coarse in found]
            reported.append(size)
            most = max(most, len(found))
    if not pairs:
        raise ValueError(_why_not(sizes, pairing, smallest))
    return Plan(tuple(lattices), tuple(pairs), tuple(reported), most)


def _why_not(sizes: tuple[int, ...], pairing: str, smallest: int) -> str:
    """Say why no two lattices can be compared."""
    size = max(sizes, default=1)
    if size % 2:
        return f"ensemble must have an even side, which can be halved, got L = {size}"
    if size < 2 * smallest:
        return (
            f"ensemble must have a side of at least {2 * smallest}, half of which holds the "
            f"{_operators.PLAQUETTE} x {_operators.PLAQUETTE} plaquette, got L = {size}"
        )
    return (
        f"pairing must be 'block' for an ensemble whose lattices did not grow from others, got "
        f"{pairing!r} with sides {', '.join(map(str, sizes))}"
    )


def block_sums(pairing: str, levels: int, ensemble, n: int, stream, first: int):
    """Draw one block and return sums over its configurations, int64.

    Returns
    -------
    dict
        ``first`` (lattices, 194), sums of each function; ``coarse`` (pairs, lower triangles of
        all sectors) and ``cross`` (pairs, squares of all sectors), sums of products of two
        functions of the coarse lattice, and of one of the coarse with one of the fine lattice. For
        E they are summed over both rows.
    """
    planned = plan(ensemble.sizes, pairing, levels)
    return sums_of(planned, site_rows(ensemble, n, stream, first), _random.child(stream, 2))


def sums_of(planned: Plan, drawn: Iterator[dict[int, np.ndarray]], stream) -> dict:
    """Return the sums of drawn lattices in the site form, by side; `stream` decides ties."""
    from inverse_rg import _covariance_sums, _packed_blocking, _packed_operators

    state = _random.state_words(stream)
    layout = _covariance_sums.layout()
    sums = {
        "first": np.zeros((len(planned.lattices), len(layout.functions)), np.int64),
        "coarse": np.zeros((len(planned.pairs), len(layout.triangles)), np.int64),
        "cross": np.zeros((len(planned.pairs), len(layout.squares)), np.int64),
    }
    for rows_by_side in drawn:
        values: list[np.ndarray] = []
        rows = np.empty(0, np.uint64)
        for size, blocked in planned.lattices:
            # In the order of the plan each lattice comes right after the one that it blocks.
            if blocked:
                rows = _packed_blocking.block_sites(rows, state)
            else:
                rows = rows_by_side[size]
            values.append(_covariance_sums.combine(_packed_operators.product_sums(rows)))
        for lattice, value in enumerate(values):
            sums["first"][lattice] += value.sum(axis=0)[layout.functions]
        for pair, (fine, coarse) in enumerate(planned.pairs):
            own = _covariance_sums.product_sums(values[coarse], values[coarse])
            mixed = _covariance_sums.product_sums(values[coarse], values[fine])
            sums["coarse"][pair] += own[layout.triangles]
            sums["cross"][pair] += mixed[layout.squares]
    return sums


def centred(planned: Plan, counts: np.ndarray, sums) -> list[list[tuple[np.ndarray, ...]]]:
    """Return sums over groups as centred products, by pair and sector.

    Parameters
    ----------
    counts : ndarray of int64, shape (groups,)
    sums : mapping
        What `block_sums` returns, over groups, (groups, ...).

    Returns
    -------
    list of list of (coarse, cross, first)
        By pair and sector: ``coarse`` and ``cross``, float64 (groups, d, d), are sums of products
        of deviations from a whole number near the mean; ``first``, float64 (groups, rows, 2, d),
        are sums of these deviations themselves, on the coarse and on the fine lattice.

    Raises
    ------
    ValueError
        If a sum over a group may not fit into 64 bits.

    Notes
    -----
    int64 arithmetic is exact modulo 2^64, so that nothing is lost although a sum of products is
    many times larger than what remains after the subtraction of the means.
    """
    largest = max((8 * size**2) ** 2 for size, _ in planned.lattices)
    if int(counts.max()) * largest >= 2**63:
        raise ValueError(
            f"n must be such that a group has fewer than {2**63 // largest:,} configurations at "
            f"side {max(planned.sizes)}, got {counts.max():,}"
        )
    total, first = int(counts.sum()), sums["first"]
    near = np.rint(first.sum(axis=0) / total).astype(np.int64)  # (lattices, functions)
    count = counts[:, None]
    found: list[list[tuple[np.ndarray, ...]]] = []
    for pair, (fine, coarse) in enumerate(planned.pairs):
        of_pair: list[tuple[np.ndarray, ...]] = []
        at_triangle = at_square = 0
        for sector, starts in starts_of_sectors():
            d, lower = sector.dimension, np.tril_indices(sector.dimension)
            own = np.zeros((len(counts), d, d), np.int64)
            triangle = sums["coarse"][:, pair, at_triangle : at_triangle + len(lower[0])]
            own[:, lower[0], lower[1]] = own[:, lower[1], lower[0]] = triangle
            mixed = sums["cross"][:, pair, at_square : at_square + d * d].reshape(-1, d, d).copy()
            deviations = []
            for start in starts:
                row = slice(start, start + d)
                a, b = near[coarse, row], near[fine, row]
                x, y = first[:, coarse, row] - count * a, first[:, fine, row] - count * b
                deviations.append(np.stack([x, y], axis=1))
                # sum (x - a)(y - b) = sum x y - a sum (y - b) - b sum (x - a) - n a b
                own -= _outer(a, x) + _outer(x, a) + count[..., None] * np.outer(a, a)
                mixed -= _outer(a, y) + _outer(x, b) + count[..., None] * np.outer(a, b)
            at_triangle += len(lower[0])
            at_square += d * d
            of_pair.append(
                (own.astype(float), mixed.astype(float), np.stack(deviations, 1).astype(float))
            )
        found.append(of_pair)
    return found


def starts_of_sectors() -> list[tuple[_sectors.Sector, list[int]]]:
    """Return every sector with where the functions of each row begin among all 194."""
    found, used = [], 0
    for sector in _sectors.sectors():
        starts = [used + row * sector.dimension for row in range(len(sector.coefficients))]
        found.append((sector, starts))
        used += sector.dimension * len(starts)
    return found


def _outer(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return first[..., :, None] * second[..., None, :]


def site_rows(ensemble, n: int, stream, first: int) -> Iterator[dict[int, np.ndarray]]:
    """Yield a block's configurations in the site form by side, some of them at a time."""
    from inverse_rg import _bits, _engine, _packed_dreaming, _packed_sampling, swendsen_wang
    from inverse_rg.ensembles import Ising

    windows = ensemble._windows() if hasattr(ensemble, "_windows") else None
    if windows:
        state = _random.state_words(_random.child(stream, 1))
        starts = ensemble._root().draw_words(n, _random.child(stream, 0), first)
        together = max(1, _SPINS // ensemble.size**2)
        for index in range(0, len(starts), together):
            grown = [
                [start, *_packed_dreaming.grow(start, windows, state)]
                for start in starts[index : index + together]
            ]
            present = min(64 * len(grown), n - 64 * index)
            yield {
                len(words[0]): _bits.replicas_to_sites(np.stack(words), present)
                for words in zip(*grown, strict=True)
            }
    elif isinstance(ensemble, Ising) and _packed_sampling.packed_size(ensemble.size):
        thermalisation = swendsen_wang.default_thermalisation(ensemble.size)
        yield {ensemble.size: _engine.ising_words(n, ensemble, thermalisation, stream)}
    else:
        levels = ensemble.draw_levels(n, stream, first)
        yield {size: _bits.pack_sites(spins) for size, spins in levels.items()}
