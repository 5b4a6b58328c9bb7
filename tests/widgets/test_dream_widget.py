"""irg.widgets.Dream without a browser: traits, engines, messages, bad input."""

import subprocess
import sys

import numpy as np
import pytest
import traitlets

import inverse_rg as irg
from inverse_rg.conditional_models import MODELS
from inverse_rg.widgets import _walk

pytest.importorskip("anywidget")


def test_traits_from_arguments():
    widget = irg.widgets.Dream("k5-weighted", 256, seed=7, start="up")
    assert (widget.kernel_name, widget.kernel_size, len(widget.parameters)) == ("k5-weighted", 5, 6)
    assert (widget.size, widget.seed, widget.start, widget.engine) == (256, 7, "up", "browser")
    assert widget._widget == "dream"
    assert "export default" in widget._esm


def test_the_kernel_goes_both_ways(tmp_path):
    widget = irg.widgets.Dream("k3")
    assert widget.kernel == irg.Kernel.load("k3")
    assert widget.kernel.provenance == irg.Kernel.load("k3").provenance
    own = irg.Kernel(5, (0.3, 0.2, 0.1, 0.0, 0.0, -0.01))
    widget.kernel = own
    assert (widget.kernel_name, widget.kernel) == ("", own)
    own.save(tmp_path / "own.json")
    widget.kernel = "k7"
    assert widget.kernel_name == "k7"
    widget.kernel = tmp_path / "own.json"
    assert widget.kernel == own


@pytest.mark.parametrize("name", MODELS)
def test_a_conditional_model_by_name(name):
    torch = irg.widgets.Dream(name, 8, seed=3, engine="torch", device="cpu").spins
    assert np.array_equal(
        torch, irg.widgets.Dream(name, 8, seed=3, engine="torch", device="cpu").spins
    )
    widget = irg.widgets.Dream(name, 32, seed=3, engine="numba")
    model = widget.kernel
    assert (widget.kernel_name, model.name) == (name, name)
    spins = widget.spins
    assert spins.shape == (32, 32)
    assert np.array_equal(irg.widgets.Dream(name, 32, seed=3, engine="numba").spins, spins)
    widget.kernel = "k3"
    assert widget.kernel == irg.Kernel.load("k3")
    assert not np.array_equal(widget.spins, spins)
    widget.kernel = model
    assert np.array_equal(widget.spins, spins)
    widget.set_state({"kernel_name": "k5", "kernel_size": 5, "parameters": [0.3] + 5 * [0.1]})
    assert widget.kernel.size == 5


def test_models_are_those_of_the_chapter():
    tasks = {task.name: task.ensemble for task in irg.campaign.read("beyond")}
    for side in (8, 16, 32, 64, 128):
        assert MODELS["conditional"].ensemble(side) == tasks[f"conditional-{side}"]
    for name in ("renormalized-2", "ordered-fixed"):
        assert MODELS[name].ensemble(128) == tasks[name]
    for size in (1, 6):
        with pytest.raises(ValueError, match="size must be"):
            MODELS["conditional"].ensemble(size)


def test_what_the_page_sends_is_heard():
    widget = irg.widgets.Dream("k3")
    bent = {"kernel_name": "", "kernel_size": 5, "parameters": [0.3, 0.2, 0.1, 0.0, 0.0, 0.0]}
    widget.set_state({**bent, "side": 2, "_spins": memoryview(bytes([1, 0, 0, 1])), "seed": 9})
    assert widget.kernel == irg.Kernel(5, (0.3, 0.2, 0.1, 0.0, 0.0, 0.0))
    assert widget.seed == 9
    assert np.array_equal(widget.spins, [[1, -1], [-1, 1]])
    assert widget.spins.dtype == np.int8
    assert widget.level == 1


def test_nothing_is_there_before_the_browser_drew():
    widget = irg.widgets.Dream()
    assert widget.spins.shape == (0, 0)
    assert widget.level == 0


