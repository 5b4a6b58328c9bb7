"""Where the zoom looks: exact places, links, and what it says about a view."""

import numpy as np
import pytest

from inverse_rg.ensembles import Dream
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure
from inverse_rg.scaling import two_size_exponent

SIGMAS = 4
K3 = {"size": 3, "parameters": list(Kernel.load("k3").parameters)}


def test_out_and_back_leads_to_the_same_spin(javascript):
    body = """
    const view = zoom_view.homeView();
    for (let i = 0; i < 60; i++) zoom_view.zoomView(view, view.depth + 1, 0.31, -0.12);
    const at = (coordinate) => zoom_view.cellAt(view, 68, coordinate);
    const cell = () => [...at(view.x), ...at(view.y)].map(String);
    const deep = cell();
    const bits = view.bits;
    for (let i = 0; i < 60; i++) zoom_view.zoomView(view, view.depth - 1);
    const out = view.depth;
    for (let i = 0; i < 60; i++) zoom_view.zoomView(view, view.depth + 1);
    const level = (1n << 68n) - 1n;
    const isInside = BigInt(deep[0]) > 0n && BigInt(deep[0]) < level;
    return [deep, cell(), out, view.bits >= bits, isInside];
    """
    deep, again, out, keeps_digits, is_inside = javascript(["zoom-view"], body)
    assert again == deep
    assert out == 0
    assert keeps_digits
    assert is_inside


@pytest.mark.parametrize("depth", [3, 40, 300])
def test_the_place_under_the_finger_stays(depth, javascript):
    body = """
    const view = zoom_view.homeView();
    zoom_view.zoomView(view, args.depth, 0.4, 0.2);
    const place = () => {
      // The spin under the finger at (0.25, -0.3) widths, two levels further down.
      const [cell, within] = zoom_view.cellAt(view, args.depth + 2, view.x);
      return Number(cell & 0xffffn) + within + 0.25 * 2 ** (args.depth + 2 - view.depth);
    };
    const before = place();
    zoom_view.zoomView(view, args.depth + 1.7, 0.25, -0.3);
    const after = place();
    zoom_view.zoomView(view, args.depth + 0.2, 0.25, -0.3);
    return [before, after, place()];
    """
    before, after, back = javascript(["zoom-view"], body, depth=depth)
    assert after == pytest.approx(before, abs=1e-6)
    assert back == pytest.approx(before, abs=1e-6)


def test_moving_goes_around_the_torus(javascript):
    body = """
    const view = zoom_view.homeView();
    const start = [String(view.x), String(view.y)];
    for (let i = 0; i < 8; i++) zoom_view.moveView(view, 0.25, -0.125);
    const half = [String(view.x), view.y < 1n << BigInt(view.bits)];
    for (let i = 0; i < 8; i++) zoom_view.moveView(view, 0, -0.125);
    return [start, half, [String(view.x), String(view.y)]];
    """
    start, half, around = javascript(["zoom-view"], body)
    assert half == [start[0], True]
    assert around[0] == start[0]
    assert start == around


def test_a_link_reproduces_place_and_rule(javascript):
    body = """
    const view = zoom_view.homeView();
    for (let i = 0; i < 50; i++) zoom_view.zoomView(view, view.depth + 0.93, 0.17, 0.05);
    const bend = { level: 12, kernel: { size: 3, parameters: [0.25, 0.125, -0.0625] } };
    const level = 55;
    const text = zoom_link.linkText({ kernel: "k3", seed: 77, bend, view }, level);
    const read = zoom_link.readLink(text, { k3: args.kernel });
    const cells = (one) => [one.x, one.y].map((value) => zoom_view.cellAt(one, level, value));
    const gap = cells(view).map(([cell, within], i) => {
      const [other, rest] = cells(read.view)[i];
      return Number(cell - other) + within - rest;
    });
    return [text, read.kernel, read.seed, read.bend, gap, view.depth - read.view.depth];
    """
    text, kernel, seed, bend, gap, depth = javascript(["zoom-view", "zoom-link"], body, kernel=K3)
    assert text.startswith("#zoom&kernel=k3&seed=77&z=46.5")
    assert (kernel, seed) == ("k3", 77)
    assert bend == {"level": 12, "kernel": {"size": 3, "parameters": [0.25, 0.125, -0.0625]}}
    assert np.abs(gap).max() < 1e-6
    assert abs(depth) < 1e-8


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("kernel=none&z=1&x=8&y=8", "no kernel named “none”"),
        ("seed=-1&z=1&x=8&y=8", "seed must be a whole number"),
        ("seed=1.5&z=1&x=8&y=8", "seed must be a whole number"),
        ("z=deep&x=8&y=8", "depth must be a number from 0 to 890, got deep"),
        ("z=1e9&x=8&y=8", "depth must be a number from 0 to 890"),
        ("z=1&y=8", "x must be hexadecimal digits"),
        ("z=1&x=8&y=-8", "y must be hexadecimal digits, got -8"),
        ("z=1&x=8&y=8&p=1,2", "3 x 3 kernel has 3 parameters, got 2"),
        ("z=1&x=8&y=8&p=1,2,three", "must be a number"),
        ("z=1&x=8&y=8&p=1,2,3&below=-4", "must be a level, got -4"),
    ],
)
def test_a_link_that_makes_no_sense_is_named(fragment, words, javascript):
    body = """
    try { return zoom_link.readLink(args.fragment, { k3: args.kernel }) && "read"; }
    catch (error) { return error.message; }
    """
    message = javascript(["zoom-link"], body, fragment=f"#zoom&{fragment}", kernel=K3)
    assert words in message


