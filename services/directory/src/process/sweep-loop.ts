import type { Component } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';

/** How often what has run out is removed, in ms. */
const SWEEP_EVERY_MS = 1_000;

export interface SweepLoopDeps {
  registry: { sweep(): Promise<void> };
  log: Logger;
}

/**
 * Removes what has run out of the region's state, each second. Every directory does it; the registry sees to it
 * that nothing is removed before it has been in contact long enough.
 */
export class SweepLoop implements Component {
  readonly name = 'sweep';
  readonly #deps: SweepLoopDeps;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;
  /** Sweeps that did not get through, mostly because the registry was away. */
  failures = 0;

  constructor(deps: SweepLoopDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#sweep(), SWEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #sweep(): Promise<void> {
    const { registry, log } = this.#deps;
    try {
      await registry.sweep();
      this.#isFailing = false;
    } catch (error) {
      this.failures += 1;
      // Once for each time that it is away; how long it lasts is in the metrics.
      if (!this.#isFailing) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason }, 'What has run out cannot be removed now; calls go on.');
      }
      this.#isFailing = true;
    }
  }
}
