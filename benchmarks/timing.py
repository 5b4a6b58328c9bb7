"""Time several ways of doing the same work side by side, and turn the times into rows.

A round runs every way once, one after the other, so that whatever else the machine does slows all
of them alike; a ratio is taken within a round. All rounds are kept: more are added while the
ratios scatter, none is thrown away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

SCALES = {"s": 1.0, "ms": 1e3, "µs": 1e6, "ns": 1e9}

SPREAD = 0.1
"""Rounds are added until every spread is below this, or there are `MOST` times as many."""

MOST = 3


@dataclass(frozen=True)
class Way:
    """One way of doing a work: what to call, and how many units a call does."""

    name: str
    run: Callable[[], object]
    amount: float


@dataclass(frozen=True)
class Work:
    """A work and the ways of doing it: ours, then those that ours is compared with.

    `unit` begins with a time of `SCALES`, as in "µs a configuration". `targets` holds the most
    that our time may be (``"ours"``) and the least that a ratio may be, by the other way's name.
    """

    group: str
    name: str
    unit: str
    ours: Way
    others: Sequence[Way] = ()
    targets: dict[str, float] = field(default_factory=dict)
    once: bool = False


def interleave(work: Work, repeats: int) -> dict[str, list[float]]:
    """Return the seconds of every round, by way; each way has run once before, untimed."""
    ways = (work.ours, *work.others)
    if not work.once:
        for way in ways:
            way.run()
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    rounds, most = (1, 1) if work.once else (repeats, MOST * repeats)
    for done in range(most):
        if done >= rounds and max(_spreads(work, seconds)) < SPREAD:
            break
        for way in ways:
            start = time.perf_counter()
            way.run()
            seconds[way.name].append(time.perf_counter() - start)
    return seconds


def rows(work: Work, seconds: dict[str, list[float]]) -> list[dict[str, object]]:
    """Return one row a comparison, or a single one if there is nothing to compare with.

    ``ours`` and ``theirs`` are medians in `unit`, ``ratio`` is the median of theirs / ours taken
    round by round, and ``spread`` the interquartile range of what the row is about (the ratio, or
    our time) over its median.
    """
    found = []
    for other, spread in zip(work.others or (None,), _spreads(work, seconds), strict=True):
        ours = _times(work, work.ours, seconds)
        theirs = None if other is None else _times(work, other, seconds)
        ratio = None if theirs is None else float(np.median(theirs / ours))
        target = {
            "ours": work.targets.get("ours"),
            "ratio": None if other is None else work.targets.get(other.name),
        }
        met = [float(np.median(ours)) <= target["ours"]] if target["ours"] else []
        met += [ratio >= target["ratio"]] if target["ratio"] else []
        found.append(
            {
                "group": work.group,
                "work": work.name,
                "unit": work.unit,
                "way": work.ours.name,
                "against": None if other is None else other.name,
                "ours": float(np.median(ours)),
                "ours_best": float(ours.min()),
                "theirs": None if theirs is None else float(np.median(theirs)),
                "theirs_best": None if theirs is None else float(theirs.min()),
                "ratio": ratio,
                "repeats": len(ours),
                "spread": spread if len(ours) > 1 else None,
                "target": {name: bound for name, bound in target.items() if bound},
                "met": all(met) if met else None,
                "rounds": {
                    "ours": ours.tolist(),
                    "theirs": None if theirs is None else theirs.tolist(),
                },
            }
        )
    return found


def _times(work: Work, way: Way, seconds: dict[str, list[float]]) -> np.ndarray:
    """Return the times of a way in the unit of the work."""
    return np.array(seconds[way.name]) * SCALES[work.unit.split()[0]] / way.amount


def _spreads(work: Work, seconds: dict[str, list[float]]) -> list[float]:
    """Return interquartile range over median: of the ratios, or of our time if there are none."""
    ours = _times(work, work.ours, seconds)
    of = [_times(work, other, seconds) / ours for other in work.others] or [ours]
    quartiles = [np.percentile(one, (25, 50, 75)) for one in of]
    return [float((high - low) / middle) for low, middle, high in quartiles]
