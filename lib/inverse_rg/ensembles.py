"""Ensembles: small frozen values that say what to draw; `sample` draws it.

`Ising` is Monte Carlo, `Dream` is upscaling. `inverse_rg.measure` takes either and treats both
alike: one block of work at a time, from a stream of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inverse_rg import _check, _network_engine, _random, dreaming
from inverse_rg.conditional import ConditionalUpscaler, check_side
from inverse_rg.ising import K_CRITICAL


@dataclass(frozen=True)
class Ising:
    """Ising model on the L x L torus, H = -K sum_<ij> s_i s_j, by Swendsen-Wang.

    Parameters
    ----------
    size : int
        Side L, from 2 to 4096.
    coupling : float
        K >= 0; the critical one by default.
    sweeps : int
        Sweeps between two configurations of a chain.
    """

    size: int
    coupling: float = K_CRITICAL
    sweeps: int = 5

    def __post_init__(self):
        _check.integer("size", self.size, minimum=2, maximum=4096)
        _check.real("coupling", self.coupling, minimum=0)
        _check.integer("sweeps", self.sweeps, minimum=1)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sides at which a measurement reports: here one."""
        return (self.size,)

    @property
    def label(self) -> str:
        """Name in a table or a legend."""
        at = "" if self.coupling == K_CRITICAL else f" at K = {self.coupling:.4f}"
        return f"Monte Carlo{at}"

    def sample(self, n: int, *, rng: _random.Seed) -> np.ndarray:
        """Return `n` configurations, int8 (n, L, L)."""
        from inverse_rg.swendsen_wang import sample_ising

        return sample_ising(n, self.size, rng=rng, coupling=self.coupling, sweeps=self.sweeps)

    def check_number(self, n: int) -> None:
        """Accept any number of configurations."""

    def draw_levels(self, n: int, stream, first: int = 0) -> dict[int, np.ndarray]:
        """Return one block: ``{L: int8 (n, L, L)}``, a Markov chain of its own."""
        from inverse_rg import swendsen_wang

        thermalisation = swendsen_wang.default_thermalisation(self.size)
        spins = swendsen_wang._sample_block(
            n, self.size, self.coupling, self.sweeps, thermalisation, stream
        )
        return {self.size: spins}

    def draw_sums(self, n: int, stream, first: int = 0) -> dict[int, tuple]:
        """Return M and E, int (n,) each, of one block, by side: all that `measure` needs."""
        from inverse_rg import _engine, _packed_sampling, swendsen_wang

        if not _packed_sampling.packed_size(self.size):
            return _sums(self.draw_levels(n, stream))
        thermalisation = swendsen_wang.default_thermalisation(self.size)
        return _engine.ising_sums(n, self, thermalisation, stream)

    def draw_words(self, n: int, stream, first: int = 0) -> np.ndarray:
        """Return one block packed, 64 replicas a word: uint64 (ceil(n / 64), L, L)."""
        from inverse_rg import _bits, _engine, _packed_sampling, swendsen_wang

        if not _packed_sampling.packed_size(self.size):
            return _bits.pack_replicas(self.draw_levels(n, stream)[self.size])
        thermalisation = swendsen_wang.default_thermalisation(self.size)
        return _bits.sites_to_replicas(_engine.ising_words(n, self, thermalisation, stream))


