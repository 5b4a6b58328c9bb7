"""Dreams of conditional models in JavaScript: exact laws, moments, seeds, and a longer walk."""

import dataclasses
import functools
import importlib.util
from pathlib import Path

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg.conditional import ConditionalUpscaler
from inverse_rg.conditional_models import MODELS, levels_left
from inverse_rg.scaling import two_size_exponent

RIGHT = 1e-4
BROKEN = 1e-6

COUPLINGS = (0.35, 0.08, -0.03, -0.01, -0.03, 0.02, -0.015, 0.01, -0.01)
CHAIN = MODELS["conditional"]
FIXED_POINT = MODELS["renormalized-2"]
ORDERED = MODELS["ordered-fixed"]


def load_twin():
    """Return the slow and obvious twin of the package's own exact tests, as a module."""
    path = Path(__file__).resolve().parents[1] / "exact" / "test_conditional.py"
    spec = importlib.util.spec_from_file_location("conditional_twin", path)
    twin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(twin)
    return twin


TWIN = load_twin()


@functools.cache
def exact_law(name, levels):
    """Return the law of the 2^(L^2) lattices of side 2^levels that grow from one random spin."""
    return TWIN.grown([TWIN.MODELS[name].plan()] * levels)


def as_js(model):
    """Return a model as the page holds it."""
    return {"model": model.name, "levels": model.describe()["levels"]}


GROW = """
const [draws, ties] = [random.createRandom(args.seed, 0), random.createRandom(args.seed, 1)];
const counts = new Array(2 ** (args.side * args.side)).fill(0);
for (let i = 0; i < args.n; i++) {
  let spins = Uint8Array.of(draws.nextU32() >>> 31);
  for (let size = 1; size < args.side; size *= 2) {
    spins = conditional.upscaleConditional(args.upscaler, spins, size, draws, ties);
  }
  counts[spins.reduce((index, spin, site) => index + spin * 2 ** site, 0)] += 1;
}
return counts;
"""


def grown_counts(javascript, upscaler, side, n, seed=31):
    options = {"upscaler": upscaler.describe(), "side": side, "n": n, "seed": seed}
    return np.array(javascript(["conditional", "random"], GROW, **options))


@pytest.mark.parametrize("name", sorted(TWIN.MODELS))
def test_growing_has_the_exact_distribution(name, javascript, chi_square):
    model = TWIN.MODELS[name]
    assert chi_square(grown_counts(javascript, model, 2, 100_000), exact_law(name, 1)) > RIGHT
    assert chi_square(grown_counts(javascript, model, 4, 300_000), exact_law(name, 2)) > RIGHT


@pytest.mark.parametrize(("name", "part"), [("in order", "diagonal"), ("pass", "couplings")])
def test_a_wrong_parameter_is_found(name, part, javascript, chi_square):
    numbers = getattr(TWIN.MODELS[name], part)
    wrong = dataclasses.replace(TWIN.MODELS[name], **{part: (1.25 * numbers[0], *numbers[1:])})
    counts = grown_counts(javascript, wrong, 4, 300_000)
    assert chi_square(counts, exact_law(name, 2)) < BROKEN


def test_the_ensemble_has_the_symmetry_of_the_square(javascript, chi_square):
    model = TWIN.MODELS["in order"]
    skew = TWIN.level(model.plan(), np.array([[1.0]]), {})
    skew = 0.5 * (skew + skew[::-1])
    counts = grown_counts(javascript, model, 2, 100_000)
    one_up = [1, 2, 4, 8, 14, 13, 11, 7]
    assert chi_square(counts[one_up], np.full(8, 1 / 8)) > RIGHT
    assert chi_square(counts, skew) < BROKEN  # without the random orientation


WALKS = """
// Walks from a seed each, as the page makes them.
const counts = new Array(65536).fill(0);
for (let seed = 0; seed < args.n; seed++) {
  const work = walk.walkTask({ kernel: args.kernel, start: "random", seed, moves: [true, true] });
  let step = work.next();
  while (!step.done) step = work.next();
  const { spins } = step.value.lattices[2];
  counts[spins.reduce((index, spin, site) => index + spin * 2 ** site, 0)] += 1;
}
return counts;
"""


