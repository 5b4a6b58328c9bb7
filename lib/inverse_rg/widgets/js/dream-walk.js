// The reader's walk in scale: which moves were made, and one request at a time to the engine.

import { dependsOnEnd } from "./conditional-models.js";

const LONGEST_WALK = 60; // moves that a changed kernel repeats; a longer walk is cut to the direct one

// `settings()` gives {kernel, seed, start, drawn} as they are now. Listeners: onArrive(result, moves,
// animate, shown) after each request (`shown`: how many lattices at the end are new to the reader), onInterrupt() when the next one should not wait for it, and
// onProblem(message). Requests never overlap: of those that come while one runs, only the last is kept.
export function createWalk(engine, settings, { onArrive, onInterrupt, onProblem }) {
  let moves = [];
  let current = null;
  let running = false;
  let next = null;
  const walk = { restart, replay, go, moves: () => moves, current: () => current, idle: () => !running };

  async function request(job) {
    next = job;
    if (running) {
      onInterrupt();
      return;
    }
    running = true;
    while (next) {
      const now = next;
      next = null;
      try {
        await now();
      } catch (error) {
        onProblem(error.message);
      }
    }
    running = false;
  }

  // From the start again, directly to `size`.
  function restart(size, animate = false) {
    return request(async () => {
      moves = await directFromStart(size);
      await follow(animate);
    });
  }

  async function directFromStart(size) {
    const first = await engine.walk({ ...settings(), moves: [] });
    return directMoves(first.lattices[0].size, size);
  }

  // The same moves with other settings: the same random numbers, so that little changes when a parameter does.
  function replay() {
    if (moves.length > LONGEST_WALK) return restart(current.size);
    return request(() => follow(false));
  }

  async function follow(animate, shown = Infinity) {
    const result = await engine.walk({ ...settings(), moves });
    current = result.lattices.at(-1);
    await onArrive(result, moves, animate && !next, shown);
  }

  // On from the lattice that is shown to `size`: up by dreaming, down by blocking. Where levels depend on
  // the end of a growth, a longer one is grown from the start, with the random numbers that it had.
  function go(size, animate = true) {
    if (!current) return restart(size, animate);
    return request(async () => {
      const more = directMoves(current.size, size);
      if (!more.length) return;
      if (more[0] && dependsOnEnd(settings().kernel)) {
        const longer = [...moves, ...more];
        moves = longer.length > LONGEST_WALK ? await directFromStart(size) : longer;
        return follow(animate, more.length + 1);
      }
      const result = await engine.walk({ ...settings(), from: current, firstStep: moves.length + 1, moves: more });
      moves = [...moves, ...more];
      current = result.lattices.at(-1);
      await onArrive(result, moves, animate && !next, Infinity);
    });
  }

  return walk;
}

// The moves, true for up, that lead from one side to another.
export function directMoves(from, to) {
  const count = Math.round(Math.log2(to / from));
  return Array(Math.abs(count)).fill(count > 0);
}

// A walk in words: 1 → 512 → 64.
export function describeWalk(startSize, moves) {
  const sides = [startSize];
  let size = startSize;
  moves.forEach((up, i) => {
    size = up ? 2 * size : size / 2;
    if (i > 0 && moves[i - 1] === up) sides.pop();
    sides.push(size);
  });
  return sides.length > 6 ? `${sides[0]} → … → ${sides.slice(-4).join(" → ")}` : sides.join(" → ");
}
