"""Two-layer networks growing 1 -> 2 -> 4 against enumeration, by every path that draws.

The field is written out here, one neighbour of one channel at a time, around the torus.
"""

import functools

import numpy as np
import pytest
import torch

from inverse_rg import _check, _device_draw
from inverse_rg.device_measurement import measure_moments
from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Dream
from inverse_rg.ising import enumerate_states
from inverse_rg.measurement import measure
from inverse_rg.models import TwoLayer
from inverse_rg.neighbourhoods import FieldTable, log_odds, table_of

RIGHT = 1e-4
BROKEN = 1e-6
N = 40_000

DEVICES = ["cpu"] + [f"cuda:{index}" for index in range(torch.cuda.device_count())]


def network(size: int, symmetrised: bool = False) -> TwoLayer:
    """A random network whose field is neither small nor even in anything."""
    model = TwoLayer(size, 5, symmetrised, rng=7)
    with torch.no_grad():
        model.first *= 3
        model.second *= 6
    return model


MODELS = {
    "k=3": network(3),
    "k=3 symmetrised": network(3, symmetrised=True),
    "k=5": network(5),
    "k=7": network(7),
}


def literal_layer(images, weights):
    """Convolve images (C, L, L) with weights (O, C, k, k) around the torus, one term at a time."""
    result = np.zeros((len(weights), *images.shape[1:]))
    reach = weights.shape[2] // 2
    for dy, dx in np.ndindex(weights.shape[2:]):
        moved = np.roll(images, (reach - dy, reach - dx), axis=(1, 2))
        result += np.einsum("oc,cyx->oyx", weights[:, :, dy, dx], moved)
    return result


def literal_field(model, coarse):
    """Return the field (2H, 2H) of one coarse lattice, averaged where the network says so."""
    first, bias, second = (part.detach().double().numpy() for part in model.parameters())

    def plain(spins):
        fine = np.kron(spins, np.ones((2, 2)))[None]
        hidden = np.maximum(literal_layer(fine, first[:, None]) + bias[:, None, None], 0)
        return literal_layer(hidden, second[None])[0]

    if not model.symmetrised:
        return plain(coarse)
    total = 0
    for turns in range(4):
        for mirrored in (False, True):
            seen = np.rot90(coarse, turns)
            seen = seen[::-1] if mirrored else seen
            odd = (plain(seen) - plain(-seen)) / 16
            odd = odd[::-1] if mirrored else odd
            total = total + np.rot90(odd, -turns)
    return total


@functools.cache
def exact(name):
    """Return the probabilities of all configurations at L = 2 and at L = 4."""

    def conditional(coarse):
        h = literal_field(MODELS[name], coarse)
        states = enumerate_states(2 * len(coarse)).astype(float)
        return np.exp((states * h - np.log(2 * np.cosh(h))).sum(axis=(1, 2)))

    two = np.mean([conditional(np.full((1, 1), spin)) for spin in (1, -1)], axis=0)
    return two, two @ [conditional(coarse) for coarse in enumerate_states(2)]


def signature(spins):
    """What tells configurations apart: M, bonds along either axis, and a product of three."""
    s = spins.astype(np.int64)
    bonds = [(s * np.roll(s, 1, axis)).sum((1, 2)) for axis in (1, 2)]
    three = (s * np.roll(s, 1, 1) * np.roll(s, 1, 2)).sum((1, 2))
    return s.sum((1, 2)) + 100 * bonds[0] + 10_000 * bonds[1] + 1_000_000 * three


def counted(spins, probabilities):
    labels, inverse = np.unique(signature(enumerate_states(4)), return_inverse=True)
    expected = np.bincount(inverse, weights=probabilities)
    counts = np.bincount(np.searchsorted(labels, signature(spins)), minlength=len(labels))
    return counts, expected


def on_device(model, n, seed):
    """Draw with what `measure_moments` draws with."""
    device = torch.device("cpu")
    step = _device_draw.UpProbability(model, device)
    generator = torch.Generator().manual_seed(seed)
    spins = torch.randint(0, 2, (n, 1, 1), generator=generator, dtype=torch.int8) * 2 - 1
    for _ in range(2):
        up = step(spins)
        uniform = torch.rand(up.shape, generator=generator)
        spins = _device_draw.draw(up, uniform)
    return _check.spins("spins", spins.numpy())


