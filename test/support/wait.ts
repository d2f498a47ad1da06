import { setTimeout as sleep } from 'node:timers/promises';

/** Lets the given time pass, in ms; for the length of a phase of a scenario, never instead of a condition. */
export const forMs = (durationMs: number): Promise<void> => sleep(durationMs);

/**
 * Waits until a condition holds and returns whether it did within the time.
 * @param condition looked at every `everyMs` (10)
 * @param timeoutMs how long at most
 */
export const holdsWithin = async (
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs = 10,
): Promise<boolean> => {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(everyMs);
  }
  return true;
};

/**
 * Waits until a condition holds.
 * @throws Error naming `what` when it did not within `timeoutMs`
 */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> => {
  if (!(await holdsWithin(condition, timeoutMs))) throw new Error(`${what}: not within ${timeoutMs} ms`);
};
