// Monte Carlo of the critical Ising model: Swendsen-Wang sweeps on a torus.
//
// p(s) is proportional to exp(K sum of s_i s_j over bonds), spins 0/1 in a Uint8Array (1 is up).

import { describeLattice, findRoot, joinClusters } from "./observables.js";
import { createRandom } from "./random.js";

export const CRITICAL_COUPLING = Math.log(1 + Math.SQRT2) / 2;

// Sweeps from a random start before a configuration is shown. Swendsen-Wang sweeps forget within
// about ten; the tests compare the energy of such configurations with the exact one.
export const EQUILIBRATION = 100;

export function randomLattice(size, random) {
  const words = new Uint32Array(Math.ceil((size * size) / 32));
  random.fill(words);
  const spins = new Uint8Array(size * size);
  for (let i = 0; i < spins.length; i++) spins[i] = (words[i >> 5] >>> (i & 31)) & 1;
  return spins;
}

// One Swendsen-Wang sweep of `spins` in place: bonds between like neighbours with probability
// 1 - exp(-2 K), then a fair coin for each cluster. `parents` is scratch, Int32Array (size^2).
export function sweepClusters(spins, size, random, coupling, parents) {
  const bond = Math.round(-Math.expm1(-2 * coupling) * 2 ** 32);
  const words = new Uint32Array(2 * size);
  // Site by site, each with a bond to the left and one up (Hoshen and Kopelman): a site takes over
  // the root of its left neighbour, so that only the bonds up need to join clusters.
  for (let y = 0; y < size; y++) {
    const row = y * size;
    random.fill(words);
    for (let x = 0; x < size; x++) {
      const site = row + x;
      const left = x > 0 && spins[site] === spins[site - 1] && words[2 * x] < bond;
      parents[site] = left ? findRoot(parents, site - 1) : site;
      if (y > 0 && spins[site] === spins[site - size] && words[2 * x + 1] < bond) joinClusters(parents, site, site - size);
    }
    const last = row + size - 1;
    if (spins[row] === spins[last] && words[0] < bond) joinClusters(parents, row, last);
  }
  random.fill(words, size);
  for (let x = 0; x < size; x++) {
    const last = (size - 1) * size + x;
    if (spins[x] === spins[last] && words[x] < bond) joinClusters(parents, x, last);
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
