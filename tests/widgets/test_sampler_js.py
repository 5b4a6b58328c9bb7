"""The JavaScript sampler draws what the package draws: exact distributions, seeds, moments."""

import functools

import numpy as np
import pytest

from inverse_rg.dreaming import dream
from inverse_rg.ising import enumerate_states
from inverse_rg.kernels import Kernel, field

RIGHT = 1e-4
BROKEN = 1e-6

KERNELS = {
    3: Kernel(3, (0.36, 0.15, 0.14)),
    5: Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035)),
    7: Kernel(7, (0.34, 0.17, 0.14, -0.04, 0.03, -0.03, 0.012, -0.006, 0.009, -0.011)),
    9: Kernel(9, (0.3, 0.2, 0.12, -0.04, 0.02, -0.02, -0.01, 0.004, -0.003, -0.002, *[0.002] * 5)),
}


def as_js(kernel):
    return {"size": kernel.size, "parameters": list(kernel.parameters)}


@functools.cache
def grown(size):
    """Return the exact P of the 2^16 lattices of side 4 that grow from one random spin."""
    kernel = KERNELS[size]

    def likelihood(coarse, fine):
        """P(fine | coarse) for all pairs, (coarse, fine)."""
        up = 1 / (1 + np.exp(-2 * field(kernel, coarse))).reshape(len(coarse), 1, -1)
        return np.prod(np.where(fine.reshape(1, len(fine), -1) > 0, up, 1 - up), axis=2)

    one = np.array([[[-1]], [[1]]], np.int8)
    two, four = enumerate_states(2), enumerate_states(4)
    probability = 0.5 * likelihood(one, two).sum(axis=0)
    result = np.zeros(len(four))
    for weight, coarse in zip(probability, two, strict=True):
        result += weight * likelihood(coarse[None], four)[0]
    return result


def state_numbers():
    """Return the index in `enumerate_states(4)` of each pattern of bits, first spin lowest."""
    four = enumerate_states(4).reshape(-1, 16) > 0
    numbers = np.empty(len(four), int)
    numbers[four @ (1 << np.arange(16))] = np.arange(len(four))
    return numbers


GROW = """
const drawer = sampler.createSampler(args.kernel);
const [draws, ties] = [random.createRandom(args.seed, 0), random.createRandom(args.seed, 1)];
const counts = new Array(65536).fill(0);
for (let i = 0; i < args.n; i++) {
  const two = sampler.upscale(drawer, Uint8Array.of(draws.nextU32() >>> 31), 1, draws, ties);
  const four = sampler.upscale(drawer, two, 2, draws, ties);
  counts[four.reduce((index, spin, site) => index + spin * 2 ** site, 0)] += 1;
}
return counts;
"""


def grown_counts(javascript, kernel, n, seed):
    counts = javascript(["sampler", "random"], GROW, kernel=as_js(kernel), n=n, seed=seed)
    result = np.zeros(65536, int)
    result[state_numbers()] = counts
    return result


@pytest.mark.parametrize("size", [3, 5, 7, 9])
def test_growing_to_four_has_the_exact_distribution(size, javascript, chi_square):
    counts = grown_counts(javascript, KERNELS[size], 200_000, seed=31)
    assert chi_square(counts, grown(size)) > RIGHT


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("which", [0, 2])
def test_a_wrong_parameter_is_found(size, which, javascript, chi_square):
    wrong = list(KERNELS[size].parameters)
    wrong[which] *= 1.25
    counts = grown_counts(javascript, Kernel(size, tuple(wrong)), 200_000, seed=31)
    assert chi_square(counts, grown(size)) < BROKEN


SCALES = """
const measurement = replicas.createMeasurement(args.kernel);
const draws = random.createRandom(args.seed);
const parts = [];
for (let i = 0; i < args.batches; i++) {
  parts.push(replicas.measureBatch(measurement, args.levels, args.n, draws));
}
return parts.map((part) => part.map((sums) => ({ ...sums, histogram: [...sums.histogram] })));
"""


def batches(javascript, kernel, levels, n, seed, count=20):
    modules = ["replicas", "random"]
    options = {"kernel": as_js(kernel), "levels": levels, "n": n, "seed": seed, "batches": count}
    return javascript(modules, SCALES, **options)


def moments(spins):
    """Return m2, m4, |m|, e, e2 and |m| e of each lattice, (n, 6)."""
    spins = spins.astype(float)
    m = spins.mean(axis=(1, 2))
    bonds = spins * (np.roll(spins, -1, 1) + np.roll(spins, -1, 2))
    e = bonds.mean(axis=(1, 2))
    return np.stack([m**2, m**4, abs(m), e, e**2, abs(m) * e], axis=1)


NAMES = ("m2", "m4", "absM", "e", "e2", "absMe")


def batch_means(parts, level):
    return np.array(
        [[part[level][name] / part[level]["count"] for name in NAMES] for part in parts]
    )


@pytest.mark.parametrize("size", [3, 5, 7, 9])
def test_replicas_have_the_exact_moments_at_side_four(size, javascript, distance):
    parts = batches(javascript, KERNELS[size], 2, 4096, seed=5)
    exact = grown(size) @ moments(enumerate_states(4))
    assert distance(batch_means(parts, 2), exact) < 4


def test_replicas_with_a_wrong_parameter_are_found(javascript, distance):
    wrong = Kernel(5, tuple(1.05 * value for value in KERNELS[5].parameters))
    exact = grown(5) @ moments(enumerate_states(4))
    assert distance(batch_means(batches(javascript, wrong, 2, 4096, seed=5), 2), exact) > 8