@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_engines_of_the_package_draw_without_a_page(engine):
    device = "cpu" if engine == "torch" else None
    widget = irg.widgets.Dream("k3", 64, seed=3, engine=engine, device=device)
    spins = widget.spins
    assert spins.shape == (64, 64)
    assert spins.dtype == np.int8
    assert set(np.unique(spins)) == {-1, 1}
    assert (widget.side, widget.level) == (64, 6)
    again = irg.widgets.Dream("k3", 64, seed=3, engine=engine, device=device)
    assert np.array_equal(again.spins, spins)
    widget.seed = 4
    assert not np.array_equal(widget.spins, spins)
    widget.size = 32
    assert widget.spins.shape == (32, 32)


def test_a_walk_is_the_same_in_parts():
    kernel = irg.Kernel.load("k3")
    first = _walk.first_lattice("random", 5, [])
    whole = _walk.walk(kernel, first, [True] * 5 + [False], seed=5)
    assert [len(spins) for spins in whole] == [2, 4, 8, 16, 32, 16]
    rest = _walk.walk(kernel, whole[2], [True, True, False], seed=5, first_step=4)
    for part, spins in zip(whole[3:], rest, strict=True):
        assert np.array_equal(part, spins)


def test_walks_of_the_chain_have_the_moments_of_its_ensemble(distance):
    """The mean energy of walks to side 8, whose last levels are those of P_1 and P_0."""
    model = MODELS["conditional"]
    energy = lambda s: (s * (np.roll(s, -1, -1) + np.roll(s, -1, -2))).mean(axis=(-1, -2))  # noqa: E731
    walks = (
        _walk.walk(model, _walk.first_lattice("random", seed, []), [True] * 3, seed=seed)
        for seed in range(2000)
    )
    ours = np.array([energy(lattices[-1]) for lattices in walks])
    exact = energy(model.ensemble(8).sample(200_000, rng=1)).mean()
    assert distance(ours, exact) < 4
    stationary = energy(MODELS["renormalized-2"].ensemble(8).sample(200_000, rng=1)).mean()
    assert abs(exact - stationary) > 0.02


def test_the_numba_engine_draws_from_the_kernel(distance):
    """The mean energy of walks to side 8 is that of irg.dream."""
    kernel = irg.Kernel.load("k5")
    energy = lambda s: (s * (np.roll(s, -1, -1) + np.roll(s, -1, -2))).mean(axis=(-1, -2))  # noqa: E731
    ours = [
        energy(
            _walk.walk(kernel, _walk.first_lattice("random", seed, []), [True] * 3, seed=seed)[-1]
        )
        for seed in range(2000)
    ]
    exact = energy(irg.dream(kernel, 200_000, 8, rng=1)).mean()
    assert distance(np.array(ours), exact) < 4


@pytest.mark.parametrize("start", ["up", "down", "random", "monte-carlo"])
def test_starts(start):
    first = _walk.first_lattice(start, 1, [])
    assert first.shape == ((8, 8) if start == "monte-carlo" else (1, 1))
    assert set(np.unique(first)) <= {-1, 1}
    if start in ("up", "down"):
        assert first[0, 0] == (1 if start == "up" else -1)


def test_a_lattice_of_ones_own():
    drawn = np.where(np.arange(64).reshape(8, 8) % 3 == 0, 1, -1)
    widget = irg.widgets.Dream(start=drawn)
    assert widget.start == "drawn"
    assert np.array_equal(_walk.first_lattice("drawn", 1, widget.drawn), drawn)


def ask(widget, monkeypatch, **content):
    """Send the page's request to `widget` and return its answer."""
    sent = []
    monkeypatch.setattr(widget, "send", lambda reply, buffers=None: sent.append((reply, buffers)))
    first = _walk.to_bytes(np.ones((1, 1), np.int8))
    request = {"type": "walk", "id": 4, "size": 3, "parameters": [0.35, 0.16, 0.14], "seed": 1}
    request |= {"moves": [True, True, False], "first_step": 1, "side": 1, **content}
    widget._handle_custom_msg(request, [memoryview(first)])
    return sent


