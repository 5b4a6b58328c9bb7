import numpy as np
import pytest
import xarray as xr

from inverse_rg import observables
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import join, measure
from inverse_rg.models import SingleLayer
from inverse_rg.spins import energy, magnetisation

K3 = Kernel(3, (0.36, 0.15, 0.14))


def random_start(n: int, side: int) -> np.ndarray:
    return 2 * np.random.default_rng(side).integers(0, 2, (n, side, side), dtype=np.int8) - 1


ENSEMBLES = {
    "ising": Ising(8),
    "ising, no power of two": Ising(6),
    "dream": Dream(K3, 16),
    "dream of ising": Dream(K3, 16, start=Ising(4)),
    "dream of dream": Dream(Kernel(1, (0.9,)), 16, start=Dream(K3, 4)),
    "dream of an array": Dream(K3, 12, start=random_start(500, 3)),
    "torch": Dream(SingleLayer(K3), 8),
    "several": [Ising(4), Ising(8), Dream(K3, 2)],
}


@pytest.mark.parametrize("name", ENSEMBLES)
def test_same_seed_same_values_for_any_workers(name):
    expected = measure(ENSEMBLES[name], 500, rng=6)
    for workers in (1, 2, 3):
        xr.testing.assert_identical(measure(ENSEMBLES[name], 500, rng=6, workers=workers), expected)
    other = measure(ENSEMBLES[name], 500, rng=7)
    assert (other["chi"].values != expected["chi"].values).any()


def test_a_generator_advances_and_a_seed_does_not():
    generator = np.random.default_rng(6)
    first, second = (measure(Dream(K3, 8), 128, rng=generator) for _ in range(2))
    assert (first["moments"].values != second["moments"].values).any()
    again = measure(Dream(K3, 8), 128, rng=np.random.SeedSequence(6))
    xr.testing.assert_identical(again, measure(Dream(K3, 8), 128, rng=6))


def test_what_a_measurement_holds():
    dataset = measure(Dream(K3, 16), 200, rng=6)
    assert dataset["size"].values.tolist() == [2, 4, 8, 16]
    for name in ("e", "chi", "c", "c_me", "U4"):
        for key in (name, f"{name}_error"):
            assert dataset[key].dims == ("size",)
            assert np.isfinite(dataset[key]).all()
    assert dataset["P"].dims == dataset["P_error"].dims == dataset["m"].dims == ("size", "bin")
    assert dataset["moments"].dims == ("group", "size", "moment")
    assert dataset["moment"].values.tolist() == list(observables.MOMENTS)
    assert dataset["count"].values.tolist() == [64, 64, 64, 8]
    assert dataset.attrs["n"] == 200
    assert dataset.attrs["seed"] == "6"
    assert dataset.attrs["label"] == "k=3"


