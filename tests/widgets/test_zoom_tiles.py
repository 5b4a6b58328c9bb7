"""The magnet without end: its tiles, and the package's physics at every level."""

import functools

import numpy as np
import pytest
from scipy.stats import chi2

from inverse_rg.ensembles import Dream
from inverse_rg.ising import enumerate_states
from inverse_rg.kernels import Kernel, field
from inverse_rg.measurement import measure

RIGHT = 1e-4
BROKEN = 1e-6
SIGMAS = 4
KERNELS = {
    3: Kernel(3, (0.36, 0.15, 0.14)),
    5: Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035)),
    7: Kernel(7, (0.34, 0.17, 0.14, -0.04, 0.03, -0.03, 0.012, -0.006, 0.009, -0.011)),
}


def as_js(kernel):
    return {"size": kernel.size, "parameters": list(kernel.parameters)}


# ---- tiles ----

TWIN = """
// By the definition: one spin at a time, from the coarse spins it sees, with the hash of its place.
const { size, parameters } = args.kernel;
const window = kernel.windowOf(size, parameters);
const width = (size + 1) / 2;
const steps = kernel.windowSteps(width);
const known = new Map();
function spin(level, x, y) {
  const place = [BigInt.asUintN(level, x), BigInt.asUintN(level, y)];
  const name = `${level} ${place}`;
  if (known.has(name)) return known.get(name);
  let p = 0.5;
  if (level > 0) {
    const sides = place.map((value) => (value & 1n ? 1n : -1n));
    let h = 0;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        const x = (place[0] >> 1n) + sides[0] * BigInt(steps[j]);
        const y = (place[1] >> 1n) + sides[1] * BigInt(steps[i]);
        const up = spin(level - 1, x, y);
        h += window[i * width + j] * (up ? 1 : -1);
      }
    }
    p = kernel.upProbability(h);
  }
  const up = hash.hashSite(args.seed, level, place[0], place[1]) < Math.round(p * 2 ** 32) ? 1 : 0;
  known.set(name, up);
  return up;
}
const magnet = zoom_tiles.createUniverse({ seed: args.seed, kernel: args.kernel });
let wrong = 0;
let up = 0;
for (const [level, x, y] of args.places) {
  const side = zoom_tiles.tileSide(level);
  const [tileX, tileY] = [BigInt(x), BigInt(y)];
  const tile = magnet.tile(level, tileX, tileY);
  for (let row = 0; row < side; row += args.stride) {
    for (let column = 0; column < side; column += args.stride) {
      const [left, top] = [tileX * BigInt(side), tileY * BigInt(side)];
      const slow = spin(level, left + BigInt(column), top + BigInt(row));
      wrong += slow !== tile[row * side + column];
      up += slow;
    }
  }
}
return [wrong, up];
"""


@pytest.mark.parametrize("size", [3, 5, 7])
def test_tiles_agree_with_the_definition_spin_by_spin(size, javascript):
    places = [(level, "0", "0") for level in range(7)]
    places += [(7, "1", "0"), (8, "3", "2"), (9, "0", "7")]
    modules = ["kernel", "hash", "zoom-tiles"]
    options = {"kernel": as_js(KERNELS[size]), "seed": 11}
    wrong, up = javascript(modules, TWIN, places=places, stride=1, **options)
    assert wrong == 0
    assert up > 0
    deep = [(40, "12345678901", "17179869183"), (55, "0", "1"), (120, str(2**113), "987654321")]
    wrong, _ = javascript(modules, TWIN, places=deep, stride=9, **options)
    assert wrong == 0


def test_the_same_spins_whatever_the_path(javascript):
    body = """
    const options = { seed: 3, kernel: args.kernel };
    const places = [];
    for (let level = 5; level <= 45; level += 5)
      for (let i = 0n; i < 6n; i++) places.push([level, 7n * i, (1n << 30n) + 5n * i]);
    const straight = zoom_tiles.createUniverse(options);
    const first = places.map((place) => straight.tile(...place).join(""));
    // Another order, a memory of few tiles, a clock that stops the work again and again.
    const winding = zoom_tiles.createUniverse({ ...options, capacity: 30 });
    const second = new Array(places.length);
    let interrupted = 0;
    for (const i of places.keys()) {
      const at = (i * 17) % places.length;
      let tile = winding.tile(...places[at], -1);
      if (tile === null) interrupted += 1;
      tile ??= winding.tile(...places[at]);
      winding.tile(50, BigInt(i), 0n);
      second[at] = tile.join("");
    }
    const other = zoom_tiles.createUniverse({ ...options, seed: 4 });
    return [
      first.every((text, i) => text === second[i]),
      interrupted,
      [winding.size(), straight.size()],
      first.filter((text, i) => text === other.tile(...places[i]).join("")).length,
    ];
    """
    same, interrupted, sizes, alike = javascript(["zoom-tiles"], body, kernel=as_js(KERNELS[3]))
    assert same
    assert interrupted > 0
    assert sizes[0] <= 16 * 51 < sizes[1]
    assert alike == 0