@pytest.mark.parametrize("size", [3, 5])
def test_replicas_have_the_exact_order_parameter(size, javascript, chi_square):
    parts = batches(javascript, KERNELS[size], 2, 4096, seed=6)
    histogram = np.sum([part[2]["histogram"] for part in parts], axis=0)
    m = enumerate_states(4).mean(axis=(1, 2))
    expected = np.bincount(np.round(32 * (m + 1)).astype(int), grown(size), minlength=65)
    assert histogram.sum() == 20 * 4096
    assert chi_square(histogram, expected / expected.sum()) > RIGHT


@pytest.mark.parametrize("size", [3, 5, 7])
def test_replicas_agree_with_the_package_at_side_64(size, javascript):
    parts = batches(javascript, KERNELS[size], 6, 512, seed=7)
    ours = batch_means(parts, 6)
    theirs = moments(dream(KERNELS[size], 10_000, 64, rng=8))
    gap = ours.mean(axis=0) - theirs.mean(axis=0)
    error = np.hypot(ours.std(axis=0, ddof=1) / 20**0.5, theirs.std(axis=0) / len(theirs) ** 0.5)
    assert np.abs(gap / error).max() < 4


def test_each_level_may_have_a_kernel_of_its_own(javascript, distance):
    """A first level that copies the spin, then one that draws coins: e is 2, then 0."""
    body = """
    const copy = { size: 1, parameters: [20] };
    const coins = { size: 1, parameters: [0] };
    const measurement = replicas.createMeasurement([copy, coins]);
    const draws = random.createRandom(1);
    const [one, two, four, eight] = replicas.measureBatch(measurement, 3, 3200, draws);
    return [one.count, two.e / two.count, four.e / four.count, eight.m2 / eight.count];
    """
    count, e2, e4, m2 = javascript(["replicas", "random"], body)
    assert (count, e2) == (3200, 2)
    assert abs(e4) < 4 * (2 / 16 / 3200) ** 0.5
    assert abs(m2 - 1 / 64) < 4 * (2 / 64**2 / 3200) ** 0.5


def test_sums_add_up_and_levels_are_checked(javascript):
    body = """
    const measurement = replicas.createMeasurement(args.kernel);
    const draws = random.createRandom(1);
    const parts = [1, 2].map(() => replicas.measureBatch(measurement, 3, 64, draws));
    const total = parts.reduce(replicas.addSums, null);
    let message = "";
    try { replicas.measureBatch(measurement, 2.5, 64, draws); }
    catch (error) { message = error.message; }
    return [parts[0][3].e + parts[1][3].e, total[3].e, total[3].count, total[3].size, message];
    """
    apart, together, count, side, message = javascript(
        ["replicas", "random"], body, kernel=as_js(KERNELS[3])
    )
    assert apart == pytest.approx(together, rel=1e-12)
    assert (count, side) == (128, 8)
    assert "levels must be a whole number" in message


WALK = """
const work = walk.walkTask({ start: "random", ...args });
let step = work.next();
while (!step.done) step = work.next();
return step.value.lattices.map(({ spins, size }) => [size, [...spins].join("")]);
"""


def walked(javascript, moves, seed=1, kernel=3, **options):
    arguments = {"kernel": as_js(KERNELS[kernel]), "seed": seed, "moves": moves, **options}
    return javascript(["walk"], WALK, **arguments)


def test_same_seed_same_picture(javascript):
    first = walked(javascript, [True] * 6)
    assert walked(javascript, [True] * 6) == first
    assert walked(javascript, [True] * 6, seed=2) != first
    assert [size for size, _ in first] == [1, 2, 4, 8, 16, 32, 64]
    # A picture that grows further is the same on the way.
    assert walked(javascript, [True] * 7)[:7] == first


def test_a_walk_goes_down_and_up(javascript):
    lattices = walked(javascript, [True] * 4 + [False] * 2 + [True] * 3)
    assert [size for size, _ in lattices] == [1, 2, 4, 8, 16, 8, 4, 8, 16, 32]
    assert lattices[4] != lattices[8]  # another step has other random numbers


def test_a_bent_kernel_changes_few_spins(javascript):
    """Common random numbers: the picture moves with the parameter instead of being redrawn."""
    straight = walked(javascript, [True] * 6)[-1][1]
    bent = Kernel(3, (0.37, 0.15, 0.14))
    arguments = {"kernel": as_js(bent), "seed": 1, "moves": [True] * 6}
    moved = javascript(["walk"], WALK, **arguments)[-1][1]
    changed = np.mean([a != b for a, b in zip(straight, moved, strict=True)])
    assert 0 < changed < 0.05


@pytest.mark.parametrize(
    ("start", "size"), [("up", 1), ("down", 1), ("drawn", 8), ("monte-carlo", 8)]
)
def test_starts(start, size, javascript):
    drawn = [i % 3 == 0 for i in range(64)]
    first = walked(javascript, [], start=start, drawn=[int(spin) for spin in drawn])[0]
    assert first[0] == size
    expected = {"up": "1", "down": "0", "drawn": "".join(str(int(spin)) for spin in drawn)}
    assert first[1] == expected.get(start, first[1])
    assert len(first[1]) == size * size


def test_an_unknown_start_is_refused(javascript):
    body = """
    try { walk.startLattice({ start: "sideways", seed: 1 }); }
    catch (error) { return error.message; }
    """
    assert "the start must be one of" in javascript(["walk"], body)


def test_node_and_chromium_draw_the_same(both_engines):
    pictures = [
        run(["walk"], WALK, kernel=as_js(KERNELS[5]), seed=9, moves=[True] * 5)
        for run in both_engines
    ]
    assert pictures[0] == pictures[1]
