import type { Admission, Entry } from './admission.ts';
import type { EdgeLink } from './edge-link.ts';
import { PartylineError } from './errors.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Timers } from './timers.ts';

/** A service that cannot take anybody just now and says when it may (RFC 9110, 15.6.4). */
const comeAgainMs = (error: unknown): number | undefined =>
  error instanceof PartylineError && error.status === 503 ? error.retryAfterMs : undefined;

const pause = (timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = timers.after(delayMs, resolve);
    signal.addEventListener('abort', () => {
      timer.cancel();
      resolve();
    });
  });

/**
 * Gets in for the first time. Asks again where the service asks for that and the time allows it; any other refusal
 * is the caller's to hear at once.
 * @param timeoutMs no new try starts after this
 * @throws PartylineError the reason of the last try
 */
export const admitFirst = async (
  admission: Pick<Admission, 'admit'>,
  entry: Omit<Entry, 'attempt'>,
  timeoutMs: number,
  timers: Timers,
): Promise<EdgeLink> => {
  const endsAtMs = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await admission.admit({ ...entry, attempt });
    } catch (error) {
      const retryAfterMs = comeAgainMs(error);
      if (retryAfterMs === undefined) throw error;
      const delayMs = retryDelayMs(attempt, retryAfterMs);
      if (performance.now() + delayMs >= endsAtMs) throw error;
      await pause(timers, delayMs, entry.signal);
      if (entry.signal.aborted) throw error;
    }
  }
};