def test_a_walk_of_the_chain_has_the_exact_distribution(javascript, chi_square):
    """Its last two levels are all that there are: one is drawn for P_1, one for P_0."""
    counts = javascript(["walk"], WALKS, kernel=as_js(CHAIN), n=150_000)
    law = TWIN.grown([CHAIN.upscaler(2, 1).plan(), CHAIN.upscaler(4, 0).plan()])
    assert chi_square(counts, law) > RIGHT
    swapped = TWIN.grown([CHAIN.upscaler(2, 1).plan(), CHAIN.upscaler(4, 1).plan()])
    assert chi_square(counts, swapped) < BROKEN


NAMES = ("m2", "m4", "absM", "e", "e2", "absMe")
BATCHES = """
const draws = random.createRandom(args.seed);
const parts = [];
for (let i = 0; i < args.batches; i++) {
  parts.push(conditional_measure.measureConditional(args.kernel, args.levels, args.n, draws));
}
return parts.map((part) => part.map((sums) => ({ ...sums, histogram: [...sums.histogram] })));
"""


def batches(javascript, model, levels, n=2000, count=20, seed=5):
    options = {"kernel": as_js(model), "levels": levels, "n": n, "batches": count, "seed": seed}
    return javascript(["conditional-measure", "random"], BATCHES, **options)


def batch_means(parts, level):
    return np.array(
        [[part[level][name] / part[level]["count"] for name in NAMES] for part in parts]
    )


def moments(spins):
    """Return m2, m4, |m|, e, e2 and |m| e of each lattice, (n, 6)."""
    spins = spins.astype(float)
    m = spins.mean(axis=(1, 2))
    e = (spins * (np.roll(spins, -1, 1) + np.roll(spins, -1, 2))).mean(axis=(1, 2))
    return np.stack([m**2, m**4, abs(m), e, e**2, abs(m) * e], axis=1)


@pytest.mark.parametrize("model", [CHAIN, FIXED_POINT, ORDERED], ids=lambda model: model.name)
def test_dreams_agree_with_the_package(model, javascript):
    """Moments at side 16 (and 8), drawn by the page and by the package's Numba engine."""
    parts = batches(javascript, model, [3, 4])
    for level in (3, 4):
        own = model.ensemble(2**level) if model is CHAIN else model.ensemble(16)
        levels = own.draw_levels(50_000, np.random.SeedSequence(9))
        theirs = moments(levels[2**level])
        ours = batch_means(parts, level)
        gap = ours.mean(axis=0) - theirs.mean(axis=0)
        error = np.hypot(
            ours.std(axis=0, ddof=1) / 20**0.5, theirs.std(axis=0) / len(theirs) ** 0.5
        )
        assert np.abs(gap / error).max() < 4, level
        assert parts[0][level]["count"] == sum(parts[0][level]["histogram"]) == 2000


def test_the_chain_has_the_energy_of_the_ising_model(javascript, distance):
    """At side 16 the exact energy (Kaufman) is met; the fixed point has another."""
    exact = irg.exact_energy(16, irg.K_CRITICAL)
    e = NAMES.index("e")
    assert distance(batch_means(batches(javascript, CHAIN, [4]), 4)[:, e], exact) < 4
    other = batch_means(batches(javascript, FIXED_POINT, [4]), 4)[:, e]
    assert distance(other, exact) > 8


WALK = """
const work = walk.walkTask({ start: "random", ...args });
let step = work.next();
while (!step.done) step = work.next();
return step.value.lattices.map(({ spins, size }) => [size, [...spins].join("")]);
"""


def walked(javascript, model, moves, seed=1, **options):
    arguments = {"kernel": as_js(model), "seed": seed, "moves": moves, **options}
    return javascript(["walk"], WALK, **arguments)


def changed(first, second):
    return np.mean([a != b for a, b in zip(first[1], second[1], strict=True)])


@pytest.mark.parametrize("model", [CHAIN, FIXED_POINT, ORDERED], ids=lambda model: model.name)
def test_same_seed_same_picture(model, javascript):
    first = walked(javascript, model, [True] * 6)
    assert walked(javascript, model, [True] * 6) == first
    assert walked(javascript, model, [True] * 6, seed=2) != first
    assert [size for size, _ in first] == [1, 2, 4, 8, 16, 32, 64]


def test_a_stationary_model_grows_on_from_what_there_is(javascript):
    first = walked(javascript, FIXED_POINT, [True] * 6)
    assert walked(javascript, FIXED_POINT, [True] * 7)[:7] == first


