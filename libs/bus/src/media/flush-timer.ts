import type { Clock } from '@partyline/runtime';

/** Runs `run` once after so many ms, unless the function that it returns is called before. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

export const scheduleByTimeout: Schedule = (run, delayMs) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** What a timer flushes: it is due from `dueAtMs` on, and not at all while that is 0. */
export interface Flushable {
  dueAtMs: number;
  /** Kept by the timer: whether it stands in its list. */
  queued: boolean;
  flush(nowMs: number): void;
}

/**
 * One timer for all links. A timer of each link for each flush would cost more than the flush, and links that are
 * flushed in one turn share the engine's writes.
 */
export class FlushTimer {
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #waiting: Flushable[] = [];
  #cancel: (() => void) | undefined;
  readonly #fire = (): void => this.#run();

  constructor(clock: Clock, schedule: Schedule) {
    this.#clock = clock;
    this.#schedule = schedule;
  }

  /** Has it flushed `delayMs` from now, unless that is arranged already. */
  add(one: Flushable, nowMs: number, delayMs: number): void {
    if (one.dueAtMs !== 0) return;
    one.dueAtMs = nowMs + delayMs;
    if (!one.queued) {
      one.queued = true;
      this.#waiting.push(one);
    }
    this.#cancel ??= this.#schedule(this.#fire, delayMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const one of this.#waiting) one.queued = false;
    this.#waiting.length = 0;
  }

  #run(): void {
    this.#cancel = undefined;
    const nowMs = this.#clock.now();
    const waiting = this.#waiting;
    let kept = 0;
    let nextMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < waiting.length; i += 1) {
      const one = waiting[i]!;
      const remainingMs = one.dueAtMs - nowMs;
      // Timers count whole ms: what is due within one goes now rather than late.
      if (one.dueAtMs === 0 || remainingMs < 1) {
        one.queued = false;
        if (one.dueAtMs !== 0) one.flush(nowMs);
      } else {
        waiting[kept++] = one;
        if (remainingMs < nextMs) nextMs = remainingMs;
      }
    }
    waiting.length = kept;
    if (kept > 0) this.#cancel = this.#schedule(this.#fire, nextMs);
  }
}
