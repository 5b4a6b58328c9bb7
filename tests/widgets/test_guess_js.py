"""Which one is real: the score's statistics, the Monte Carlo set, the pairs."""

import base64
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta, binom

from inverse_rg import _files
from inverse_rg.ising import K_CRITICAL, exact_energy
from inverse_rg.kernels import Kernel

SIGMAS = 4
K3 = {"size": 3, "parameters": list(Kernel.load("k3").parameters)}
SET = json.loads((_files.data_folder("widgets") / "monte-carlo.json").read_text())


def unpack(side):
    bits = np.unpackbits(np.frombuffer(base64.b64decode(SET["sets"][str(side)]["spins"]), np.uint8))
    return bits.reshape(-1, side, side).astype(np.int8) * 2 - 1


def energy(spins):
    s = np.asarray(spins, float)
    return (s * np.roll(s, 1, -1) + s * np.roll(s, 1, -2)).mean(axis=(-2, -1))


@pytest.mark.parametrize(("hits", "trials"), [(0, 5), (5, 5), (7, 10), (60, 100), (261, 500)])
def test_binomial_statistics_are_exact(hits, trials, javascript):
    body = """
    const { hits, trials } = args;
    const interval = guess_statistics.binomialInterval(hits, trials);
    return [guess_statistics.binomialTail(hits, trials, 0.5), ...interval];
    """
    tail, low, high = javascript(["guess-statistics"], body, hits=hits, trials=trials)
    assert tail == pytest.approx(binom.sf(hits - 1, trials, 0.5), rel=1e-9)
    assert low == pytest.approx(0 if hits == 0 else beta.ppf(0.025, hits, trials - hits + 1))
    assert high == pytest.approx(1 if hits == trials else beta.ppf(0.975, hits + 1, trials - hits))


@pytest.mark.parametrize(
    ("hits", "trials", "words"),
    [
        (3, 4, "A few more guesses"),
        (12, 20, "No sign yet"),
        (16, 20, "You can probably tell"),
        (29, 30, "You can tell them apart"),
        (250, 500, "hardly shows"),
        (0, 0, ""),
    ],
)
def test_the_score_in_words(hits, trials, words, javascript):
    body = "return guess_statistics.scoreWords(args.hits, args.trials);"
    found = javascript(["guess-statistics"], body, hits=hits, trials=trials)
    assert words in found
    assert bool(found) == bool(trials)


def test_the_set_is_what_its_recipe_makes():
    place = Path(_files.data_folder("widgets")).parent / "make_widget_samples.py"
    specification = importlib.util.spec_from_file_location("make_widget_samples", place)
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    script.measured = lambda: SET["measured"]  # a minute's work, tested elsewhere
    assert script.samples() == SET
    assert (_files.data_folder("widgets") / "monte-carlo.json").stat().st_size < 150 * 1024


@pytest.mark.parametrize("side", [8, 64])
def test_the_set_has_the_exact_energy(side):
    found = energy(unpack(side))
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - exact_energy(side, K_CRITICAL)) < SIGMAS * error
    assert SET["provenance"]["coupling"] == K_CRITICAL


def test_the_measured_values_are_near_the_exact_ones():
    measured = SET["measured"]
    assert abs(measured["U4"]["value"] - 0.610692) < 0.001  # U4 at L = 64 has corrections
    assert abs(measured["gamma_over_nu"]["value"] - 1.75) < 0.01
    widths = np.full(129, 1 / 64)
    widths[[0, -1]] = 1 / 128 + 1 / 64**2
    assert (np.array(measured["P"]) * widths).sum() == pytest.approx(1, abs=1e-4)


def test_the_page_unpacks_the_set_as_it_is(javascript):
    body = """
    return [8, 64].map((side) => {
      const pictures = guess_pictures.unpackSet(args.set, side);
      return [pictures.length, [...pictures[0]], [...pictures[pictures.length - 1]]];
    });
    """
    for side, (number, first, last) in zip(
        (8, 64), javascript(["guess-pictures"], body, set=SET), strict=True
    ):
        expected = unpack(side)
        assert number == len(expected)
        assert np.array_equal(np.array(first).reshape(side, side) * 2 - 1, expected[0])
        assert np.array_equal(np.array(last).reshape(side, side) * 2 - 1, expected[-1])


def test_a_turned_picture_is_the_same_magnet(javascript):
    body = """
    const draw = random.createRandom(2);
    const picture = Uint8Array.from(args.spins);
    return Array.from({ length: 40 }, () => [...guess_pictures.turnPicture(picture, 8, draw)]);
    """
    start = min(unpack(8), key=lambda picture: abs(picture.sum() - 20))
    turned = javascript(
        ["guess-pictures", "random"], body, spins=((start.ravel() + 1) // 2).tolist()
    )
    turned = np.array(turned).reshape(-1, 8, 8) * 2 - 1
    assert np.allclose(energy(turned), energy(start))
    assert (abs(turned.sum(axis=(1, 2))) == abs(start.sum())).all()
    assert len({picture.tobytes() for picture in turned}) > 30


PAIRS = """
const pictures = Array.from({ length: 10 }, (_, i) => new Uint8Array(4096).fill(1, 0, 300 + i));
const next = guess_pictures.createPairs(pictures, args.seed);
return Array.from({ length: args.n }, () => {
  const { pictures: both, real } = next(args.kernel);
  const ups = both.map((spins) => spins.reduce((sum, spin) => sum + spin, 0));
  return [real, Math.min(ups[real], 4096 - ups[real]), ups[1 - real]];
});
"""


def test_pairs_are_fair_and_show_every_real_one_before_any_comes_again(javascript):
    found = np.array(javascript(["guess-pictures"], PAIRS, kernel=K3, seed=5, n=400))
    assert abs(found[:, 0].mean() - 0.5) < SIGMAS * 0.5 / np.sqrt(400)
    for round_of_ten in found[:, 1].reshape(-1, 10):
        assert sorted(round_of_ten) == list(range(300, 310))
    assert len(set(found[:, 2])) > 200
    again = np.array(javascript(["guess-pictures"], PAIRS, kernel=K3, seed=5, n=50))
    assert np.array_equal(again, found[:50])
    other = np.array(javascript(["guess-pictures"], PAIRS, kernel=K3, seed=6, n=50))
    assert not np.array_equal(other, again)
