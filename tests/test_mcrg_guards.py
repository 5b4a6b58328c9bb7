"""What the renormalization group refuses, and that campaigns know its measurements."""

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import _mcrg_sums, _measurements, mcrg


class Frozen:
    """An ensemble that draws one configuration over and over."""

    size, sizes, label = 8, (8,), "frozen"

    def check_number(self, n):
        pass

    def draw_levels(self, n, stream, first=0):
        return {8: np.ones((n, 8, 8), np.int8)}


def test_guards():
    spectrum = mcrg.spectrum
    with pytest.raises(TypeError, match="ensemble must be Ising or Dream, got str"):
        spectrum("Ising(8)", 1000, rng=1)
    with pytest.raises(TypeError, match="rng must be"):
        spectrum(irg.Ising(8), 1000, rng=None)
    with pytest.raises(ValueError, match="n must be at least 128, got 100"):
        spectrum(irg.Ising(8), 100, rng=1)
    with pytest.raises(ValueError, match=r"n must leave at least 158 configurations.*leaves 136"):
        spectrum(irg.Ising(8), 200, rng=1)
    with pytest.raises(ValueError, match="levels must be at least 0"):
        spectrum(irg.Ising(8), 1000, rng=1, levels=-1)
    with pytest.raises(ValueError, match="basis must be one of"):
        spectrum(irg.Ising(8), 1000, rng=1, basis="other")
    with pytest.raises(ValueError, match="pairing must be one of"):
        spectrum(irg.Ising(8), 1000, rng=1, pairing="other")
    with pytest.raises(ValueError, match="workers must be at least 1"):
        spectrum(irg.Ising(8), 1000, rng=1, workers=0)
    with pytest.raises(ValueError, match="pairing must be 'block' for an ensemble whose lattices"):
        spectrum(irg.Ising(8), 1000, rng=1, pairing="parent")
    with pytest.raises(ValueError, match=r"ensemble must have an even side.*got L = 9"):
        spectrum(irg.Ising(9), 1000, rng=1)
    with pytest.raises(ValueError, match=r"ensemble must have a side of at least 6.*got L = 4"):
        spectrum(irg.Ising(4), 1000, rng=1)
    with pytest.raises(ValueError, match="ensemble must have operators that fluctuate, got one of"):
        spectrum(Frozen(), 1000, rng=1)
    with pytest.raises(ValueError, match=r"n must be larger: the operators .*linearly dependent"):
        spectrum(irg.Ising(8), 224, rng=1)
    with pytest.raises(ValueError, match="got a singular covariance matrix"):
        mcrg.transfer_matrix(np.ones((2, 2)), np.ones((2, 2)))
    dataset = spectrum(irg.Ising(8), 1000, rng=1)
    for arguments in ({"size": 16}, {"level": 1}):
        with pytest.raises(ValueError, match=f"{next(iter(arguments))} must be one of"):
            mcrg.exponent(dataset, "odd A1", **arguments)
    with pytest.raises(ValueError, match="sector must be one of"):
        mcrg.exponent(dataset, "odd paper")
    with pytest.raises(ValueError, match="level must be one of"):
        mcrg.covariances(dataset, "odd A1", level=1)


def test_sums_that_may_not_fit_are_refused():
    planned = _mcrg_sums.plan((512,), "block", 0)
    with pytest.raises(ValueError, match="n must be such that a group has fewer than"):
        _mcrg_sums.centred(planned, np.array([3 << 20]), {})


def test_registered():
    assert _measurements.find("spectrum") is mcrg.SPECTRUM
    assert _measurements.find("spectrum-parent") is mcrg.SPECTRUM_PARENT
