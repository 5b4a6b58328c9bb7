"""The T matrix against enumeration, symmetry and NumPy; its spectrum, errors and Dataset."""

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import _mcrg_sums, _random, _sectors, _spectrum, campaign, mcrg
from inverse_rg._bits import pack_sites
from inverse_rg._packed_blocking import block_sites
from inverse_rg._packed_operators import product_sums
from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states

K3 = irg.Kernel(3, (0.36, 0.15, 0.14))
SIGMAS = 4
PRESENT_AT_TWO = ("odd A1", "even A1", "even B1", "odd paper", "even paper")


def random_spins(n, size, seed=1):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, size, size))


def functions(rows, sector):
    """Return the functions of a sector on configurations in the site form, a list over rows."""
    sums = product_sums(rows).astype(float)
    return [sums @ coefficients for coefficients in _sectors.by_name()[sector].coefficients]


def moments_of(planned, drawn, counts):
    """Return the moments of the first pair, by sector, of groups of drawn lattices."""
    groups = [_mcrg_sums.sums_of(planned, iter([one]), _random.seed_sequence(3)) for one in drawn]
    sums = {name: np.stack([group[name] for group in groups]) for name in groups[0]}
    (of_pair,) = _mcrg_sums.centred(planned, counts, sums)
    return {
        sector.name: _spectrum.moments(one, counts)
        for sector, one in zip(_sectors.sectors(), of_pair, strict=True)
    }


@pytest.fixture(scope="module")
def exact():
    """Exact covariances at K_c of all configurations of L = 4 and all their blocks, by sector."""
    fine, coarse = enumerate_states(4), enumerate_states(2)
    weights = boltzmann_weights(fine, K_CRITICAL)
    blocks = fine.reshape(-1, 2, 2, 2, 2).sum(axis=(2, 4))  # of four spins each
    up = (1 + np.sign(blocks)) / 2  # 0, 1/2 where it is a tie, 1
    joint = np.empty((len(coarse), len(fine)))
    for row, mu in zip(joint, coarse, strict=True):
        row[:] = weights * np.where(mu > 0, up, 1 - up).prod(axis=(1, 2))
    assert joint.sum() == pytest.approx(1)
    found = {}
    for name in mcrg.SECTORS:
        own = mixed = 0
        of_coarse, of_fine = functions(pack_sites(coarse), name), functions(pack_sites(fine), name)
        for x, y in zip(of_coarse, of_fine, strict=True):
            first, second = joint.sum(axis=1) @ x, joint.sum(axis=0) @ y
            own = own + (x.T * joint.sum(axis=1)) @ x - np.outer(first, first)
            mixed = mixed + x.T @ joint @ y - np.outer(first, second)
        found[name] = own / len(of_coarse), mixed / len(of_coarse)
    return found