def test_the_page_is_answered(monkeypatch):
    widget = irg.widgets.Dream(engine="numba")
    ((reply, buffers),) = ask(widget, monkeypatch)
    assert reply["id"] == 4
    assert reply["milliseconds"] > 0
    assert [len(data) for data in buffers] == [4, 16, 4]
    assert set(buffers[1]) <= {0, 1}


@pytest.mark.parametrize("name", MODELS)
def test_the_page_is_answered_with_a_conditional_model(name, monkeypatch):
    widget = irg.widgets.Dream(engine="numba")
    ((reply, buffers),) = ask(widget, monkeypatch, model=name)
    assert "error" not in reply
    assert [len(data) for data in buffers] == [4, 16, 4]
    ((reply, _),) = ask(widget, monkeypatch, model="torus-2")
    assert reply["error"].startswith("ValueError: model must be one of 'conditional', ")


def test_the_page_hears_of_trouble(monkeypatch):
    widget = irg.widgets.Dream(engine="numba")
    ((reply, buffers),) = ask(widget, monkeypatch, size=4)
    assert reply["error"].startswith("ValueError: size must be odd")
    assert buffers is None
    assert ask(widget, monkeypatch, type="something else") == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"kernel": "k4"}, ValueError, "name_or_path must be a path"),
        ({"kernel": "torus-2"}, ValueError, "may also be one of the models conditional, renorm"),
        ({"kernel": "none.json"}, ValueError, "kernel file none.json cannot be read"),
        ({"kernel": irg.conditional.ConditionalUpscaler.nearest(passes=1)}, TypeError, "kernel m"),
        ({"kernel": 3}, TypeError, "kernel must be a name, a path, a Kernel or a model of"),
        (
            {"kernel": irg.Kernel(17, (0.1,) * 45)},
            ValueError,
            "kernel must have k up to 15, got 17",
        ),
        ({"size": 100}, ValueError, "size must be one of 8, 16"),
        ({"size": 7}, ValueError, "size must be one of 8, 16"),
        ({"size": 2048}, ValueError, "size must be one of 8, 16"),
        ({"size": 64.0}, TypeError, "size must be an integer"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"seed": "x"}, TypeError, "seed must be an integer"),
        ({"start": "sideways"}, ValueError, "start must be one of"),
        ({"start": np.zeros((8, 8))}, ValueError, r"start must hold only \+1 and -1"),
        ({"start": np.ones((4, 4))}, ValueError, r"start must have shape \(8, 8\)"),
        ({"engine": "jax"}, ValueError, "engine must be one of"),
        ({"device": "abacus"}, ValueError, "device must be one that torch can use here"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        irg.widgets.Dream(**arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", 100),
        ("seed", -1),
        ("start", "left"),
        ("engine", "jax"),
        ("drawn", [1, 0]),
        ("parameters", [0.1]),
    ],
)
def test_bad_traits(name, value):
    widget = irg.widgets.Dream()
    before = getattr(widget, name)
    with pytest.raises(traitlets.TraitError):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_an_even_kernel_is_refused():
    widget = irg.widgets.Dream()
    with pytest.raises(ValueError, match="size must be odd"):
        widget.kernel = irg.Kernel(4, (0.1,) * 3)


def test_without_anywidget_the_message_says_what_to_install():
    program = """
import sys
sys.modules["anywidget"] = None
import inverse_rg as irg
print(irg.widgets.__name__)
try:
    irg.widgets.Dream()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    name, message = done.stdout.splitlines()
    assert name == "inverse_rg.widgets"
    assert message.startswith("irg.widgets.Dream needs anywidget, which is not installed")
    assert "pip install 'inverse-rg[widgets]'" in message


def test_unknown_names():
    with pytest.raises(AttributeError, match="no attribute 'Nightmare'"):
        irg.widgets.Nightmare  # noqa: B018
    assert "Dream" in dir(irg.widgets)
