// Random numbers without a state: a hash of (seed, level, x, y), so that a spin that is dreamt again is the same spin.
//
// Coordinates may have any number of bits. Sites are hashed in tiles of 64 x 64: the tile's place is
// absorbed once into a key of two 32-bit words, the site inside the tile is mixed with it. A spin
// thus costs two rounds of mixing, and depends on nothing but its place.

import { mix32 } from "./random.js";

export const TILE = 64;

/** The key of a tile, two 32-bit words; `tileX` and `tileY` are BigInt or integers below 2^53. */
export function tileKey(seed, level, tileX, tileY) {
  const words = [seed | 0, Math.floor(seed / 2 ** 32) | 0, level | 0];
  appendWords(words, BigInt(tileX));
  appendWords(words, BigInt(tileY));
  let a = 0x243f6a88; // digits of pi: no structure of their own
  let b = 0x85a308d3;
  for (const word of words) {
    a = mix32(a ^ word);
    b = mix32((b + Math.imul(a, 0x9e3779b1)) ^ ((word << 16) | (word >>> 16)));
    a = (a + b) | 0;
  }
  return [mix32(a), mix32(b ^ words.length)];
}

/** The random 32-bit word of site number `site` (row * 64 + column) of the tile with this key. */
export function siteHash(key0, key1, site) {
  return mix32(mix32(key0 + Math.imul(site, 0x9e3779b1)) + key1);
}

/** The random 32-bit word of the site (x, y) of a level; coordinates as BigInt or integers below 2^53. */
export function hashSite(seed, level, x, y) {
  const column = BigInt(x);
  const row = BigInt(y);
  const [key0, key1] = tileKey(seed, level, column >> 6n, row >> 6n);
  return siteHash(key0, key1, Number(row & 63n) * TILE + Number(column & 63n));
}

/** Append a coordinate's 32-bit words, at least two, and how many they are, so that no two pairs look alike. */
function appendWords(words, value) {
  let rest = value;
  let count = 0;
  while (rest > 0n || count < 2) {
    words.push(Number(rest & 0xffffffffn) | 0);
    rest >>= 32n;
    count += 1;
  }
  words.push(count);
}