def test_values_of_given_configurations():
    # No level to grow: the start itself is measured, and everything is known.
    spins = random_start(256, 8)
    dataset = measure(Dream(K3, 8, start=spins), 256, rng=1)
    at = dataset.sel(size=8)
    m, e = magnetisation(spins) / 64, energy(spins) / 64
    assert at["e"] == pytest.approx(e.mean(), rel=1e-12)
    assert at["chi"] == pytest.approx(64 * m.var(), rel=1e-12)
    assert at["c"] == pytest.approx(64 * e.var(), rel=1e-12)
    assert at["U4"] == pytest.approx(1 - (m**4).mean() / (3 * (m**2).mean() ** 2), rel=1e-12)
    covariance = np.cov(abs(m), abs(e), bias=True)[0, 1]
    assert at["c_me"] == pytest.approx(64 * covariance / abs(m).mean(), rel=1e-9)
    # Four groups of 64: the error of the mean energy is that of the four means.
    groups = e.reshape(4, 64).mean(axis=1)
    assert at["e_error"] == pytest.approx(groups.std(ddof=1) / 2, rel=1e-12)
    np.testing.assert_allclose(dataset["moments"].sum("group").sel(size=8, moment="e"), e.sum())
    # P(m): 65 values of m, each a bin of width 1/32.
    density = np.bincount((magnetisation(spins) + 64) // 2, minlength=65) / 256 * 32
    np.testing.assert_allclose(at["P"].dropna("bin"), density, rtol=1e-12)
    np.testing.assert_allclose(at["m"].dropna("bin"), np.linspace(-1, 1, 65), atol=1e-15)


def test_the_first_configurations_of_a_longer_array_are_measured():
    spins = random_start(300, 4)
    first = measure(Dream(K3, 4, start=spins), 128, rng=1)
    assert first["e"].item() == pytest.approx(energy(spins[:128]).mean() / 16)


def test_an_array_that_is_too_short_is_refused():
    nested = Dream(K3, 8, start=Dream(K3, 4, start=random_start(100, 2)))
    with pytest.raises(ValueError, match=r"start must hold .*128.*got 100"):
        measure(Dream(K3, 8, start=random_start(100, 4)), 128, rng=1)
    with pytest.raises(ValueError, match=r"start must hold .*128.*got 100"):
        measure(nested, 128, rng=1)


def test_a_start_is_measured_too():
    dataset = measure(Dream(K3, 16, start=Ising(4)), 128, rng=1)
    assert dataset["size"].values.tolist() == [4, 8, 16]


def test_levels_are_of_the_same_dreams():
    # A kernel that repeats its coarse spins: m is the same at every level, group by group.
    dataset = measure(Dream(Kernel(1, (30.0,)), 16, start=Ising(4)), 256, rng=1)
    m2 = dataset["moments"].sel(moment="m^2")
    np.testing.assert_allclose(m2.sel(size=8), m2.sel(size=4), rtol=1e-12)
    np.testing.assert_allclose(m2.sel(size=16), m2.sel(size=4), rtol=1e-12)


def test_density_integrates_to_one_and_is_filled_as_bins_are():
    dataset = measure(Dream(K3, 32), 300, rng=2)
    for size, bins in ((2, 5), (4, 17), (8, 65), (16, 129), (32, 129)):
        at = dataset.sel(size=size).dropna("bin")
        assert at.sizes["bin"] == bins
        assert float(at["P"].sum() * 2 / (bins - 1)) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_density_of_monte_carlo_is_that_of_all_configurations(size, chi_square):
    # Twenty sweeps apart configurations are independent for all that a chi-square can see.
    states = enumerate_states(size)
    total = (magnetisation(states) + size**2) // 2
    exact = np.bincount(total, weights=boltzmann_weights(states, K_CRITICAL))
    at = measure(Ising(size, sweeps=20), 50_000, rng=8).sel(size=size).dropna("bin")
    counts = at["P"].values * 50_000 * 2 / size**2
    assert chi_square(counts.round(), exact) > 1e-4
    hotter = np.bincount(total, weights=boltzmann_weights(states, 0.9 * K_CRITICAL))
    assert chi_square(counts.round(), hotter) < 1e-6


def test_several_ensembles_are_joined_by_size():
    alone = measure([Ising(8), Ising(4)], 128, rng=3)
    assert alone["size"].values.tolist() == [4, 8]
    assert alone["moments"].dims == ("group", "size", "moment")
    assert alone["count"].dims == ("group",)
    assert alone.attrs["seed"] == "3"
    assert alone.attrs["ensemble"].count("Ising") == 2
    swapped = measure([Ising(4), Ising(8)], 128, rng=3)
    assert (alone["chi"].values != swapped["chi"].values).any(), "each has its own stream"


def test_join_keeps_the_values():
    parts = [measure(Ising(size), 128, rng=size) for size in (8, 4)]
    joined = join(parts)
    for part in parts:
        (size,) = part["size"].values
        assert joined["chi"].sel(size=size) == part["chi"].sel(size=size)
        np.testing.assert_array_equal(joined["P"].sel(size=size), part["P"].sel(size=size))


def test_errors_shrink_with_the_number_of_configurations():
    few, many = (measure(Dream(K3, 8), n, rng=4)["chi_error"].sel(size=8) for n in (4096, 65536))
    assert few / many == pytest.approx(4, rel=4 * np.sqrt(2 / 126))


def test_progress_is_shown_on_demand(capsys):
    measure(Ising(4), 128, rng=1)
    assert capsys.readouterr().err == ""
    measure(Ising(4), 128, rng=1, progress=True)
    assert "Monte Carlo" in capsys.readouterr().err


@pytest.mark.parametrize("n", [0, 1, 127, -5])
def test_n_is_enough_for_two_groups(n):
    with pytest.raises(ValueError, match=f"n must be at least 128, got {n}"):
        measure(Ising(4), n, rng=1)


def test_n_is_an_integer():
    with pytest.raises(TypeError, match="n must be an integer"):
        measure(Ising(4), 1e4, rng=1)


@pytest.mark.parametrize("ensemble", [None, K3, 8, "ising"])
def test_ensemble_is_an_ensemble(ensemble):
    with pytest.raises(TypeError, match="ensemble must be Ising or Dream, got"):
        measure(ensemble, 128, rng=1)


def test_a_sequence_holds_an_ensemble():
    with pytest.raises(ValueError, match="ensemble must"):
        measure([], 128, rng=1)


def test_a_single_spin_has_nothing_to_measure():
    with pytest.raises(ValueError, match="size"):
        measure(Dream(K3, 1), 128, rng=1)


def test_seed_is_required():
    with pytest.raises(TypeError, match="rng"):
        measure(Ising(4), 128)
    with pytest.raises(TypeError, match="rng must be an int seed"):
        measure(Ising(4), 128, rng=None)


@pytest.mark.parametrize("workers", [0, -1])
def test_workers_are_positive(workers):
    with pytest.raises(ValueError, match=f"workers must be at least 1, got {workers}"):
        measure(Ising(4), 128, rng=1, workers=workers)
