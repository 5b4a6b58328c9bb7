"""Conditional upscalers: arguments, files, descriptions, seeds and fits."""

import json

import numpy as np
import pytest
from numba import njit

import inverse_rg as irg
from inverse_rg import (
    _bits,
    _conditional_counts,
    _heat_bath_bits,
    _interactions,
    _packed_symmetry,
)
from inverse_rg.conditional import (
    INTERACTIONS,
    ConditionalUpscaler,
    count,
    edge_weights,
    fit_couplings,
    fit_order,
)

CORNER = (0.8, 0.3, -0.05, 0.15, 0.05, -0.1)
DIAGONAL = (1.1, 0.2, 0.05, -0.45, 0.1, 0.25)
EDGE = (0.35, 0.4, 0.1, 0.05, -0.1)
COUPLINGS = (0.35, 0.08, -0.03, -0.01, -0.03, 0.02, -0.015, 0.01, -0.01)


@pytest.fixture
def upscaler():
    return ConditionalUpscaler(CORNER, DIAGONAL, EDGE, couplings=COUPLINGS, passes=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "corner, diagonal and edge must be given"),
        ({"corner": CORNER}, "corner, diagonal and edge must come together"),
        ({"couplings": COUPLINGS}, "couplings and passes must come together"),
        ({"couplings": COUPLINGS[1:], "passes": 1}, "couplings must hold 9 numbers"),
        ({"couplings": (20.0, *COUPLINGS[1:]), "passes": 1}, "couplings must give fields of"),
        ({"couplings": (np.nan, *COUPLINGS[1:]), "passes": 1}, r"couplings\[nearest\] must be fin"),
        ({"couplings": COUPLINGS, "passes": -1}, "passes must be at least 0"),
        (
            {"couplings": COUPLINGS, "passes": 1, "majority": False},
            "majority must be True if there are passes",
        ),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConditionalUpscaler(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"corner": 3, "diagonal": DIAGONAL, "edge": EDGE},
        {"corner": CORNER, "diagonal": DIAGONAL, "edge": EDGE, "majority": 1},
        {"corner": CORNER, "diagonal": DIAGONAL, "edge": EDGE, "provenance": "here"},
        {"couplings": COUPLINGS, "passes": 1.5},
    ],
)
def test_arguments_of_the_wrong_kind(arguments):
    with pytest.raises(TypeError, match="must be"):
        ConditionalUpscaler(**arguments)


def test_parameters_count_each_number_once(upscaler):
    assert ConditionalUpscaler.nearest(passes=3).parameters == 1
    assert ConditionalUpscaler(CORNER, DIAGONAL, edge_weights(0.4)).parameters == 13
    assert upscaler.parameters == 6 + 6 + 5 + 9


def test_a_file_gives_the_upscaler_back(upscaler, tmp_path):
    path = tmp_path / "some.json"
    upscaler.save(path)
    assert ConditionalUpscaler.load(path) == upscaler
    content = json.loads(path.read_text())
    content["edge"].pop("own")
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="not usable: edge must be keyed by inside outside own"):
        ConditionalUpscaler.load(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="not valid JSON"):
        ConditionalUpscaler.load(path)
    path.write_text("{}")
    with pytest.raises(ValueError, match="its format must be"):
        ConditionalUpscaler.load(path)
    with pytest.raises(ValueError, match="cannot be read"):
        ConditionalUpscaler.load(tmp_path / "none.json")
    with pytest.raises(ValueError, match="name_or_path must be a path"):
        ConditionalUpscaler.load("none")
    with pytest.raises(TypeError, match="name_or_path must be a name"):
        ConditionalUpscaler.load(3)


def test_bundled_upscalers_are_usable_and_small():
    assert {"nearest", "renormalized-1", "renormalized-2"} <= set(ConditionalUpscaler.names())
    for name in ConditionalUpscaler.names():
        assert ConditionalUpscaler.load(name).parameters <= 17
    assert ConditionalUpscaler.load("nearest").couplings[0] == irg.K_CRITICAL


def test_a_description_gives_the_ensemble_back(upscaler):
    nearest = ConditionalUpscaler.nearest(passes=1)
    dream = irg.Dream(nearest, 16, start=irg.Dream(upscaler, 8, start=irg.Ising(4)))
    text = json.dumps(irg.campaign.describe(dream))
    assert irg.campaign.from_description(json.loads(text)) == dream
    assert irg.Dream(upscaler, 8) != irg.Dream(nearest, 8)
    assert hash(irg.Dream(upscaler, 8)) == hash(irg.Dream(upscaler, 8))


