"""The Dream widget in a notebook: one anywidget whose traits go both ways."""

from __future__ import annotations

import os
import time

import anywidget
import numpy as np
import traitlets

from inverse_rg import _check
from inverse_rg.conditional_models import MODELS, ConditionalModel
from inverse_rg.kernels import Kernel
from inverse_rg.widgets import _walk
from inverse_rg.widgets._bundle import bundle

LARGEST_KERNEL_SIZE = 15
"""Largest kernel size k that the browser draws."""


class Dream(anywidget.AnyWidget):
    """A magnet that grows from one spin, beside a Monte Carlo configuration.

    Parameters
    ----------
    kernel : str, path, Kernel or ConditionalModel
        The kernel that dreams, by name (see `Kernel.names`), by file or as it is; k up to 15. Or a
        conditional model: "conditional", "renormalized-2" or "ordered-fixed".
    size : int
        Largest side L shown: 8, 16, ..., 1024.
    seed : int
        Seed of everything drawn. The same one gives the same picture; the engines use different
        generators, so that each has pictures of its own.
    start : {"random", "up", "down", "monte-carlo"} or array_like of +-1, shape (8, 8)
        Where the dream begins.
    engine : {"browser", "numba", "torch"}
        Who draws: the page itself, or this kernel's package.
    device : str or torch.device, optional
        Where torch draws; by default a GPU where there is one.

    Attributes
    ----------
    kernel : Kernel or ConditionalModel
        The kernel, as the reader bent it, or the conditional model, whose ``ensemble(L)`` can be
        measured; can be set to what the parameter `kernel` may be.
    spins : ndarray of int8, shape (L, L)
        The lattice on display, +-1, read-only.
    level : int
        log2 of its side.

    Raises
    ------
    ValueError, TypeError
        If an argument is none of what is allowed; the message names it.

    Notes
    -----
    Traits that go both ways: `kernel_name`, `kernel_size`, `parameters`, `seed`, `start`,
    `drawn`, `size`, `side` and `engine`. With a kernel every spin is drawn from Eq. (9) of
    arXiv:2506.04016; a conditional model draws as `ConditionalUpscaler` does.
    """

    _esm = bundle()
    _widget = traitlets.Unicode("dream").tag(sync=True)
    kernel_name = traitlets.Unicode("").tag(sync=True)
    kernel_size = traitlets.Int(3).tag(sync=True)
    parameters = traitlets.List(traitlets.Float()).tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    start = traitlets.Enum(_walk.STARTS, "random").tag(sync=True)
    drawn = traitlets.List(traitlets.Int()).tag(sync=True)
    size = traitlets.Int(512).tag(sync=True)
    side = traitlets.Int(0).tag(sync=True)
    engine = traitlets.Enum(_walk.ENGINES, "browser").tag(sync=True)
    # What the page sends arrives as a view of the message.
    _spins = traitlets.Bytes(b"").tag(sync=True, from_json=lambda data, _: bytes(data))

    def __init__(
        self, kernel="k3", size=512, *, seed=1, start="random", engine="browser", device=None
    ):
        kernel = _read_kernel(kernel)
        start, drawn = _read_start(start)
        settings = {
            "size": _check.choice("size", _check.integer("size", size), _walk.SIDES),
            "seed": _check.integer("seed", seed, minimum=0, maximum=2**53 - 1),
            "engine": _check.choice("engine", engine, _walk.ENGINES),
        }
        if device is not None:
            from inverse_rg._device import choose_device

            device = choose_device(device)
        self._device = device
        self._drawn_for = None  # the settings that the spins on display belong to
        super().__init__(**settings, **_kernel_traits(kernel), start=start, drawn=drawn)
        self.on_msg(self._answer)
        self.observe(self._hear_spins, "_spins")

    @property
    def kernel(self) -> Kernel | ConditionalModel:
        """The kernel that dreams, as the reader last left it."""
        if self.kernel_name in MODELS:
            return MODELS[self.kernel_name]
        if self.kernel_name in Kernel.names():
            known = Kernel.load(self.kernel_name)
            if known.parameters == tuple(self.parameters):
                return known
        provenance = {"source": "made by hand in irg.widgets.Dream"}
        return Kernel(self.kernel_size, tuple(self.parameters), provenance=provenance)

    @kernel.setter
    def kernel(self, kernel) -> None:
        traits = _kernel_traits(_read_kernel(kernel))
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)

    @property
    def spins(self) -> np.ndarray:
        """The lattice on display, int8 (L, L) of +-1.

        With the engine "browser" it is what the page drew, and (0, 0) before it drew anything.
        The other engines draw here, displayed or not.
        """
        if self.engine != "browser" and self._drawn_for != self._settings():
            first = _walk.first_lattice(self.start, self.seed, self.drawn)
            moves = _walk.direct_moves(len(first), self.size)
            spins = [first, *self._draw(self.kernel, first, moves, self.seed)][-1]
            with self.hold_sync():
                self.side = len(spins)
                self._spins = _walk.to_bytes(spins)
            self._drawn_for = self._settings()
        if len(self._spins) != self.side**2:
            return np.empty((0, 0), np.int8)
        return _walk.from_bytes(self._spins, self.side)

    @property
    def level(self) -> int:
        """log2 of the side of the lattice on display."""
        return max(len(self.spins), 1).bit_length() - 1

    @traitlets.validate("size")
    def _check_size(self, proposal):
        return _allowed("size", proposal["value"], _walk.SIDES)

    @traitlets.validate("seed")
    def _check_seed(self, proposal):
        try:
            return _check.integer("seed", proposal["value"], minimum=0, maximum=2**53 - 1)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None

    @traitlets.validate("drawn")
    def _check_drawn(self, proposal):
        if len(proposal["value"]) not in (0, _walk.DRAWN_SIDE**2):
            raise traitlets.TraitError(f"drawn must hold 64 spins, got {len(proposal['value'])}")
        return proposal["value"]

    @traitlets.validate("parameters")
    def _check_parameters(self, proposal):
        try:
            return list(Kernel(self.kernel_size, proposal["value"]).parameters)
        except (ValueError, TypeError) as error:
            raise traitlets.TraitError(str(error)) from None

    def _settings(self) -> tuple:
        model = self.kernel_name if self.kernel_name in MODELS else ""
        kernel = (self.kernel_size, *self.parameters)
        return model, kernel, self.seed, self.start, tuple(self.drawn), self.size, self.engine

    def _hear_spins(self, change) -> None:
        self._drawn_for = self._settings()

    def _draw(self, kernel, first, moves, seed, first_step=1) -> list[np.ndarray]:
        options = {"seed": seed, "first_step": first_step}
        return _walk.walk(kernel, first, moves, **options, engine=self.engine, device=self._device)

    def _answer(self, _, content, buffers) -> None:
        """Draw what the page asks for, and send it one lattice a buffer."""
        if not isinstance(content, dict) or content.get("type") != "walk":
            return
        reply = {"id": content.get("id")}
        try:
            first = _walk.from_bytes(bytes(buffers[0]), content["side"])
            kernel = _asked(content)
            began = time.perf_counter()
            lattices = self._draw(
                kernel, first, content["moves"], content["seed"], content["first_step"]
            )
            reply["milliseconds"] = 1000 * (time.perf_counter() - began)
        except Exception as error:  # whatever it is, the reader should see it
            self.send({**reply, "error": f"{type(error).__name__}: {error}"})
        else:
            self.send(reply, buffers=[_walk.to_bytes(spins) for spins in lattices])