def test_the_torus_wraps_around(javascript):
    body = """
    const magnet = zoom_tiles.createUniverse({ seed: 3, kernel: args.kernel });
    return [6, 7, 12, 40, 60].map((level) => {
      const around = 1n << BigInt(Math.max(0, level - 6));
      const here = magnet.tile(level, -1n, 2n).join("");
      const again = magnet.tile(level, around - 1n, 2n).join("");
      const further = magnet.tile(level, 5n * around - 1n, 2n - around).join("");
      return here === again && here === further;
    });
    """
    assert all(javascript(["zoom-tiles"], body, kernel=as_js(KERNELS[3])))


# ---- the same physics ----

SMALL = """
const counts = [new Array(16).fill(0), new Array(65536).fill(0)];
for (let seed = args.first; seed < args.first + args.n; seed++) {
  const magnet = zoom_tiles.createUniverse({ seed, kernel: args.kernel });
  for (const level of [1, 2]) {
    const spins = magnet.tile(level, 0n, 0n);
    const index = spins.reduce((sum, spin, site) => sum + spin * 2 ** site, 0);
    counts[level - 1][index] += 1;
  }
}
return counts;
"""


@functools.cache
def exact(size):
    """Return the exact P of all lattices of side 2 and 4, by patterns of bits, first lowest."""
    kernel = KERNELS[size]

    def likelihood(coarse, fine):
        up = 1 / (1 + np.exp(-2 * field(kernel, coarse))).reshape(len(coarse), 1, -1)
        return np.prod(np.where(fine.reshape(1, len(fine), -1) > 0, up, 1 - up), axis=2)

    two, four = enumerate_states(2), enumerate_states(4)
    first = 0.5 * likelihood(np.array([[[-1]], [[1]]], np.int8), two).sum(axis=0)
    second = np.zeros(len(four))
    for weight, coarse in zip(first, two, strict=True):
        second += weight * likelihood(coarse[None], four)[0]
    result = []
    for states, probability in ((two, first), (four, second)):
        ordered = np.empty(len(states))
        bits = states.reshape(len(states), -1) > 0
        ordered[bits @ (1 << np.arange(bits.shape[1]))] = probability
        result.append(ordered)
    return result


@pytest.mark.parametrize("size", [3, 5])
def test_one_to_two_to_four_has_the_exact_distribution(size, javascript, chi_square):
    counts = javascript(["zoom-tiles"], SMALL, kernel=as_js(KERNELS[size]), first=0, n=40_000)
    for observed, probabilities in zip(counts, exact(size), strict=True):
        assert chi_square(observed, probabilities) > RIGHT


def test_a_wrong_parameter_is_found_at_side_four(javascript, chi_square):
    wrong = Kernel(3, (0.36, 0.15, 0.19))
    counts = javascript(["zoom-tiles"], SMALL, kernel=as_js(wrong), first=0, n=40_000)
    assert chi_square(counts[1], exact(3)[1]) < BROKEN


LEVELS = """
const magnet = zoom_tiles.createUniverse({ seed: args.seed, kernel: args.kernel });
const whole = (level) => {
  const side = 2 ** level;
  const rows = Array.from({ length: side }, () => "");
  for (let y = 0; y < side / 64; y++) {
    for (let x = 0; x < side / 64; x++) {
      const tile = magnet.tile(level, BigInt(x), BigInt(y));
      for (let row = 0; row < 64; row++) {
        rows[y * 64 + row] += tile.subarray(64 * row, 64 * row + 64).join("");
      }
    }
  }
  return rows;
};
return [whole(7), whole(8)];
"""


def pattern_p(javascript, drawn_with, expected, seeds=6):
    """Return p of the up spins in each window pattern, and how many patterns there are."""
    width = (expected.size + 1) // 2
    up, number, probability = {}, {}, {}
    for seed in range(seeds):
        rows = javascript(["zoom-tiles"], LEVELS, kernel=as_js(drawn_with), seed=100 + seed)
        coarse, fine = (
            np.array([[int(spin) for spin in row] for row in lattice], np.int8) * 2 - 1
            for lattice in rows
        )
        # Square roots of primes, which no other sum can match, number the patterns.
        h = field(expected, coarse[None])[0]
        weights = np.sqrt(np.array([2, 3, 5, 7, 11, 13, 17, 19, 23])[: width * width])
        label = np.zeros(h.shape)
        steps = [0, 1, -1, 2][:width]
        for row, column in np.ndindex(2, 2):
            for index, (p, q) in enumerate(np.ndindex(width, width)):
                shift = (-(2 * row - 1) * steps[p], -(2 * column - 1) * steps[q])
                label[row::2, column::2] += weights[index] * np.roll(coarse, shift, (0, 1))
        names, places = np.unique(np.round(label, 6), return_inverse=True)
        places = places.ravel()
        counts = np.bincount(places)
        ups = np.bincount(places, fine.ravel() > 0)
        means = np.bincount(places, 1 / (1 + np.exp(-2 * h.ravel()))) / counts
        for name, count, count_up, mean in zip(names, counts, ups, means, strict=True):
            number[name] = number.get(name, 0) + count
            up[name] = up.get(name, 0) + count_up
            probability[name] = mean
    n = np.array([number[name] for name in number])
    p = np.array([probability[name] for name in number])
    observed = np.array([up[name] for name in number])
    kept = n * np.minimum(p, 1 - p) > 5
    z2 = (observed - n * p)[kept] ** 2 / (n * p * (1 - p))[kept]
    return float(chi2.sf(z2.sum(), kept.sum())), int(kept.sum())


