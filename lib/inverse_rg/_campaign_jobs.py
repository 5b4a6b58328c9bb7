"""One task of a campaign under way: what is saved of it, and its sums so far."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from inverse_rg import _campaign_files, _campaign_work, _measurements, _random, measurement
from inverse_rg._campaign_files import Unusable
from inverse_rg._campaign_store import Store

log = logging.getLogger("inverse_rg.campaign")


class Job:
    """A task under way: what is saved of it, and its sums so far."""

    def __init__(self, task, store: Store):
        self.task, self.store = task, store
        self.present = {unit.start: unit for unit in task.units if is_saved(store.folder, unit)}
        if self.present and not self._draws_the_same():
            log.warning(
                "the saved blocks of %s in %s were drawn by other code or on a machine that "
                "rounds differently: all are drawn again",
                task.name,
                store.blocks,
            )
            store.discard(task.name, task.text)
            self.present = {}
        self.merge = _campaign_work.Merge(task.n)
        self.machines: set[str] = set()
        self.done = False
        self.saved = sum(map(self._configurations, self.present.values()))

    def todo(self) -> Iterator[_campaign_work.Unit]:
        return (unit for unit in self.task.units if unit.start not in self.present)

    def take(self, unit: _campaign_work.Unit, computed: _campaign_work.Computed) -> int:
        """Save a unit, add it, and return its number of configurations."""
        self.store.save_unit(unit, computed)
        self._add(unit, computed)
        self._add_present()
        if self.merge.complete:
            self.finish()
        return self._configurations(unit)

    def finish(self) -> None:
        """Write the result, unless that is done."""
        self._add_present()
        if self.done or not self.merge.complete:
            return
        task, groups = self.task, self.merge.groups
        seed = measurement._describe(_random.seed_sequence(task.seed))
        found = _measurements.find(task.measurement)
        dataset = found.dataset(task.ensemble, task.n, seed, groups.counts, groups.sums)
        machine = "; ".join(sorted(self.machines))
        self.store.save_result(task.name, dataset, task.text, machine)
        self.done = True

    def _draws_the_same(self) -> bool:
        """Draw one saved block again: blocks of two versions of the code must not be mixed."""
        unit = min(self.present.values(), key=lambda unit: unit.start)
        saved = _campaign_files.load_unit(self.store.folder, unit).sums
        again = _campaign_work.compute(unit.text, unit.start, unit.start + 1)
        assert again is not None  # only a set event gives None
        return saved.keys() == again.sums.keys() and all(
            saved[name][0].tobytes() == again.sums[name][0].tobytes() for name in saved
        )

    def _add(self, unit: _campaign_work.Unit, computed: _campaign_work.Computed) -> None:
        self.machines.add(computed.machine)
        self.merge.add(unit.start, computed.sums)

    def _add_present(self) -> None:
        """Add saved units whose turn has come: read then, so that memory stays small."""
        while (unit := self.present.get(self.merge.next)) is not None:
            self._add(unit, _campaign_files.load_unit(self.store.folder, unit))

    def _configurations(self, unit: _campaign_work.Unit) -> int:
        return sum(self.merge.groups.sizes[unit.start : unit.stop])


def is_saved(folder: Path, unit: _campaign_work.Unit) -> bool:
    """Return whether a unit is saved; a file that is not that unit is named and ignored."""
    if not _campaign_files.unit_path(folder, unit).exists():
        return False
    try:
        _campaign_files.load_unit(folder, unit)
    except Unusable as error:
        log.warning("%s; its blocks are drawn again", error)
        return False
    return True
