"""The hash behind the zoom: every bit counts, neighbours are independent."""

import numpy as np
import pytest

RIGHT = 1e-4

AVALANCHE = """
const draw = random.createRandom(7);
const bits = { seed: 53, level: 10, x: args.coordinateBits, y: args.coordinateBits };
const wide = (count) => {
  let value = 0n;
  for (let i = 0; i < 4; i++) value = (value << 32n) | BigInt(draw.nextU32());
  return BigInt.asUintN(count, value);
};
const rows = [];
for (const [name, count] of Object.entries(bits)) {
  for (let bit = 0; bit < count; bit++) {
    const flips = new Array(32).fill(0);
    for (let i = 0; i < args.n; i++) {
      const place = {};
      for (const [key, size] of Object.entries(bits)) place[key] = wide(size);
      const word = ({ seed, level, x, y }) => hash.hashSite(Number(seed), Number(level), x, y);
      const before = word(place);
      place[name] ^= 1n << BigInt(bit);
      const changed = before ^ word(place);
      for (let out = 0; out < 32; out++) flips[out] += (changed >>> out) & 1;
    }
    rows.push(flips);
  }
}
return rows;
"""


@pytest.mark.parametrize("coordinate_bits", [40, 53, 100])
def test_every_bit_of_a_place_flips_every_bit_of_its_hash(coordinate_bits, javascript):
    n = 400
    flips = np.array(javascript(["hash", "random"], AVALANCHE, n=n, coordinateBits=coordinate_bits))
    sigmas = (flips - n / 2) / np.sqrt(n / 4)
    assert flips.shape == (63 + 2 * coordinate_bits, 32)
    assert abs(sigmas).max() < 5.5  # of some thousand numbers
    assert 0.85 < (sigmas**2).mean() < 1.15


UNIFORM = """
const counts = { high: new Array(256).fill(0), low: new Array(256).fill(0) };
// Top bits of a site, its right and its lower neighbour, and its coarse spin.
const pairs = new Array(16).fill(0);
const word = (level, x, y) => hash.hashSite(5, level, BigInt(x) + args.x, BigInt(y) + args.y);
for (let y = 0; y < 300; y++) {
  for (let x = 0; x < 300; x++) {
    const here = word(args.level, x, y);
    counts.high[here >>> 24] += 1;
    counts.low[here & 255] += 1;
    const around = [here, word(args.level, x + 1, y), word(args.level, x, y + 1)];
    around.push(word(args.level - 1, x >> 1, y >> 1));
    pairs[around.reduce((index, value, i) => index + ((value >>> 31) << i), 0)] += 1;
  }
}
return [counts.high, counts.low, pairs];
"""


@pytest.mark.parametrize("level", [9, 40, 70])
def test_hashes_of_neighbours_are_uniform_and_independent(level, javascript, chi_square):
    # Places are sent as text: JSON has no integers beyond 2^53.
    body = "args.x = BigInt(args.x); args.y = BigInt(args.y);" + UNIFORM
    place = {"x": str(2 ** (level - 1) + 33), "y": str(2 ** (level - 2) + 7)}
    for counts in javascript(["hash"], body, level=level, **place):
        assert chi_square(counts, np.full(len(counts), 1 / len(counts))) > RIGHT


def test_tiles_of_different_places_have_different_keys(javascript):
    body = """
    const keys = new Set();
    for (const seed of [0, 1, 2 ** 32]) for (let level = 6; level < 60; level += 3)
      for (const x of [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 33n])
        for (const y of [0n, 1n, 2n ** 32n])
          keys.add(String(hash.tileKey(seed, level, x, y)));
    return keys.size;
    """
    assert javascript(["hash"], body) == 3 * 18 * 5 * 3