def test_the_list_of_the_chapter_can_be_read(tmp_path):
    tasks = {task.name: task for task in irg.campaign.read("beyond")}
    last = tasks["conditional-32"].ensemble
    assert last.sizes == (2, 4, 8, 16, 32)
    path = tmp_path / "list.toml"
    dream = 'dream = { kernel = "nearest", first = "k3", size = 8 }'
    path.write_text(f'[[tasks]]\nname = "some"\nn = 128\nseed = 1\n{dream}\n')
    with pytest.raises(ValueError, match="dream must have start, not first, for a conditional"):
        irg.campaign.read(path)


def test_a_plan_is_plain_json(upscaler):
    plan = upscaler.plan()
    assert json.loads(json.dumps(plan)) == plan
    assert [len(step["draw"]) for step in plan["steps"]] == [1, 1, 2]
    assert len(plan["pass"]) == 8


@pytest.mark.parametrize("device", [None, "cpu"])
def test_the_same_seed_gives_the_same_spins(upscaler, device):
    first = irg.dream(upscaler, 200, 8, rng=5, device=device)
    again = irg.dream(upscaler, 200, 8, rng=5, device=device)
    other = irg.dream(upscaler, 200, 8, rng=6, device=device)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_torch_module_that_draws(upscaler):
    torch = pytest.importorskip("torch")
    from inverse_rg.models import ConditionalLayer

    layer = ConditionalLayer(upscaler)
    spins = irg.dream(layer, 100, 8, rng=5)
    assert np.array_equal(spins, irg.dream(upscaler, 100, 8, rng=5, device="cpu"))
    assert irg.measure(irg.Dream(layer, 8), 128, rng=1)["size"].values.tolist() == [2, 4, 8]
    layer.draw = lambda coarse, generator: coarse
    with pytest.raises(ValueError, match="kernel_or_model must draw fine spins"):
        irg.dream(layer, 100, 8, rng=5)
    assert torch.is_tensor(layer.couplings)


def test_workers_change_nothing(upscaler):
    one, two = (irg.measure(irg.Dream(upscaler, 8), 1000, rng=5, workers=w) for w in (1, 2))
    assert one.identical(two)


def test_measured_sums_are_those_of_the_levels(upscaler):
    kernel = irg.Kernel(3, (0.35, 0.16, 0.14))
    start = irg.Dream(upscaler, 8, start=irg.Dream(kernel, 4))
    ensemble = irg.Dream(upscaler, 16, start=start)
    measured = irg.measure(ensemble, 20_000, rng=1)
    assert measured["size"].values.tolist() == [2, 4, 8, 16]
    spins = ensemble.sample(20_000, rng=2)
    square = spins.mean((1, 2)) ** 2
    error = np.hypot(measured["chi_error"][-1], 256 * square.std() / np.sqrt(len(square)))
    assert abs(256 * square.mean() - measured["chi"][-1]) < 4 * error


def test_a_start_without_a_checkerboard_is_refused(upscaler):
    with pytest.raises(ValueError, match="start must have side 1 or an even side"):
        irg.Dream(upscaler, 6, start=np.ones((2, 3, 3)))
    with pytest.raises(ValueError, match="start must have side 1 or an even side"):
        irg.dream(upscaler, 2, 6, rng=1, start=np.ones((2, 3, 3)))
    with pytest.raises(TypeError, match="must be a Kernel, a ConditionalUpscaler or a torch"):
        irg.Dream("k3", 8)


def test_symmetries_of_packed_lattices():
    spins = np.random.default_rng(1).choice([-1, 1], (64, 6, 6)).astype(np.int8)
    lattice = _bits.pack_replicas(spins)[0]
    masks = np.random.default_rng(2).integers(0, 2**63, 3, dtype=np.uint64)
    turned = lattice.copy()
    _packed_symmetry.turn(turned, masks)
    images = _bits.unpack_replicas(turned[None])
    expected = _packed_symmetry.symmetries(spins)
    for replica in range(64):
        number = sum(
            int(mask >> np.uint64(replica) & np.uint64(1)) << i for i, mask in enumerate(masks)
        )
        assert np.array_equal(images[replica], expected[number][replica])
    _packed_symmetry.turn_back(turned, masks)
    assert np.array_equal(turned, lattice)


