import type { Timer, Timers } from './timers.ts';

/** What a live connection does again and again. */
export interface Beats {
  report(): void;
  stats(): void;
}

const STATS_MS = 1_000;

/** Runs the periodic work of a connection, from its welcome to its end. */
export class Rhythm {
  readonly #beats: Beats;
  readonly #timers: Timers;
  #running: Timer[] = [];

  constructor(beats: Beats, timers: Timers) {
    this.#beats = beats;
    this.#timers = timers;
  }

  start(reportMs: number): void {
    this.stop();
    this.#running = [
      this.#timers.every(reportMs, () => this.#beats.report()),
      this.#timers.every(STATS_MS, () => this.#beats.stats()),
    ];
  }

  stop(): void {
    for (const timer of this.#running) timer.cancel();
    this.#running = [];
  }
}
