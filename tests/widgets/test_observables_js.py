"""Random numbers, blocking, observables and Monte Carlo in JavaScript."""

import numpy as np
import pytest
from scipy.ndimage import label
from scipy.stats import chi2

from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states, exact_energy


def some_spins(size, seed, up=0.5):
    return (np.random.default_rng([size, seed]).random((size, size)) < up).astype(int)


def count_clusters(spins):
    """Clusters of like spins on the torus, by scipy's labels and the two seams."""
    total = 0
    for value in (0, 1):
        labels, count = label(spins == value)
        parent = list(range(count + 1))

        def root(i, parent=parent):
            while parent[i] != i:
                i = parent[i]
            return i

        for a, b in [(labels[0], labels[-1]), (labels[:, 0], labels[:, -1])]:
            for i, j in zip(a, b, strict=True):
                if i and j:
                    parent[root(i)] = root(j)
        total += sum(root(i) == i for i in range(1, count + 1))
    return total


@pytest.mark.parametrize("size", [1, 2, 3, 4, 16, 33])
@pytest.mark.parametrize("up", [0.5, 0.6, 1.0])
def test_observables(size, up, javascript):
    spins = some_spins(size, 1, up)
    body = """
    return observables.describeLattice({ spins: Uint8Array.from(args.spins), size: args.size });
    """
    found = javascript(["observables"], body, spins=spins.ravel().tolist(), size=size)
    signs = 2.0 * spins - 1
    bonds = signs * (np.roll(signs, -1, 0) + np.roll(signs, -1, 1))
    assert found["m"] == pytest.approx(signs.mean(), abs=1e-12)
    assert found["e"] == pytest.approx(bonds.mean(), abs=1e-12)
    assert found["clusters"] == count_clusters(spins)


BLOCK = """
const draws = random.createRandom(args.seed);
return Array.from({ length: args.times }, () =>
  [...observables.blockSpins(Uint8Array.from(args.spins), args.size, draws).spins]);
"""


def test_blocking_keeps_majorities_and_tosses_fair_coins_for_ties(javascript):
    size, times = 16, 4000
    spins = some_spins(size, 2)
    arguments = {"spins": spins.ravel().tolist(), "size": size, "seed": 3, "times": times}
    coarse = np.array(javascript(["observables", "random"], BLOCK, **arguments))
    coarse = coarse.reshape(times, 8, 8)
    sums = spins.reshape(8, 2, 8, 2).sum(axis=(1, 3))
    assert (sums == 2).sum() > 10
    assert np.array_equal(coarse[:, sums != 2], np.tile(sums[sums != 2] > 2, (times, 1)))
    ties = coarse[:, sums == 2].astype(float)
    assert np.abs(ties.mean(axis=0) - 0.5).max() < 4 * 0.5 / times**0.5
    correlations = np.corrcoef(ties.T)[np.triu_indices(ties.shape[1], 1)]
    assert np.abs(correlations).max() < 4.5 / times**0.5  # of several hundred pairs


def test_an_odd_side_is_not_blocked(javascript):
    body = """
    try { observables.blockSpins(new Uint8Array(9), 3, random.createRandom(1)); }
    catch (error) { return error.message; }
    """
    assert "only an even side" in javascript(["observables", "random"], body)


def test_agreement_of_blocks(javascript):
    fine = some_spins(8, 4)
    coarse = some_spins(4, 5)
    body = """
    const lattice = ([size, spins]) => ({ size, spins: Uint8Array.from(spins) });
    return walk.blockAgreement(...args.lattices.map(lattice));
    """
    lattices = [[4, coarse.ravel().tolist()], [8, fine.ravel().tolist()]]
    sums = fine.reshape(4, 2, 4, 2).sum(axis=(1, 3))
    expected = np.where(sums == 2, 0.5, (sums > 2) == coarse).mean()
    assert javascript(["walk"], body, lattices=lattices) == pytest.approx(expected, abs=1e-12)


FILL = """
return args.seeds.map(([seed, stream]) => {
  const words = new Uint32Array(args.n);
  random.createRandom(seed, stream).fill(words);
  return [...words];
});
"""


def words(javascript, seeds, n):
    return np.array(javascript(["random"], FILL, seeds=seeds, n=n), np.uint32)


def uniform_p(counts):
    """Return the p-value of equal probabilities."""
    mean = counts.sum() / counts.size
    return chi2.sf(((counts - mean) ** 2 / mean).sum(), counts.size - 1)


def test_random_words_are_uniform(javascript):
    n = 200_000
    drawn = words(javascript, [[7, 0]], n)[0]
    for shift in (0, 8, 16, 24):
        assert uniform_p(np.bincount((drawn >> shift) & 255, minlength=256)) > 1e-4
    bits = (drawn[:, None] >> np.arange(32, dtype=np.uint32)) & 1
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / n**0.5
    pairs = (drawn[:-1] >> 28) * 16 + (drawn[1:] >> 28)
    assert uniform_p(np.bincount(pairs, minlength=256)) > 1e-4