def test_a_longer_chain_changes_details_of_its_last_two_levels(javascript):
    first, longer = (walked(javascript, CHAIN, [True] * count) for count in (6, 7))
    assert first[:5] == longer[:5]
    assert 0 < changed(first[5], longer[5]) < 0.05  # P_1 instead of P_2
    assert 0 < changed(first[6], longer[6]) < 0.15  # P_0 instead of P_1
    other = walked(javascript, CHAIN, [True] * 6, seed=2)
    assert changed(first[6], other[6]) > 0.3


def test_blocked_twice_and_grown_twice_it_ends_with_the_last_two_levels(javascript):
    body = "return conditional_models.levelsLeft(args.moves);"
    moves = [True, True, True, False, False, True, True]
    left = javascript(["conditional-models"], body, moves=moves)
    assert left == levels_left(moves) == [2, 1, 0, 0, 0, 1, 0]
    lattices = walked(javascript, CHAIN, [True] * 6 + [False] * 2 + [True] * 2)
    assert [size for size, _ in lattices] == [1, 2, 4, 8, 16, 32, 64, 32, 16, 32, 64]


def test_what_draws_which_level(javascript):
    body = """return args.sizes.map(([size, left]) => {
      const found = conditional_models.upscalerAt(args.kernel, size, left);
      return Object.keys(args.kernel.levels).find((name) => args.kernel.levels[name] === found);
    });"""
    sizes = [(8, 0), (4, 1), (2, 2), (2, 4), (4, 3), (8, 2), (16, 2), (4, 0), (2, 1), (64, 5)]
    keys = javascript(["conditional-models"], body, kernel=as_js(CHAIN), sizes=sizes)
    described = CHAIN.describe()["levels"]
    for (size, left), key in zip(sizes, keys, strict=True):
        assert described[key] == CHAIN.upscaler(size, left).describe()
    assert keys[:5] == ["last", "beforeLast", "2", "2", "4"]


def test_node_and_chromium_draw_the_same(both_engines):
    for model in (CHAIN, ORDERED):
        pictures = [
            run(["walk"], WALK, kernel=as_js(model), seed=9, moves=[True] * 6)
            for run in both_engines
        ]
        assert pictures[0] == pictures[1]


TASK = """
const groups = new Array(measure_task.MEASURE_GROUPS).fill(null);
const options = { kernel: args.kernel, seed: args.seed, first: 0, limit: args.limit };
for (const progress of measure_task.measureTask(options)) {
  progress?.parts.forEach((part, i) => {
    if (part) groups[i] = replicas.addSums(groups[i], part);
  });
}
const results = measure_estimators.measureResults(groups, 6, 4);
return { ...results, density: [...results.density.value] };
"""


@pytest.mark.parametrize("model", [CHAIN, FIXED_POINT], ids=lambda model: model.name)
def test_the_page_measures_what_the_package_measures(model, javascript):
    modules = ["measure-task", "measure-estimators", "replicas"]
    found = javascript(modules, TASK, kernel=as_js(model), limit=8192, seed=8)
    sides = (16, 64) if model is CHAIN else (64,)
    parts = [irg.measure(model.ensemble(side), 50_000, rng=side) for side in sides]
    if model is CHAIN:
        parts = [part.sel(size=[side]) for part, side in zip(parts, sides, strict=True)]
    run = irg.measurement.join(parts) if len(parts) > 1 else parts[0]
    assert found["count"] == 8192
    expected = {
        "gammaOverNu": two_size_exponent(run, "chi", 64, 16),
        "oneOverNu": two_size_exponent(run, "c_me", 64, 16),
        "U4": (float(run["U4"].sel(size=64)), float(run["U4_error"].sel(size=64))),
    }
    for name, (value, error) in expected.items():
        distance = abs(found[name]["value"] - value) / np.hypot(found[name]["error"], error)
        assert distance < 4, name


def test_every_model_is_in_the_bundle():
    from inverse_rg.widgets import _bundle

    held = _bundle.conditional_models()
    assert list(held) == list(MODELS)
    assert {name: content["parameters"] for name, content in held.items()} == {
        "conditional": 31,
        "renormalized-2": 9,
        "ordered-fixed": 17,
    }
    last = held["conditional"]["levels"]["last"]
    assert ConditionalUpscaler(**last) == ConditionalUpscaler.load("nearest")