PATHS = {
    "compiled": lambda model, n, seed: dream(model, n, 4, rng=seed),
    "torch": lambda model, n, seed: dream(model, n, 4, rng=seed, device="cpu"),
    "device": on_device,
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", MODELS)
def test_side_four(name, path, chi_square):
    spins = PATHS[path](MODELS[name], N, 3)
    assert chi_square(*counted(spins, exact(name)[1])) > RIGHT


@pytest.mark.parametrize("path", PATHS)
def test_another_network_is_found(path, chi_square):
    # A bias that is left out, and the symmetries where there are none.
    broken = network(3)
    with torch.no_grad():
        broken.bias *= 0
    for wrong in (broken, MODELS["k=3 symmetrised"]):
        spins = PATHS[path](wrong, N, 4)
        assert chi_square(*counted(spins, exact("k=3")[1])) < BROKEN


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("side", [1, 2, 3, 4, 7])
def test_fields_of_every_lattice(name, side):
    model = MODELS[name]
    coarse = np.random.default_rng(side).choice(np.array([-1, 1], np.int8), (3, side, side))
    expected = np.stack([literal_field(model, one) for one in coarse])
    for evaluate in (model, model.field):
        found = evaluate(torch.from_numpy(coarse)).detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)


def test_a_table_is_the_network(chi_square):
    table = FieldTable(table_of(MODELS["k=3"]))
    spins = dream(table, N, 4, rng=5)
    np.testing.assert_array_equal(spins, dream(MODELS["k=3"], N, 4, rng=5))
    mirrored = FieldTable(table.table.reshape(2, 2, -1).swapaxes(0, 1).reshape(4, -1))
    wrong = dream(mirrored, N, 4, rng=5)
    assert chi_square(*counted(wrong, exact("k=3")[1])) < BROKEN


def moments_of(name, levels=4):
    states = enumerate_states(4)
    total = states.sum((1, 2), dtype=int)
    bonds = (states * (np.roll(states, 1, 1) + np.roll(states, 1, 2))).sum((1, 2), dtype=int)
    m, e = total / 16, bonds / 16
    each = [m, abs(m), m**2, m**4, e, abs(e), e**2, abs(m) * abs(e)]
    weights = exact(name)[1]
    return np.bincount((total + 16) // 2, weights=weights), np.array(each) @ weights


@pytest.mark.parametrize("name", ["k=3", "k=7"])
def test_measured_moments(name, distance):
    at = measure(Dream(MODELS[name], 4), 65_600, rng=6).sel(size=4)
    groups = at["moments"].values / at["count"].values[:, None]
    assert distance(groups, moments_of(name)[1]) < 4


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", MODELS)
def test_moments_and_density_on_every_device(name, device, distance, chi_square):
    found = measure_moments(Dream(MODELS[name], 4), N, rng=7, device=device)
    density, moments = moments_of(name)
    groups = found.moments[:, 1] / found.counts[:, None]
    assert distance(groups, moments) < 4
    assert chi_square(found.histograms[1].sum(axis=0), density) > RIGHT
    wrong = moments_of("k=5" if name != "k=5" else "k=7")[0]
    assert chi_square(found.histograms[1].sum(axis=0), wrong) < BROKEN


def test_a_dream_that_starts_with_another_network(distance):
    # Two levels with k = 3, then one with k = 7: what the paper's Fig. 11 needs.
    chain = Dream(MODELS["k=7"], 8, start=Dream(MODELS["k=3"], 4))
    found = measure(chain, 65_600, rng=8).sel(size=4)
    groups = found["moments"].values / found["count"].values[:, None]
    assert distance(groups, moments_of("k=3")[1]) < 4
    device = measure_moments(chain, N, rng=9, device="cpu")
    assert device.sizes == (2, 4, 8)
    assert distance(device.moments[:, 1] / device.counts[:, None], moments_of("k=3")[1]) < 4


def test_log_odds_are_the_conditional_probability():
    from inverse_rg.neighbourhoods import count_neighbourhoods

    spins = dream(MODELS["k=3 symmetrised"], 2000, 64, rng=10)
    # Blocking a dream does not give back its coarse spins, but counts of dreams do.
    counts = count_neighbourhoods(spins, rng=1)
    table = log_odds(counts).table
    np.testing.assert_allclose(table[:, ::-1], -table, atol=1e-12)
