"""Estimators and the measuring task of the page against the package."""

import numpy as np
import pytest

from inverse_rg import observables
from inverse_rg.ensembles import Dream
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure
from inverse_rg.scaling import two_size_exponent
from inverse_rg.statistics import jackknife

SIGMAS = 4
NAMES = {"m2": "m^2", "m4": "m^4", "absM": "|m|", "e": "e", "e2": "e^2", "absMe": "|m||e|"}
BINS = 65

RESULTS = """
const groups = args.groups.map((group) =>
  group.map((sums) => ({ ...sums, histogram: Float64Array.from(sums.histogram) })),
);
const results = measure_estimators.measureResults(groups, 6, 4);
for (const name of ["m", "value", "error"]) results.density[name] = [...results.density[name]];
return results;
"""


@pytest.fixture(scope="module")
def run():
    """Return a run of the package whose moments are symmetric, and histograms made up for it."""
    found = measure(Dream(Kernel.load("k3"), 64), 6400, rng=2)
    found["moments"].loc[{"moment": "m"}] = 0.0  # the page leaves <m> = 0 out
    rng = np.random.default_rng(6)
    counts = found["count"].values.astype(int)
    shape = rng.dirichlet(np.ones(BINS))
    return found, np.array([rng.multinomial(count, shape) for count in counts])


def page_results(javascript, run):
    found, histograms = run
    groups = []
    for group, count in enumerate(found["count"].values):
        levels = []
        for level in range(7):
            sums = {
                "size": 2**level,
                "count": float(count),
                "histogram": histograms[group].tolist(),
            }
            for name, moment in NAMES.items():
                value = 1.0
                if level > 0:
                    value = float(found["moments"].sel(size=2**level, moment=moment)[group])
                sums[name] = value
            levels.append(sums)
        groups.append(levels)
    return javascript(["measure-estimators"], RESULTS, groups=groups)


@pytest.mark.parametrize(("name", "observable"), [("gammaOverNu", "chi"), ("oneOverNu", "c_me")])
def test_exponents_agree_with_the_package(name, observable, run, javascript):
    expected = two_size_exponent(run[0], observable, 64, 16)
    found = page_results(javascript, run)[name]
    assert found["value"] == pytest.approx(expected.value, rel=1e-10)
    assert found["error"] == pytest.approx(expected.error, rel=1e-6)


def test_the_binder_ratio_agrees_with_the_package(run, javascript):
    moments = run[0]["moments"].sel(size=64).values
    expected = jackknife(
        lambda mean: observables.evaluate(mean, 64)["U4"], moments, run[0]["count"].values
    )
    found = page_results(javascript, run)["U4"]
    assert found["value"] == pytest.approx(expected.value, rel=1e-10)
    assert found["error"] == pytest.approx(expected.error, rel=1e-6)


def test_the_distribution_is_a_density_with_its_error(run, javascript):
    _, histograms = run
    widths = np.full(BINS, 2 / (BINS - 1))
    widths[[0, -1]] /= 2
    expected = jackknife(lambda mean: mean / widths, histograms, run[0]["count"].values)
    found = page_results(javascript, run)["density"]
    assert found["m"] == pytest.approx(np.linspace(-1, 1, BINS))
    assert (np.array(found["value"]) * widths).sum() == pytest.approx(1)
    assert found["value"] == pytest.approx(expected.value)
    assert found["error"] == pytest.approx(expected.error)


def test_one_group_gives_no_result(javascript):
    body = "return measure_estimators.measureResults([null, null], 6, 4);"
    assert javascript(["measure-estimators"], body) is None


TASK = """
const groups = new Array(measure_task.MEASURE_GROUPS).fill(null);
let count = 0;
let first = 0;
for (const limit of args.limits) {
  const options = { kernel: args.kernel, seed: args.seed, first, limit };
  for (const progress of measure_task.measureTask(options)) {
    if (!progress) continue;
    count += progress.count;
    progress.parts.forEach((part, i) => {
      if (part) groups[i] = replicas.addSums(groups[i], part);
    });
  }
  first = limit;
}
const results = measure_estimators.measureResults(groups, 6, 4);
const filled = groups.filter(Boolean).length;
return { count, ...results, density: [...results.density.value], filled };
"""


def task(javascript, kernel, limits, seed=8):
    modules = ["measure-task", "measure-estimators", "replicas"]
    parameters = list(kernel.parameters)
    options = {"kernel": {"size": kernel.size, "parameters": parameters}, "seed": seed}
    return javascript(modules, TASK, limits=limits, **options)


def distances(found, run):
    """Return how far two measurements are from one another, in error bars."""
    pairs = {
        "gammaOverNu": two_size_exponent(run, "chi", 64, 16),
        "oneOverNu": two_size_exponent(run, "c_me", 64, 16),
        "U4": (float(run["U4"].sel(size=64)), float(run["U4_error"].sel(size=64))),
    }
    return {
        name: abs(found[name]["value"] - value) / np.hypot(found[name]["error"], error)
        for name, (value, error) in pairs.items()
    }


def test_the_page_measures_what_the_package_measures(javascript):
    kernel = Kernel.load("k3")
    found = task(javascript, kernel, [32_768])
    run = measure(Dream(kernel, 64), 50_000, rng=9)
    assert found["count"] == 32_768
    assert found["filled"] == 32
    assert max(distances(found, run).values()) < SIGMAS
    counts = run["P"].sel(size=64).values
    assert np.interp(0.5, np.linspace(-1, 1, 129), counts) == pytest.approx(
        np.interp(0.5, np.linspace(-1, 1, BINS), found["density"]), rel=0.15
    )
    bent = Kernel(3, tuple(1.02 * value for value in kernel.parameters))
    assert distances(task(javascript, bent, [32_768]), run)["gammaOverNu"] > 8


def test_the_same_seed_measures_the_same_with_and_without_a_pause(javascript):
    kernel = Kernel.load("k3")
    whole = task(javascript, kernel, [4096])
    paused = task(javascript, kernel, [1024, 1088, 4096])
    assert paused["count"] == whole["count"] == 4096
    for name in ("gammaOverNu", "oneOverNu", "U4"):
        assert paused[name] == pytest.approx(whole[name], rel=1e-9)
    assert task(javascript, kernel, [4096], seed=9)["U4"] != whole["U4"]