@dataclass(frozen=True, eq=False)
class Dream:
    """Configurations grown by upscaling with one kernel or model.

    Parameters
    ----------
    kernel : Kernel, ConditionalUpscaler, FieldTable or torch.nn.Module
        What upscales.
    size : int
        Side of the grown lattice: the start's side times a power of two.
    start : None, ensemble or array_like (n, L0, L0), optional
        Where growing begins: one random spin (None), configurations drawn from another ensemble
        (``Ising(8)``, or ``Dream(k3, 4)`` for first levels with another kernel), or given ones.
    """

    kernel: Any
    size: int
    start: Any = None

    def __post_init__(self):
        conditional = isinstance(self.kernel, ConditionalUpscaler)
        drawn = any(hasattr(self.kernel, name) for name in ("window", "table", "state_dict"))
        if not (conditional or drawn):
            raise TypeError(
                "kernel must be a Kernel, a ConditionalUpscaler or a torch module, got "
                f"{type(self.kernel).__name__}"
            )
        if not (self.start is None or _is_ensemble(self.start)):
            start = _check.spins("start", self.start).copy()
            start.flags.writeable = False
            object.__setattr__(self, "start", start)
        dreaming.count_levels(self.size, self._start_size)
        if conditional:
            check_side(self._start_size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dream):
            return NotImplemented
        if (self.kernel, self.size) != (other.kernel, other.size):
            return False
        if isinstance(self.start, np.ndarray) or isinstance(other.start, np.ndarray):
            return np.array_equal(self.start, other.start)
        return self.start == other.start

    def __hash__(self) -> int:
        return hash((self.kernel, self.size))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sides at which a measurement reports: every level that has more than one spin."""
        first = self._start_size
        grown = [first << level for level in range(1, self._levels + 1)]
        before = self.start.sizes if _is_ensemble(self.start) else [first]
        return tuple(size for size in (*before, *grown) if size > 1)

    @property
    def label(self) -> str:
        """Name in a table or a legend."""
        if hasattr(self.kernel, "label"):
            return self.kernel.label
        size = getattr(self.kernel, "size", None)
        return type(self.kernel).__name__ if size is None else f"k={size}"

    @property
    def _start_size(self) -> int:
        if self.start is None:
            return 1
        return self.start.size if _is_ensemble(self.start) else self.start.shape[1]

    @property
    def _levels(self) -> int:
        return dreaming.count_levels(self.size, self._start_size)

    def sample(self, n: int, *, rng: _random.Seed) -> np.ndarray:
        """Return `n` configurations, int8 (n, L, L)."""
        sequence = _random.seed_sequence(rng)
        start = self.start
        if _is_ensemble(start):
            start = start.sample(n, rng=_random.child(sequence, 0))
            sequence = _random.child(sequence, 1)
        return dreaming.dream(self.kernel, n, self.size, rng=sequence, start=start)

    def check_number(self, n: int) -> None:
        """Raise a ValueError if the start is an array of fewer than `n` configurations."""
        if isinstance(self.start, np.ndarray):
            dreaming.check_number(self.start[:n], n)
        elif self.start is not None:
            self.start.check_number(n)

    def draw_levels(self, n: int, stream, first: int = 0) -> dict[int, np.ndarray]:
        """Return one block, ``{side: int8 (n, side, side)}`` for every side of `sizes`.

        `first` is the block's first configuration, which matters where the start is an array.
        """
        lattices: dict[int, np.ndarray] = {}
        if self.start is None:
            coarse = dreaming.random_spins(n, _random.child(stream, 0))
        elif _is_ensemble(self.start):
            lattices = self.start.draw_levels(n, _random.child(stream, 0), first)
            coarse = lattices[self.start.size]
        else:
            coarse = self.start[first : first + n]
        upscale = dreaming._upscaler(self.kernel, None)
        for lattice in upscale(coarse, self._levels, _random.child(stream, 1)):
            lattices[lattice.shape[1]] = lattice
        return {size: lattices[size] for size in self.sizes}

    def draw_sums(self, n: int, stream, first: int = 0) -> dict[int, tuple]:
        """Return M and E, int (n,) each, of one block, by side: all that `measure` needs."""
        steps = self._steps()
        windows = self._windows() if steps is None else steps
        if windows is None:
            tables = _network_engine.tables(self._kernels())
            if tables is None:
                return _sums(self.draw_levels(n, stream, first))
            starts = self._root().draw_words(n, _random.child(stream, 0), first)
            sums = _network_engine.table_sums(n, starts, tables, _random.child(stream, 1))
            return {size: sums[size] for size in self.sizes}
        from inverse_rg import _engine

        grow: Any = _engine.dream_sums if steps is None else _engine.conditional_sums
        starts = self._root().draw_words(n, _random.child(stream, 0), first)
        sums = grow(n, starts, windows, _random.child(stream, 1))
        return {size: sums[size] for size in self.sizes}

    def _kernels(self) -> list:
        """Return what upscales each level, from the root of the growth on."""
        before = self.start._kernels() if isinstance(self.start, Dream) else []
        return [*before, *[self.kernel] * self._levels]

    def _steps(self) -> list | None:
        """Return what upscales each level from the root, or None if nothing is conditional."""
        chain = [getattr(kernel, "window", kernel) for kernel in self._kernels()]
        if not any(isinstance(step, ConditionalUpscaler) for step in chain):
            return None
        from inverse_rg import _engine

        windows = [step for step in chain if not isinstance(step, ConditionalUpscaler)]
        packed = all(isinstance(step, np.ndarray) for step in windows)
        return chain if packed and _engine.can_pack(windows) else None

    def _windows(self) -> list[np.ndarray] | None:
        """Return the window of every level from the root, or None if one cannot be packed."""
        if not hasattr(self.kernel, "window"):
            return None
        before = self.start._windows() if isinstance(self.start, Dream) else []
        if before is None:
            return None
        from inverse_rg import _engine

        windows = [*before, *[self.kernel.window] * self._levels]
        return windows if _engine.can_pack(windows) else None

    def _root(self):
        """Return where the growth began: below all dreams, something that draws words."""
        if isinstance(self.start, Dream):
            return self.start._root()
        return self.start if _is_ensemble(self.start) else _Given(self.start)


@dataclass(frozen=True)
class _Given:
    """Configurations to start from: given ones, or single random spins (None)."""

    spins: Any

    def draw_words(self, n: int, stream, first: int = 0) -> np.ndarray:
        """Return one block packed, 64 replicas a word: uint64 (ceil(n / 64), L0, L0)."""
        from inverse_rg import _bits, _engine

        if self.spins is None:
            return _engine.random_words(n, stream)
        return _bits.pack_replicas(self.spins[first : first + n])


def paper_dream(kernel, first, size: int = 128) -> Dream:
    """Return the dreams of Table II, which begin with a three-parameter kernel.

    Parameters
    ----------
    kernel : Kernel
        What makes the levels from the one on at which its fine window fits the lattice.
    first : Kernel
        What makes the levels before: none for k = 3, one for k = 5, two for k = 7.
    size : int
        Side of the grown lattice.

    Notes
    -----
    The authors' circular padding cannot be wider than the lattice, hence their first levels with
    k = 3. A `Dream` without them wraps the window around the small lattices instead.
    """
    levels = max(0, (kernel.size - 3) // 2)
    return Dream(kernel, size, start=Dream(first, 1 << levels) if levels else None)


def _sums(levels: dict[int, np.ndarray]) -> dict[int, tuple]:
    """Return M and E of dense configurations, by side."""
    from inverse_rg.spins import energy, magnetisation

    return {size: (magnetisation(spins), energy(spins)) for size, spins in levels.items()}


def _is_ensemble(value) -> bool:
    return hasattr(value, "draw_levels")
