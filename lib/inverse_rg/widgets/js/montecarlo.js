// Monte Carlo of the critical Ising model: Swendsen-Wang sweeps on a torus.
//
// p(s) is proportional to exp(K sum of s_i s_j over bonds), spins 0/1 in a Uint8Array (1 is up).

import { describeLattice, findRoot, joinClusters } from "./observables.js";
import { createRandom } from "./random.js";

export const CRITICAL_COUPLING = Math.log(1 + Math.SQRT2) / 2;

// Sweeps from a random start. The autocorrelation time of the energy is below 12 sweeps up to L = 1024.
export const EQUILIBRATION = 100;

export function randomLattice(size, random) {
  const words = new Uint32Array(Math.ceil((size * size) / 32));
  random.fill(words);
  return Uint8Array.from({ length: size * size }, (_, i) => (words[i >> 5] >>> (i & 31)) & 1);
}

// One Swendsen-Wang sweep of `spins` in place: bonds between like neighbours with probability
// 1 - exp(-2 K), then a fair coin for each cluster. `parents` is scratch, Int32Array (size^2).
export function sweepClusters(spins, size, random, coupling, parents) {
  const bond = Math.round(-Math.expm1(-2 * coupling) * 2 ** 32);
  const words = new Uint32Array(2 * size);
  for (let i = 0; i < parents.length; i++) parents[i] = i;
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const below = y + 1 < size ? row + size : 0;
    random.fill(words);
    for (let x = 0; x < size; x++) {
      const site = row + x;
      const right = x + 1 < size ? site + 1 : row;
      if (spins[site] === spins[right] && words[2 * x] < bond) joinClusters(parents, site, right);
      if (spins[site] === spins[below + x] && words[2 * x + 1] < bond) joinClusters(parents, site, below + x);
    }
  }
  // The root of a cluster is its first site (joinClusters keeps the smaller), so that its coin is
  // tossed before any other site asks for it.
  for (let y = 0; y < size; y++) {
    random.fill(words, size);
    for (let x = 0; x < size; x++) {
      const site = y * size + x;
      const root = findRoot(parents, site);
      spins[site] = root === site ? words[x] >>> 31 : spins[root];
    }
  }
}

// A configuration at the critical point from a seed: a task (see tasks.js) that yields
// {sweep, sweeps, spins} from time to time (spins only when `pictures` is true).
export function* monteCarloTask({ size, seed, stream = 0, sweeps = EQUILIBRATION, coupling = CRITICAL_COUPLING, pictures = false }) {
  const began = performance.now();
  const random = createRandom(seed, 2 ** 31 + stream); // a dream of the same seed uses low streams
  const spins = randomLattice(size, random);
  const parents = new Int32Array(size * size);
  let shown = performance.now();
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    sweepClusters(spins, size, random, coupling, parents);
    const show = performance.now() - shown > 120;
    if (show) shown = performance.now();
    yield show ? { sweep, sweeps, spins: pictures ? spins.slice() : null } : undefined;
  }
  const milliseconds = performance.now() - began;
  return { spins, size, sweeps, milliseconds, numbers: describeLattice({ spins, size }) };
}
