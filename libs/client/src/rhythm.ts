import type { Time } from './clock.ts';
import type { Timer } from './timers.ts';

/** What a live connection does again and again. */
export interface Beats {
  report(): void;
  stats(): void;
}

const STATS_MS = 1_000;

/** Something that is due every so many ms. */
interface Beat {
  everyMs: number;
  run: () => void;
  lastMs: number;
  timer: Timer;
}

/** What a timer may come early by, as clocks and timers are not in step. */
const EARLY_MS = 50;

/**
 * Runs the periodic work of a connection, from its welcome to its end. By timers, and by `tick` where they come late:
 * an edge believes no report of more than ten seconds, and a hidden page may get its timers once a minute.
 */
export class Rhythm {
  readonly #beats: Beats;
  readonly #time: Time;
  #running: Beat[] = [];

  constructor(beats: Beats, time: Time) {
    this.#beats = beats;
    this.#time = time;
  }

  start(reportMs: number): void {
    this.stop();
    this.#run(reportMs, () => this.#beats.report());
    this.#run(STATS_MS, () => this.#beats.stats());
  }

  stop(): void {
    for (const { timer } of this.#running) timer.cancel();
    this.#running = [];
  }

  /** Does what is due; call it with whatever comes by itself, such as an edge's heartbeat. */
  tick(): void {
    for (const beat of this.#running) this.#look(beat);
  }

  #run(everyMs: number, run: () => void): void {
    const timer = this.#time.every(everyMs, () => this.#look(beat));
    const beat: Beat = { everyMs, run, lastMs: this.#time.now(), timer };
    this.#running.push(beat);
  }

  #look(beat: Beat): void {
    const nowMs = this.#time.now();
    if (nowMs - beat.lastMs < beat.everyMs - EARLY_MS) return;
    beat.lastMs = nowMs;
    beat.run();
  }
}
