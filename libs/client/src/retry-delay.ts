/** Upper bounds of the delays before the first, second, … try after a lost connection. */
const BOUNDS_MS = [300, 600, 1_200, 2_400, 5_000];

/**
 * Delay before try number `attempt` (from 1): uniform between 0 and a bound that doubles up to 5 s. Full
 * jitter, as the usual reason to retry is one that a whole edge's clients share at the same instant.
 * A service that said when to come again is not asked sooner.
 */
export const retryDelayMs = (
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number => {
  const boundMs = BOUNDS_MS[Math.min(attempt, BOUNDS_MS.length) - 1]!;
  return random() * boundMs + Math.min(retryAfterMs ?? 0, 60_000);
};