def test_shapes_are_complete_and_keep_the_colours_apart():
    assert [_interactions.count(name) for name in INTERACTIONS] == [4, 4, 4, 8, 4, 16, 4, 32, 16]
    for name in INTERACTIONS:
        for others in _interactions.terms(name, 64):
            for y, x in others:
                if y % 2 == 0 and x % 2 == 0:
                    assert (y // 2 + x // 2) % 2 == 1
    assert [len(_interactions.terms(name, 2)) for name in INTERACTIONS] == [
        4,
        4,
        0,
        8,
        4,
        8,
        0,
        16,
        16,
    ]


def test_fits_find_the_law_of_the_nearest_neighbour_model():
    level = count(irg.Ising(16), 20_000, heat_bath=[0], order=[0], rng=7)[0]
    numbers, errors = fit_couplings(level)
    exact = np.array([irg.K_CRITICAL, *(0.0,) * 8])
    assert np.abs((numbers - exact) / np.array(errors)).max() < 4
    parts, spread = fit_order(level)
    gap = np.array(parts["edge"]) - edge_weights(irg.K_CRITICAL)
    assert np.abs(gap / np.array(spread["edge"])).max() < 4
    # Without the rule in the fit the law is not found.
    parts, spread = fit_order(level, majority=False)
    gap = np.array(parts["edge"]) - edge_weights(irg.K_CRITICAL)
    assert np.abs(gap / np.array(spread["edge"])).max() > 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"heat_bath": [4]}, "heat_bath must be at least 0 and at most 3"),
        ({"order": [-1]}, "order must be at least 0"),
        ({"groups": 1}, "groups must be at least 2"),
    ],
)
def test_counts_that_cannot_be_had(arguments, message):
    with pytest.raises(ValueError, match=message):
        count(irg.Ising(16), 10, rng=1, **arguments)


def test_fits_say_what_is_missing():
    level = count(irg.Ising(4), 10, heat_bath=[0], rng=1)[0]
    with pytest.raises(ValueError, match="level must be counted for draws in order"):
        fit_order(level)
    with pytest.raises(ValueError, match="interactions must be one of"):
        fit_couplings(level, interactions=["none"])
    level = count(irg.Ising(4), 10, order=[0], rng=1)[0]
    with pytest.raises(ValueError, match="level must be counted for the heat bath"):
        fit_couplings(level)


def test_codes_of_the_heat_bath_are_all_spins_that_have_a_choice():
    fine = irg.sample_ising(50, 8, rng=1)
    coarse = irg.block(fine, rng=2)
    codes = _conditional_counts.heat_bath_codes(fine, coarse)
    own = coarse.repeat(2, 1).repeat(2, 2)
    blocks = fine.reshape(50, 4, 2, 4, 2).sum((2, 4)).repeat(2, 1).repeat(2, 2)
    assert codes.size == ((blocks - fine) * own > 0).sum()
    merged = _conditional_counts.count_codes(fine, coarse)
    assert merged[1].sum() == codes.size
    assert np.array_equal(merged[0], np.unique(codes))


def test_digits_count_the_positive_products():
    spins = np.random.default_rng(1).choice([-1, 1], (64, 8, 8)).astype(np.int8)
    words = _bits.pack_replicas(spins)[0]
    coarse = words[5, 5]
    relative = spins * spins[:, 5, 5][:, None, None]
    digits = np.zeros(_heat_bath_bits.DIGITS, np.uint64)
    _digits(words, (np.arange(12) - 2) % 8, coarse, np.empty(25, np.uint64), digits)
    total = dict.fromkeys(INTERACTIONS, 0)
    place = 0
    for name, products, width in _heat_bath_bits.GROUPS:
        bits = (digits[place : place + width, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(
            1
        )
        total[name] = total[name] + 2 * (1 << np.arange(width)) @ bits.astype(int) - products
        place += width
    assert place == _heat_bath_bits.DIGITS
    for name in INTERACTIONS:
        assert np.array_equal(total[name], _interactions.sums(relative, name)[:, 3, 4])


@njit(cache=False)
def _digits(words, wrap, coarse, near, digits):
    _heat_bath_bits.neighbourhood(words, wrap, 3, 4, coarse, near)
    _heat_bath_bits.digits_of(near, digits)