def _asked(content: dict) -> Kernel | ConditionalModel:
    """Return what a page wants to dream: a model by name, or a kernel by its numbers."""
    if "model" in content:
        return MODELS[_check.choice("model", content["model"], tuple(MODELS))]
    return Kernel(content["size"], content["parameters"])


def _read_kernel(kernel) -> Kernel | ConditionalModel:
    if isinstance(kernel, str) and kernel in MODELS:
        return MODELS[kernel]
    if isinstance(kernel, (str, os.PathLike)):
        kernel = _load_kernel(kernel)
    if isinstance(kernel, ConditionalModel) and kernel in MODELS.values():
        return kernel
    if not isinstance(kernel, Kernel):
        kind = type(kernel).__name__
        allowed = "a name, a path, a Kernel or a model of the widget"
        raise TypeError(f"kernel must be {allowed}, got {kind}")
    if kernel.size > LARGEST_KERNEL_SIZE:
        raise ValueError(f"kernel must have k up to {LARGEST_KERNEL_SIZE}, got {kernel.size}")
    return kernel


def _load_kernel(name_or_path) -> Kernel:
    try:
        return Kernel.load(name_or_path)
    except ValueError as error:
        models = ", ".join(MODELS)
        if not str(error).startswith("name_or_path must be"):
            raise
        raise ValueError(f"{error}; kernel may also be one of the models {models}") from None


def _kernel_traits(kernel: Kernel | ConditionalModel) -> dict:
    """Return the traits of a kernel; the name is that of a kernel of the package, or empty."""
    if isinstance(kernel, ConditionalModel):
        return {"kernel_name": kernel.name}
    names = (name for name in Kernel.names() if Kernel.load(name) == kernel)
    return {
        "kernel_name": next(names, ""),
        "kernel_size": kernel.size,
        "parameters": list(kernel.parameters),
    }


def _read_start(start) -> tuple[str, list[int]]:
    """Return the traits `start` and `drawn` of an argument."""
    if isinstance(start, str):
        return _check.choice("start", start, [name for name in _walk.STARTS if name != "drawn"]), []
    array = _check.spins("start", np.asarray(start)[None])
    if array.shape[1] != _walk.DRAWN_SIDE:
        raise ValueError(f"start must have shape (8, 8), got {array.shape[1:]}")
    return "drawn", [int(spin > 0) for spin in array.ravel()]


def _allowed(name: str, value, allowed):
    try:
        return _check.choice(name, value, allowed)
    except ValueError as error:
        raise traitlets.TraitError(str(error)) from None