@pytest.fixture(scope="module")
def sampled():
    """Moments of Monte Carlo at L = 4 and its blocks, products wrapped around both."""
    planned = _mcrg_sums.plan((4,), "block", 0, smallest=2)
    n, groups, ensemble = 1 << 19, 64, irg.Ising(4)
    sums = []
    for group in range(groups):
        stream = _random.child(_random.seed_sequence(12), group)
        rows = _mcrg_sums.site_rows(ensemble, n // groups, stream, 0)
        sums.append(_mcrg_sums.sums_of(planned, rows, _random.child(stream, 2)))
    counts = np.full(groups, n // groups)
    together = {name: np.stack([one[name] for one in sums]) for name in sums[0]}
    (of_pair,) = _mcrg_sums.centred(planned, counts, together)
    return {
        sector.name: _spectrum.moments(one, counts)
        for sector, one in zip(_sectors.sectors(), of_pair, strict=True)
    }


def exact_exponents(covariances, name):
    basis = _sectors.independent(_sectors.by_name()[name], 2)
    own, mixed = (basis.T @ part @ basis for part in covariances)
    return np.log2(np.sort(np.abs(np.linalg.eigvals(np.linalg.solve(own, mixed))))[::-1])


@pytest.mark.parametrize("name", mcrg.SECTORS)
def test_covariances_against_enumeration(exact, sampled, name):
    """<S(mu) S(mu)> and <S(mu) S(sigma)> of 4 x 4 and 2 x 2, every configuration and every tie."""
    for which in range(2):
        replicates = sampled[name][which + 2]
        error = np.sqrt(63 / 64 * ((replicates - replicates.mean(axis=0)) ** 2).sum(axis=0))
        assert np.abs(sampled[name][which] - exact[name][which]).max() < 1e-9 + 5 * error.max()
        gap = np.abs(sampled[name][which] - exact[name][which])
        # Up to 625 correlated numbers: the largest of them is allowed five errors.
        assert (gap <= 1e-9 + 5 * error).all()
    present = name in PRESENT_AT_TWO
    assert (np.abs(exact[name][0]).max() > 0.1) == present


@pytest.mark.parametrize("name", PRESENT_AT_TWO)
def test_exponents_against_enumeration(exact, sampled, name):
    expected = exact_exponents(exact[name], name)
    found = _spectrum.spectrum(sampled[name], _sectors.by_name()[name], 2)
    assert (
        len(expected)
        == len(found.y)
        == {"odd A1": 2, "even A1": 3, "even B1": 1}.get(name, len(found.y))
    )
    assert (np.abs(found.y - expected) < SIGMAS * found.y_error).all()
    assert found.y_error[0] < (0.1 if "B1" in name else 0.01)


def test_enumeration_by_hand(exact):
    """The magnetisation alone: y from <M' M> / <M'^2>, written out without the package."""
    fine = enumerate_states(4).astype(int)
    bonds = (fine * (np.roll(fine, 1, 1) + np.roll(fine, 1, 2))).sum(axis=(1, 2))
    weights = np.exp(K_CRITICAL * bonds)
    weights /= weights.sum()
    sign = np.sign(fine.reshape(-1, 2, 2, 2, 2).sum(axis=(2, 4)))  # 0 has mean 0
    block, ties = sign.sum(axis=(1, 2)), (sign == 0).sum(axis=(1, 2))
    own, mixed = exact["odd A1"]
    assert own[0, 0] == pytest.approx(weights @ (block**2 + ties))
    assert mixed[0, 0] == pytest.approx(weights @ (block * fine.sum(axis=(1, 2))))


def test_shuffled_pairs_have_no_exponents(sampled):
    """A configuration beside the block of another one: T vanishes within its errors."""
    fine = irg.sample_ising(1 << 14, 8, rng=5)
    coarse = block_sites(pack_sites(fine), _random.state_words(_random.seed_sequence(6)))
    planned = _mcrg_sums.plan((8, 4), "parent", 0)
    counts = np.full(64, 256)
    rows = pack_sites(fine).reshape(64, 256, 8, 1)
    largest = []
    for moved in (0, 1):  # in the second run every pair is broken
        others = np.roll(coarse, moved, axis=0).reshape(64, 256, 4, 1)
        drawn = [{8: a, 4: b} for a, b in zip(rows, others, strict=True)]
        found = moments_of(planned, drawn, counts)["odd A1"]
        largest.append(_spectrum.leading(found, _sectors.by_name()["odd A1"], 4)[0][0])
    assert largest[0] == pytest.approx(1.875, abs=0.02)
    assert largest[1] < -1


@pytest.mark.parametrize("pairing", ["block", "parent"])
def test_moments_equal_numpy(pairing):
    fine, parents = random_spins(640, 12), random_spins(640, 6)
    fine[:, ::3] = np.abs(fine[:, ::3])  # far from zero means
    parents[:, 1] = 1
    planned = _mcrg_sums.plan((12,) if pairing == "block" else (12, 6), pairing, 0)
    counts = np.full(10, 64)
    drawn, coarse = [], []
    for group in range(10):
        part = slice(64 * group, 64 * group + 64)
        drawn.append({12: pack_sites(fine[part]), 6: pack_sites(parents[part])})
        state = _random.state_words(_random.seed_sequence(3))
        coarse.append(block_sites(drawn[-1][12], state) if pairing == "block" else drawn[-1][6])
    of_pair = moments_of(planned, drawn, counts)
    for name, found in of_pair.items():
        x = functions(np.concatenate(coarse), name)
        y = functions(pack_sites(fine), name)
        for keep, own, mixed in (
            (np.arange(640), found.coarse, found.cross),
            (np.arange(64, 640), found.coarse_others[0], found.cross_others[0]),
        ):
            d, n = len(own), len(keep)
            both = [
                np.cov(a[keep].T, b[keep].T, bias=True).reshape(2 * d, 2 * d)
                for a, b in zip(x, y, strict=True)
            ]
            expected = sum(both) / len(both)
            scale = np.abs(expected).max()
            assert np.allclose(own, expected[:d, :d], rtol=0, atol=1e-12 * scale * n)
            assert np.allclose(mixed, expected[:d, d:], rtol=0, atol=1e-12 * scale * n)


def test_sectors_hold_the_whole_spectrum():
    """On pairs made symmetric by hand, T of all 158 products has the sectors' eigenvalues."""
    fine = irg.sample_ising(700, 16, rng=8)
    coarse = irg.block(fine, rng=9)

    def images(spins):
        turned = [np.rot90(spins, k, (1, 2)) for k in range(4)]
        turned += [np.flip(one, 1) for one in turned]
        return np.concatenate([sign * one for one in turned for sign in (1, -1)]).astype(np.int8)

    rows = {16: pack_sites(images(fine)), 8: pack_sites(images(coarse))}
    planned = _mcrg_sums.plan((16, 8), "parent", 0)
    found = moments_of(planned, [rows, rows], np.full(2, 16 * 700))
    x, y = product_sums(rows[8]).astype(float), product_sums(rows[16]).astype(float)
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    values = np.linalg.eigvals(np.linalg.solve(x.T @ x, x.T @ y))
    ours = []
    for name, one in found.items():
        if not name.endswith("paper"):
            sector = mcrg.eigen(mcrg.transfer_matrix(one.coarse, one.cross)).values
            ours += list(sector) * (2 if name.endswith("E") else 1)
    assert len(ours) == 158
    whole, parts = np.sort(np.abs(values)), np.sort(np.abs(ours))
    assert parts[-40:] == pytest.approx(whole[-40:], rel=1e-6)
    assert np.sum(ours).real == pytest.approx(values.sum().real, rel=1e-8)


def test_a_change_of_basis_changes_no_exponent(sampled):
    dataset = mcrg.spectrum(irg.Ising(16), 4096, rng=2, levels=0)
    mix = np.random.default_rng(1).normal(size=(25, 25))
    for name in ("even A1", "odd A1", "even B1", "odd E"):
        coarse, cross = mcrg.covariances(dataset, name)
        change = mix[: len(coarse), : len(coarse)]
        values = mcrg.eigen(mcrg.transfer_matrix(coarse, cross)).values
        mixed = mcrg.eigen(
            mcrg.transfer_matrix(change.T @ coarse @ change, change.T @ cross @ change)
        ).values
        assert np.abs(mixed) == pytest.approx(np.abs(values), rel=1e-6)
        y = dataset["y"].sel(size=16, level=0, sector=name).values[: len(values)]
        assert np.log2(np.abs(values)) == pytest.approx(y, abs=1e-9)
        # A change of the coarse operators alone is no change of basis.
        wrong = mcrg.transfer_matrix(change.T @ coarse @ change, change.T @ cross)
        assert not np.allclose(np.abs(mcrg.eigen(wrong).values)[0], np.abs(values)[0], rtol=1e-3)


def test_eigenvectors():
    dataset = mcrg.spectrum(irg.Ising(16), 4096, rng=2)
    for level in (0, 1):
        for name in ("odd A1", "even A2", "even B2", "odd E"):
            coarse, cross = mcrg.covariances(dataset, name, level=level)
            found = mcrg.eigenvectors(dataset, name, level=level)
            rank = len(found.values)
            if rank == len(coarse):
                matrix = mcrg.transfer_matrix(coarse, cross)
                assert matrix @ found.right == pytest.approx(found.right * found.values, abs=1e-6)
                assert found.left @ matrix == pytest.approx(
                    found.values[:, None] * found.left, abs=1e-5 * np.abs(found.left).max()
                )
            assert found.left @ found.right == pytest.approx(np.eye(rank), abs=1e-6)
            assert np.abs(found.right).max(axis=0) == pytest.approx(np.ones(rank))
            error = dataset["right_error"].sel(level=level, sector=name).values[0]
            if found.values[0].imag:
                assert np.isnan(error).all()
                continue
            unit = np.abs(found.right[:, 0]).argmax()
            assert error[unit] == pytest.approx(0, abs=1e-12)


def test_eigenvalues_are_matched_by_their_vectors():
    rng = np.random.default_rng(4)
    turn = rng.normal(size=(4, 4))

    def matrix(values):
        return turn @ np.diag(values) @ np.linalg.inv(turn)

    full = mcrg.eigen(matrix([2.0, 1.001, 1.0, 0.5]))
    shifts = 0.01 * rng.normal(size=50)  # the second and the third change places
    others = np.array([matrix([2.0, 1.001 + s, 1.0 - s, 0.5]) for s in shifts])
    matched, right = _spectrum.match(full, others, np.linalg.inv(turn @ turn.T))
    assert matched[:, 1].real == pytest.approx(1.001 + shifts)
    assert matched[:, 2].real == pytest.approx(1.0 - shifts)
    assert matched[:, [0, 3]].real == pytest.approx(np.tile([2.0, 0.5], (50, 1)))
    for values, vectors, other in zip(matched, right, others, strict=True):
        assert other @ vectors == pytest.approx(vectors * values)


def test_matching_does_not_depend_on_how_operators_are_normalised():
    rng = np.random.default_rng(5)
    runs = mcrg.spectrum(irg.Ising(16), 1024, rng=3, levels=0)
    coarse, cross = (part[:4, :4] for part in mcrg.covariances(runs, "even A1"))
    full = mcrg.eigen(mcrg.transfer_matrix(coarse, cross))
    noise = rng.normal(scale=0.002, size=(20, *cross.shape)) * np.sqrt(np.diag(coarse))
    others = mcrg.transfer_matrix(coarse, cross + noise * np.sqrt(np.diag(coarse))[:, None])
    expected, _ = _spectrum.match(full, others, coarse)
    scale = np.diag(10.0 ** rng.uniform(-2, 2, len(coarse)))
    undo = np.linalg.inv(scale)
    scaled = mcrg.eigen(undo @ mcrg.transfer_matrix(coarse, cross) @ scale)
    matched, _ = _spectrum.match(scaled, undo @ others @ scale, scale @ coarse @ scale)
    assert np.abs(matched) == pytest.approx(np.abs(expected), rel=1e-6)


def test_errors_are_those_of_a_longer_run():
    # Before vectors were measured by N, one of these was a hundred times too large.
    longer = mcrg.spectrum(irg.Dream(K3, 64), 65_536, rng=1, levels=2)
    for seed in range(1, 4):
        short = mcrg.spectrum(irg.Dream(K3, 64), 1024, rng=seed, levels=2)
        ratio = [
            (a.sel(sector=name, level=level, size=64) / b.sel(sector=name, level=level, size=64))
            for a, b in [(short["y_error"].isel(mode=0), longer["y_error"].isel(mode=0))]
            for name in ("even A1", "odd A1")
            for level in (0, 1, 2)
        ]
        # 64 times the configurations; 32 groups know an error of either run within 13 per cent.
        assert min(ratio) > 0.4 * 8
        assert max(ratio) < 2.5 * 8


def test_errors_are_the_scatter_of_independent_runs():
    runs = [mcrg.spectrum(irg.Ising(8), 8192, rng=seed, levels=0) for seed in range(24)]
    for name in ("odd A1", "even A1", "even B1"):
        found = [mcrg.exponent(one, name) for one in runs]
        scatter = np.std([value for value, _ in found], ddof=1)
        claimed = np.sqrt(np.mean([error**2 for _, error in found]))
        # The scatter of 24 runs is known within 15 per cent.
        assert 0.5 < scatter / claimed < 1.6


@pytest.mark.parametrize(
    ("ensemble", "pairing"),
    [
        (irg.Ising(16), "block"),
        (irg.Ising(12), "block"),
        (irg.Dream(K3, 16), "block"),
        (irg.Dream(K3, 16), "parent"),
        (irg.Dream(K3, 16, irg.Ising(4)), "parent"),
    ],
)
def test_workers_do_not_change_a_spectrum(ensemble, pairing):
    one, two = (
        mcrg.spectrum(ensemble, 2000, rng=7, pairing=pairing, workers=workers) for workers in (1, 2)
    )
    assert one.identical(two)
    other = mcrg.spectrum(ensemble, 2000, rng=8, pairing=pairing)
    assert not np.array_equal(one["y"], other["y"])


def test_a_campaign_makes_the_same_spectrum(tmp_path):
    for name, pairing in (("spectrum", "block"), ("spectrum-parent", "parent")):
        task = campaign.Task(name, irg.Dream(K3, 16), n=500, seed=7, measurement=name)
        assert f'"measurement":"{name}"' in task.text
        stored = campaign.run([task], tmp_path, progress=False)[name]
        for basis in mcrg.BASES:
            ours = mcrg.spectrum(irg.Dream(K3, 16), 500, rng=7, pairing=pairing, basis=basis)
            part = stored.sel(sector=ours["sector"])
            assert part.drop_attrs().identical(ours.drop_attrs())
        assert stored.attrs["pairing"] == pairing


def test_what_a_dataset_holds():
    dataset = mcrg.spectrum(irg.Dream(K3, 32), 600, rng=1)
    assert dataset["size"].values.tolist() == [8, 16, 32]
    assert dataset["level"].values.tolist() == [0, 1, 2]
    assert dataset["sector"].values.tolist() == [s for s in mcrg.SECTORS if "paper" not in s]
    there = np.isfinite(dataset["y"].sel(sector="odd A1").isel(mode=0).values)
    assert there.tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    assert np.isfinite(dataset["condition"].values[there]).all()
    assert np.isnan(dataset["y"].sel(sector="odd A2").values[..., 3:]).all()
    # The exponents at n = 0 of one, two ... functions end at those of all.
    at = dataset.sel(size=32, level=0, sector="even A1")
    assert at["leading_y"].values[24] == pytest.approx(at["y"].values[0])
    # Pairs of nearest neighbours: half the energy of a site.
    energy = irg.measure(irg.Dream(K3, 32), 600, rng=1)["e"].sel(size=32)
    nearest = dataset["expectation"].sel(size=32).values[0, 1]
    assert nearest == pytest.approx(float(energy) / 2, rel=1e-12)
    values = dataset["eigenvalue"].values + 1j * dataset["imaginary"].values
    assert np.log2(np.abs(values)) == pytest.approx(dataset["y"].values, nan_ok=True)


def test_parents_are_compared_with_every_side_but_the_smallest():
    dataset = mcrg.spectrum(irg.Dream(K3, 32), 600, rng=1, pairing="parent", basis="paper")
    assert dataset["size"].values.tolist() == [8, 16, 32]
    assert dataset["level"].values.tolist() == [0]
    assert dataset["sector"].values.tolist() == ["odd paper", "even paper"]
    assert mcrg.exponent(dataset, "odd paper").value == pytest.approx(1.9, abs=0.1)


def test_critical_exponents():
    dataset = mcrg.spectrum(irg.Ising(32), 20_000, rng=3)
    for level in range(2):
        odd, even = (mcrg.exponent(dataset, f"{p} A1", level=level) for p in ("odd", "even"))
        # The lattice is finite and the list of operators too: both shift by less than a per cent.
        assert odd.value == pytest.approx(1.875, abs=0.01 + SIGMAS * odd.error)
        assert even.value == pytest.approx(1.0, abs=0.03 + SIGMAS * even.error)
    assert mcrg.exponent(dataset, "even B2", level=1).value < 0.4
