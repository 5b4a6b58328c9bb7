"""Words of bits against NumPy."""

import numpy as np
import pytest

from inverse_rg import _bits
from inverse_rg._jit import njit, u64

SIZES = [1, 2, 3, 8, 33, 64, 65, 130]


def random_spins(n, size, seed=1):
    rng = np.random.default_rng(seed)
    return rng.choice(np.array([-1, 1], np.int8), (n, size, size))


@njit
def counts(words):
    out = np.empty((2, words.size), np.int64)
    for i in range(words.size):
        out[0, i] = np.int64(_bits.popcount(words[i]))
        out[1, i] = np.int64(_bits.trailing_zeros(words[i]))
    return out


def test_counts_of_bits():
    words = np.array([0, 1, 8, 2**63, 2**64 - 1, 12], np.uint64)
    assert counts(words).tolist() == [[0, 1, 1, 1, 64, 2], [64, 0, 3, 63, 0, 2]]


def test_mix_is_the_finaliser_of_splitmix64():
    # First outputs for seed 0, as in the reference code of Steele, Lea and Flood.
    golden = 0x9E3779B97F4A7C15
    first = [_bits.mix(u64(golden * k % 2**64)) for k in (1, 2)]
    assert first == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_transposition():
    words = np.random.default_rng(2).integers(2**64, size=64, dtype=np.uint64)
    bits = (words[:, None] >> np.arange(64, dtype=np.uint64)) & u64(1)
    _bits.transpose64(words)
    assert np.array_equal((words[:, None] >> np.arange(64, dtype=np.uint64)) & u64(1), bits.T)


@pytest.mark.parametrize("size", SIZES)
def test_sites_are_the_bits_of_their_row(size):
    spins = random_spins(3, size)
    words = _bits.pack_sites(spins)
    assert words.shape == (3, size, -(-size // 64))
    padded = np.zeros((3, size, 64 * words.shape[2]), np.uint8)
    padded[:, :, :size] = spins > 0
    expected = np.packbits(padded, axis=2, bitorder="little").view("<u8")
    assert np.array_equal(words, expected)
    assert np.array_equal(_bits.unpack_sites(words), spins)


@pytest.mark.parametrize("n", [1, 64, 70])
@pytest.mark.parametrize("size", SIZES)
def test_replicas_are_the_bits_of_a_site(size, n):
    spins = random_spins(n, size)
    words = _bits.pack_replicas(spins)
    assert words.shape == (-(-n // 64), size, size)
    for replica in {0, n // 2, n - 1}:
        bits = (words[replica // 64] >> u64(replica % 64)) & u64(1)
        assert np.array_equal(bits == 1, spins[replica] > 0)
    assert np.array_equal(_bits.unpack_replicas(words, n), spins)
    assert np.array_equal(_bits.unpack_replicas(words)[:n], spins)
    assert (_bits.unpack_replicas(words)[n:] == -1).all()


@pytest.mark.parametrize("n", [1, 64, 70])
@pytest.mark.parametrize("size", SIZES)
def test_one_form_becomes_the_other(size, n):
    spins = random_spins(n, size)
    sites, replicas = _bits.pack_sites(spins), _bits.pack_replicas(spins)
    assert np.array_equal(_bits.sites_to_replicas(sites), replicas)
    assert np.array_equal(_bits.replicas_to_sites(replicas, n), sites)