@pytest.mark.parametrize(("size", "patterns"), [(3, 16), (5, 512)])
def test_every_window_pattern_has_its_probability(size, patterns, javascript):
    p, found = pattern_p(javascript, KERNELS[size], KERNELS[size])
    assert found > 0.8 * patterns
    assert p > RIGHT


def test_a_wrong_parameter_is_found_among_the_patterns(javascript):
    wrong = Kernel(3, (0.36, 0.15, 0.15))
    assert pattern_p(javascript, wrong, KERNELS[3])[0] < BROKEN


ENERGIES = """
const energies = [];
for (let seed = 0; seed < args.n; seed++) {
  const magnet = zoom_tiles.createUniverse({ seed, kernel: args.kernel });
  const place = args.level > 9 ? (1n << BigInt(args.level - 7)) + BigInt(seed) : 0n;
  const side = args.level > 9 ? 64 : 2 ** args.level;
  const spins = new Uint8Array(side * side);
  for (let y = 0; y < side / 64; y++) {
    for (let x = 0; x < side / 64; x++) {
      const tile = magnet.tile(args.level, place + BigInt(x), place + BigInt(y));
      for (let row = 0; row < 64; row++) {
        spins.set(tile.subarray(64 * row, 64 * row + 64), (64 * y + row) * side + 64 * x);
      }
    }
  }
  energies.push(zoom_levels.rectangleStatistics(spins, side, side, args.level <= 9).e);
}
return energies;
"""


def energies(javascript, level, n, kernel):
    return javascript(
        ["zoom-tiles", "zoom-levels"], ENERGIES, level=level, n=n, kernel=as_js(kernel)
    )


def test_the_whole_torus_has_the_energy_of_the_package(javascript):
    kernel = Kernel.load("k3")
    found = np.array(energies(javascript, 7, 300, kernel))
    exact_run = measure(Dream(kernel, 128), 20_000, rng=4).sel(size=128)
    error = np.hypot(found.std(ddof=1) / np.sqrt(len(found)), float(exact_run.e_error))
    assert abs(found.mean() - float(exact_run.e)) < SIGMAS * error


@pytest.mark.parametrize("level", [40, 53, 200])
def test_deep_levels_look_like_shallow_ones(level, javascript):
    kernel = Kernel.load("k3")
    n = 60 if level < 100 else 15
    deep = np.array(energies(javascript, level, n, kernel))
    shallow = np.array(energies(javascript, 16, 150, kernel))
    error = np.hypot(*(part.std(ddof=1) / np.sqrt(len(part)) for part in (deep, shallow)))
    assert abs(deep.mean() - shallow.mean()) < SIGMAS * error
    assert deep.std() > 0
    assert (abs(deep) < 1.99).all()


def test_a_bent_rule_leaves_the_shallow_look(javascript):
    kernel = Kernel.load("k3")
    bent = Kernel(3, tuple(0.9 * value for value in kernel.parameters))
    straight, crooked = (np.array(energies(javascript, 40, 40, one)) for one in (kernel, bent))
    error = np.hypot(*(part.std(ddof=1) / np.sqrt(40) for part in (straight, crooked)))
    assert straight.mean() - crooked.mean() > 8 * error


def test_a_bend_below_a_level_keeps_what_lies_above(javascript):
    body = """
    const plain = zoom_tiles.createUniverse({ seed: 1, kernel: args.kernel });
    const bend = { level: 10, kernel: { ...args.kernel, parameters: [0.2, 0.1, 0.1] } };
    const bent = zoom_tiles.createUniverse({ seed: 1, kernel: args.kernel, bend });
    const text = (magnet, level) => magnet.tile(level, 1n, 1n).join("");
    return [6, 9, 10, 11, 14].map((level) => text(plain, level) === text(bent, level));
    """
    alike = javascript(["zoom-tiles"], body, kernel=as_js(Kernel.load("k3")))
    assert alike == [True, True, True, False, False]


def test_kernels_too_large_are_refused(javascript):
    body = """
    try { zoom_tiles.patternTable({ size: 9, parameters: new Array(15).fill(0) }); }
    catch (error) { return error.message; }
    """
    assert "up to 7 x 7, got 9 x 9" in javascript(["zoom-tiles"], body)
