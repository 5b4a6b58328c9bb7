// What is measured on one lattice of 0/1 spins (1 is up), Uint8Array (size * size), and blocking.

// m, the mean of the spins as +-1.
export function magnetisation(spins) {
  let up = 0;
  for (let i = 0; i < spins.length; i++) up += spins[i];
  return (2 * up) / spins.length - 1;
}

// e = sum over sites of s (s_right + s_down) / L^2: 2 at full order, as in the package.
export function energy(spins, size) {
  let broken = 0;
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const below = y + 1 < size ? row + size : 0;
    let left = spins[row + size - 1];
    for (let x = 0; x < size; x++) {
      const spin = spins[row + x];
      broken += (spin ^ left) + (spin ^ spins[below + x]);
      left = spin;
    }
  }
  return 2 - (2 * broken) / (size * size);
}

// The number of geometric clusters: sets of like spins joined by nearest neighbours on the torus.
export function countClusters(spins, size) {
  const parents = new Int32Array(spins.length);
  let clusters = spins.length;
  for (let i = 0; i < parents.length; i++) parents[i] = i;
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const below = y + 1 < size ? row + size : 0;
    for (let x = 0; x < size; x++) {
      const site = row + x;
      const right = x + 1 < size ? site + 1 : row;
      if (spins[site] === spins[right]) clusters -= joinClusters(parents, site, right);
      if (spins[site] === spins[below + x]) clusters -= joinClusters(parents, site, below + x);
    }
  }
  return clusters;
}

// The root of a site, with the path to it halved on the way.
export function findRoot(parents, site) {
  while (parents[site] !== site) {
    parents[site] = parents[parents[site]];
    site = parents[site];
  }
  return site;
}

// Join the clusters of two sites; returns 1 when they were two, else 0.
export function joinClusters(parents, first, second) {
  const a = findRoot(parents, first);
  const b = findRoot(parents, second);
  if (a === b) return 0;
  if (a < b) parents[b] = a;
  else parents[a] = b;
  return 1;
}

// Majority rule on 2 x 2 blocks, a tie decided by a coin: {spins: Uint8Array (size^2 / 4), ties}.
export function blockSpins(spins, size, random) {
  if (size % 2) throw new Error(`only an even side can be blocked, got ${size}`);
  const half = size / 2;
  const coarse = new Uint8Array(half * half);
  let ties = 0;
  let coins = 0;
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const corner = 2 * y * size + 2 * x;
      const up = spins[corner] + spins[corner + 1] + spins[corner + size] + spins[corner + size + 1];
      if (up === 2) {
        if (ties % 32 === 0) coins = random.nextU32();
        coarse[y * half + x] = coins & 1;
        coins >>>= 1;
        ties += 1;
      } else {
        coarse[y * half + x] = up > 2 ? 1 : 0;
      }
    }
  }
  return { spins: coarse, ties };
}

// m, e and the number of clusters of a lattice {spins, size}.
export function describeLattice({ spins, size }) {
  return { m: magnetisation(spins), e: energy(spins, size), clusters: countClusters(spins, size) };
}
