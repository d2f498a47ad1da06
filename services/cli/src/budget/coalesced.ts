const DRAWS = 400;
const PERIODS = 20;

/** Numbers from 0 to 1, each time the same: a linear congruential generator (Knuth, vol. 2, 3.3.4). */
const sequence = (): (() => number) => {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/**
 * Frames that leave in one message when frames wait for each other: the first one opens a message, which takes what comes within
 * the wait. How many that are depends on when talkers began, and stays so while they talk. This is the mean over such
 * phases, drawn at random and always the same; with one talker it is exact.
 */
export const framesPerMessage = (talkers: number, frameMs: number, waitMs: number): number => {
  if (talkers === 0 || waitMs === 0) return 1;
  if (talkers === 1) return 1 + Math.floor(waitMs / frameMs);
  const random = sequence();
  let messages = 0;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const phases = Array.from({ length: talkers }, () => random() * frameMs).sort((a, b) => a - b);
    let leavesAtMs = Number.NEGATIVE_INFINITY;
    for (let period = 0; period < PERIODS; period += 1) {
      for (const phase of phases) {
        const atMs = period * frameMs + phase;
        if (atMs < leavesAtMs) continue;
        messages += 1;
        leavesAtMs = atMs + waitMs;
      }
    }
  }
  return (DRAWS * PERIODS * talkers) / messages;
};
