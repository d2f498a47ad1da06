/** A run that is to come; `cancel` is idempotent, and safe after the last run. */
export interface Timer {
  /** It does not run any more. */
  cancel(): void;
}

/**
 * Where the client gets its timers. A browser slows the timers of a hidden page down to one a second, and to one a
 * minute after five minutes of silence; those of a worker go on as asked for. Runs may come late in any place, never
 * early, and each caller puts up with that.
 */
export interface Timers {
  /** Runs once, `delayMs` from now at the soonest. */
  after(delayMs: number, run: () => void): Timer;
  /** Runs every `periodMs` until cancelled; runs that were missed are not made up for. */
  every(periodMs: number, run: () => void): Timer;
}

/** The timers of wherever this runs. */
export const systemTimers: Timers = {
  after: (delayMs, run) => {
    const handle = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  every: (periodMs, run) => {
    const handle = setInterval(run, periodMs);
    return { cancel: () => clearInterval(handle) };
  },
};