def test_neighbouring_seeds_and_streams_are_independent(javascript):
    n = 4000
    seeds = [[seed, stream] for seed in (0, 1, 2, 2**32, 2**53 - 1) for stream in range(8)]
    drawn = words(javascript, seeds, n) / 2.0**32
    correlations = np.corrcoef(drawn)[np.triu_indices(len(seeds), 1)]
    assert np.abs(correlations).max() < 5 / n**0.5  # of 780 pairs
    firsts = words(javascript, [[seed, 0] for seed in range(4096)], 1)[:, 0]
    assert uniform_p(np.bincount(firsts >> 28, minlength=16)) > 1e-4
    assert uniform_p(np.bincount(firsts & 15, minlength=16)) > 1e-4


def test_fill_and_one_at_a_time_are_the_same(javascript):
    body = """
    const one = random.createRandom(5, 3);
    const other = random.createRandom(5, 3);
    const words = new Uint32Array(100);
    one.fill(words, 60);
    one.fill(words.subarray(60));
    return words.every((word) => word === other.nextU32());
    """
    assert javascript(["random"], body)


def test_floats(javascript):
    body = """
    const draws = random.createRandom(1);
    return Array.from({ length: 20000 }, () => draws.nextFloat());
    """
    drawn = np.array(javascript(["random"], body))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert uniform_p(np.histogram(drawn, 50, (0, 1))[0]) > 1e-4


@pytest.mark.parametrize("seed", [-1, 0.5, 2**53, "1", None])
def test_bad_seeds(seed, javascript):
    body = """
    try { random.createRandom(args.seed); } catch (error) { return error.message; }
    """
    assert "the seed must be a whole number" in javascript(["random"], body, seed=seed)


SWEEPS = """
// A chain: `n` configurations, `apart` sweeps apart, after a hundred sweeps; the bits of each.
const draws = random.createRandom(args.seed);
const { size, coupling } = args;
const spins = montecarlo.randomLattice(size, draws);
const parents = new Int32Array(size * size);
const sweep = () => montecarlo.sweepClusters(spins, size, draws, coupling, parents);
for (let i = 0; i < 100; i++) sweep();
return Array.from({ length: args.n }, () => {
  for (let i = 0; i < args.apart; i++) sweep();
  return args.bits ? spins.reduce((index, spin, site) => index + spin * 2 ** site, 0)
    : observables.energy(spins, size);
});
"""


def chain(javascript, size, n, apart, *, bits=False, coupling=K_CRITICAL, seed=1):
    options = {
        "size": size,
        "n": n,
        "apart": apart,
        "bits": bits,
        "coupling": coupling,
        "seed": seed,
    }
    return np.array(javascript(["montecarlo", "random", "observables"], SWEEPS, **options))


def test_monte_carlo_of_side_four_has_the_exact_distribution(javascript, chi_square):
    states = enumerate_states(4)
    numbers = np.empty(len(states), int)
    numbers[(states.reshape(-1, 16) > 0) @ (1 << np.arange(16))] = np.arange(len(states))
    indices = chain(javascript, 4, 60_000, 8, bits=True)
    counts = np.bincount(numbers[indices], minlength=len(states))
    assert chi_square(counts, boltzmann_weights(states, K_CRITICAL)) > 1e-4
    assert chi_square(counts, boltzmann_weights(states, 0.95 * K_CRITICAL)) < 1e-6


@pytest.mark.parametrize(("size", "n"), [(8, 8000), (16, 4000), (64, 400)])
def test_monte_carlo_has_the_energy_of_kaufman(size, n, javascript, distance):
    energies = chain(javascript, size, n, 5).reshape(20, -1).mean(axis=1)
    assert distance(energies, exact_energy(size, K_CRITICAL)) < 4


def test_a_wrong_coupling_is_found(javascript, distance):
    energies = chain(javascript, 16, 4000, 5, coupling=0.98 * K_CRITICAL).reshape(20, -1)
    assert distance(energies.mean(axis=1), exact_energy(16, K_CRITICAL)) > 5


def test_a_hundred_sweeps_from_a_random_start_are_enough(javascript, distance):
    """The configurations that the page shows, each from its own start."""
    body = """
    return Array.from({ length: args.n }, (_, stream) => {
      const work = montecarlo.monteCarloTask({ size: args.size, seed: 4, stream });
      let step = work.next();
      while (!step.done) step = work.next();
      return step.value.numbers.e;
    });
    """
    energies = np.array(javascript(["montecarlo"], body, n=300, size=64))
    assert distance(energies, exact_energy(64, K_CRITICAL)) < 4