def test_statistics_of_a_view_by_their_definition(javascript):
    spins = np.random.default_rng(3).integers(0, 2, (12, 9))
    body = """
    const [height, width] = [args.spins.length, args.spins[0].length];
    const flat = Uint8Array.from(args.spins.flat());
    const statistics = zoom_levels.rectangleStatistics;
    return [false, true].map((isTorus) => statistics(flat, width, height, isTorus));
    """
    inside, torus = javascript(["zoom-levels"], body, spins=spins.tolist())
    s = 2.0 * spins - 1
    bonds = np.concatenate([(s[1:] * s[:-1]).ravel(), (s[:, 1:] * s[:, :-1]).ravel()])
    assert inside["m"] == pytest.approx(s.mean())
    assert inside["e"] == pytest.approx(2 * bonds.mean())
    periodic = (s * np.roll(s, 1, 0) + s * np.roll(s, 1, 1)).mean()
    assert torus == pytest.approx({"m": s.mean(), "e": periodic})


def test_block_variances_by_their_definition(javascript):
    spins = np.random.default_rng(4).integers(0, 2, (32, 32))
    body = "return zoom_levels.blockVariance(Uint8Array.from(args.spins.flat()), 32, 8);"
    blocks = (2.0 * spins - 1).reshape(4, 8, 4, 8).mean(axis=(1, 3))
    found = javascript(["zoom-levels"], body, spins=spins.tolist())
    assert found == pytest.approx((blocks**2).mean())


DIVE = """
const results = [];
for (let seed = 0; seed < args.n; seed++) {
  const magnet = zoom_tiles.createUniverse({ seed, kernel: args.kernel });
  const levels = zoom_levels.createLevels();
  const place = { x: "3a7f19283745abcd9182", y: "71726ab2c3d4e5f60718" };
  const view = zoom_view.readView({ z: "30", ...place });
  const entries = levels.update(magnet, view, 38, Infinity);
  const words = zoom_words.verdict(entries, 0);
  const eta = zoom_levels.etaOf(entries);
  results.push([eta.value, eta.error, words.text, words.kind]);
}
return results;
"""


def dives(javascript, factor, n):
    kernel = {"size": 3, "parameters": [factor * value for value in K3["parameters"]]}
    modules = ["zoom-tiles", "zoom-levels", "zoom-view", "zoom-words"]
    return javascript(modules, DIVE, kernel=kernel, n=n)


def test_eta_on_the_way_down_is_that_of_the_package(javascript):
    found = np.array([row[:2] for row in dives(javascript, 1, 24)], float)
    run = measure(Dream(Kernel.load("k3"), 256), 20_000, rng=5)
    exponent = two_size_exponent(run, "chi", 256, 64)
    spread = found[:, 0].std(ddof=1)
    error = np.hypot(spread / np.sqrt(len(found)), exponent.error)
    assert abs(found[:, 0].mean() - (2 - exponent.value)) < SIGMAS * error
    # The error that a single dive claims is the spread of dives, within its own statistics.
    assert 0.5 < np.sqrt((found[:, 1] ** 2).mean()) / spread < 2


@pytest.mark.parametrize(
    ("factor", "words", "kind"),
    [
        (1, "Every level looks like", ""),
        (1.4, "Too ordered", "problem"),
        (0.6, "Too random", "problem"),
    ],
)
def test_it_says_what_a_bent_rule_does(factor, words, kind, javascript):
    for _, _, text, found in dives(javascript, factor, 2):
        assert words in text
        assert found == kind


@pytest.mark.parametrize(
    ("level", "side"), [(0, "1"), (10, "1\u202f024"), (16, "65\u202f536"), (40, "1.1 × 10¹²")]
)
def test_sides_are_written_to_be_read(level, side, javascript):
    assert javascript(["zoom-words"], "return zoom_words.sideText(args.level)", level=level) == side


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.80378, 0.00014, "1.80378(14)"),
        (0.2043, 0.0084, "0.204(8)"),
        (-0.51, 0.04, "−0.51(4)"),
        (1.1535, 0.0016, "1.1535(16)"),
    ],
)
def test_errors_stand_in_brackets(value, error, text, javascript):
    body = "return zoom_words.bracketText(args.value, args.error)"
    assert javascript(["zoom-words"], body, value=value, error=error) == text
