import threading
import time

import numpy as np
import pytest

from inverse_rg import _blocks, _random

NUMBERS = [1, 63, 64, 65, 128, 1000, 4095, 4096, 4097, 8192, 20_000, 65_536, 100_000, 1_000_000]


@pytest.mark.parametrize("n", NUMBERS)
def test_blocks_cover_all_configurations(n):
    sizes = _blocks.block_sizes(n)
    assert sum(sizes) == n
    assert len(set(sizes[:-1])) <= 1
    assert 0 < sizes[-1] <= sizes[0] <= _blocks.LARGEST_BLOCK


@pytest.mark.parametrize("n", NUMBERS)
def test_all_but_the_last_are_multiples_of_a_word(n):
    assert all(size % 64 == 0 for size in _blocks.block_sizes(n)[:-1])


@pytest.mark.parametrize("n", [4096, 8192, 20_000, 65_536, 1_000_000])
def test_there_are_enough_blocks_for_a_jackknife(n):
    assert len(_blocks.block_sizes(n)) >= 64


def test_the_largest_blocks():
    assert set(_blocks.block_sizes(1 << 20)) == {_blocks.LARGEST_BLOCK}
    assert _blocks.block_sizes(128) == [64, 64]


def identify(size, stream):
    return size, stream.spawn_key, _random.state_words(stream).tolist()


@pytest.mark.parametrize("workers", [1, 2, 3, 100, None])
def test_blocks_come_in_order_whatever_the_workers(workers):
    root = _random.seed_sequence(8)
    sizes = _blocks.block_sizes(1000)
    expected = [identify(size, _random.child(root, block)) for block, size in enumerate(sizes)]
    assert list(_blocks.run(identify, 1000, 8, workers=workers)) == expected


def test_a_slow_first_block_still_comes_first():
    def task(size, stream):
        time.sleep(0.05 if stream.spawn_key == (0,) else 0)
        return stream.spawn_key[0]

    assert list(_blocks.run(task, 640, 1, workers=3)) == list(range(10))


def test_a_generator_advances_and_a_seed_does_not():
    generator = np.random.default_rng(9)
    first, second = (list(_blocks.run(identify, 200, generator)) for _ in range(2))
    assert first != second
    assert list(_blocks.run(identify, 200, 9)) == list(_blocks.run(identify, 200, 9))


def test_workers_run_side_by_side():
    meeting = threading.Barrier(2, timeout=10)

    def task(size, stream):
        meeting.wait()  # one worker alone would wait here until the barrier breaks
        return size

    assert list(_blocks.run(task, 128, 1, workers=2)) == [64, 64]


def test_few_blocks_wait_to_be_read():
    started = []

    def task(size, stream):
        started.append(stream.spawn_key[0])
        return size

    blocks = _blocks.run(task, 64 * 60, 1, workers=2)
    next(blocks)
    time.sleep(0.05)
    assert len(started) <= 2 * 2 + 1
    blocks.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_block_comes_through_and_stops_the_rest(workers):
    started = []

    def task(size, stream):
        started.append(size)
        raise RuntimeError("block has failed")

    with pytest.raises(RuntimeError, match="block has failed"):
        list(_blocks.run(task, 64 * 60, 1, workers=workers))
    assert len(started) < 60


def test_a_wrong_seed_is_refused():
    with pytest.raises(TypeError, match="rng must be an int seed"):
        list(_blocks.run(identify, 100, None))
