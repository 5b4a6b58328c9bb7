import numpy as np
import pytest

from inverse_rg import _random


def words(sequence):
    return _random.state_words(sequence).tolist()


def test_an_integer_is_the_same_sequence_each_time():
    first = words(_random.seed_sequence(6))
    assert first == words(_random.seed_sequence(6)) == words(_random.seed_sequence(np.int64(6)))
    assert first != words(_random.seed_sequence(7))


def test_a_seed_sequence_is_itself_and_keeps_no_memory():
    sequence = np.random.SeedSequence(6)
    assert words(_random.seed_sequence(sequence)) == words(_random.seed_sequence(sequence))
    assert words(_random.seed_sequence(sequence)) == words(_random.seed_sequence(6))


def test_a_generator_advances():
    generator = np.random.default_rng(6)
    first, second = (words(_random.seed_sequence(generator)) for _ in range(2))
    assert first != second
    assert first == words(_random.seed_sequence(np.random.default_rng(6)))


def test_global_state_stays_as_it_was():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    _random.seed_sequence(np.random.default_rng(6))
    _random.child(_random.seed_sequence(6), 1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("rng", [None, 6.0, "6", True, np.random, [6]])
def test_what_is_no_seed(rng):
    with pytest.raises(TypeError, match=r"rng must be an int seed, .*got "):
        _random.seed_sequence(rng)


def test_seeds_are_not_negative():
    with pytest.raises(ValueError, match="rng must be a non-negative seed, got -1"):
        _random.seed_sequence(-1)


def test_large_seeds():
    assert words(_random.seed_sequence(2**80)) != words(_random.seed_sequence(2**80 + 1))


def test_children_have_no_memory():
    root = _random.seed_sequence(6)
    first = words(_random.child(root, 0))
    assert first == words(_random.child(root, 0))
    assert first == words(np.random.SeedSequence(6).spawn(1)[0])
    assert root.n_children_spawned == 0


def test_children_differ_from_each_other_and_from_their_parent():
    root = _random.seed_sequence(6)
    keys = [(0,), (1,), (0, 0), (0, 1), (1, 0), (1000,)]
    streams = [root, *(_random.child(root, *key) for key in keys)]
    assert len({tuple(words(stream)) for stream in streams}) == len(streams)


def test_a_grandchild_is_the_child_of_a_child():
    root = _random.seed_sequence(6)
    assert words(_random.child(root, 3, 4)) == words(_random.child(_random.child(root, 3), 4))


def test_state_words():
    state = _random.state_words(_random.seed_sequence(6))
    assert state.shape == (4,)
    assert state.dtype == np.uint64
    assert state.any()
