import type { Clock } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import type { EdgeCounters } from './counters.ts';

const LINE_EVERY_MS = 1_000;

/** Counts failures of the registry, and writes a line about them at most once a second. */
export class FailureLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #counters: EdgeCounters;
  #lineAtMs = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(services: { log: Logger; clock: Clock; counters: EdgeCounters }) {
    this.#log = services.log;
    this.#clock = services.clock;
    this.#counters = services.counters;
  }

  report(error: unknown, message: string): void {
    this.#counters.registryFailures += 1;
    const nowMs = this.#clock.now();
    if (nowMs - this.#lineAtMs < LINE_EVERY_MS) {
      this.#unsaid += 1;
      return;
    }
    this.#lineAtMs = nowMs;
    this.#log.warn(
      { reason: error instanceof Error ? error.message : String(error), more: this.#unsaid },
      message,
    );
    this.#unsaid = 0;
  }
}
