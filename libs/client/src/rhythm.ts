/** What a live connection does again and again. */
export interface Beats {
  report(): void;
  stats(): void;
}

const STATS_MS = 1_000;

/** Runs the periodic work of a connection, from its welcome to its end. */
export class Rhythm {
  readonly #beats: Beats;
  #report: ReturnType<typeof setInterval> | undefined;
  #stats: ReturnType<typeof setInterval> | undefined;

  constructor(beats: Beats) {
    this.#beats = beats;
  }

  start(reportMs: number): void {
    this.stop();
    this.#report = setInterval(() => this.#beats.report(), reportMs);
    this.#stats = setInterval(() => this.#beats.stats(), STATS_MS);
  }

  stop(): void {
    clearInterval(this.#report);
    clearInterval(this.#stats);
  }
}
