import type { Clock } from './clock.ts';

interface Sample {
  atMs: number;
  rttMs: number;
  offsetMs: number;
}

/** The first pings come in quick succession, so that the first frames already carry a good capture time. */
const BURST_DELAYS_MS = [0, 40, 80, 160, 320, 640];
const INTERVAL_MS = 5_000;
const WINDOW_MS = 600_000;
/** What two clocks may drift apart by, ms a ms, and what timestamps are wrong by. */
const DRIFT = 0.0005;
const ERROR_MS = 20;
/**
 * The coarsest clock that a browser gives: Firefox's step where it resists fingerprinting. Its usual one is 1 ms, which
 * on one machine is longer than a round trip.
 */
const COARSEST_STEP_MS = 17;
/** Ten minutes of pings, and the burst of a few reconnects. */
const MAX_SAMPLES = 160;

/**
 * Estimates one edge's clock from four timestamps a ping, as NTP does: the sample with the smallest round trip
 * of the last ten minutes had the least queueing, so its offset is the best. A standing asymmetry of the two
 * ways cannot be known from here.
 */
export class ClockEstimate {
  readonly edge: string;
  readonly #clock: Clock;
  readonly #samples: Sample[] = [];
  #best: Sample | undefined;
  #newestRttMs: number | undefined;
  #nextId = 1;
  #sentInBurst = 0;

  constructor(edge: string, clock: Clock) {
    this.edge = edge;
    this.#clock = clock;
  }

  /** The edge's time minus local time; 0 before anything is known. */
  get offsetMs(): number {
    return this.#best?.offsetMs ?? 0;
  }

  /** Newest round trip; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#newestRttMs;
  }

  /** Whether a ping has been answered; before, the offset is a rough guess. */
  get inStep(): boolean {
    return this.#samples.length > 0;
  }

  /** Time as this edge counts it, epoch ms. */
  now(): number {
    return this.#clock.now() + this.offsetMs;
  }

  /** A new connection to the edge begins: pings come quickly again. */
  connected(): void {
    this.#sentInBurst = 0;
  }

  /** The next ping to send, and how long after it the one that follows is due. */
  nextPing(): { id: number; t0: number; nextInMs: number } {
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) >>> 0;
    this.#sentInBurst += 1;
    const nextInMs = BURST_DELAYS_MS[this.#sentInBurst] ?? INTERVAL_MS;
    return { id, t0: this.#clock.now(), nextInMs };
  }

  /**
   * A first guess, from hello and welcome; any ping is better, for the edge checked a ticket in between.
   * Counts for nothing once a ping has been answered.
   */
  guess(helloAtMs: number, welcomeAtMs: number, edgeTimeMs: number): void {
    if (this.inStep) return;
    const rttMs = Math.max(0, welcomeAtMs - helloAtMs);
    this.#best = { atMs: welcomeAtMs, rttMs, offsetMs: edgeTimeMs + rttMs / 2 - welcomeAtMs };
  }

  /** Takes an answer: `t0` as sent (local), `t1` and `t2` the edge's receipt and reply (cluster). */
  sample(t0: number, t1: number, t2: number): void {
    const t3 = this.#clock.now();
    const measuredMs = t3 - t0 - (t2 - t1);
    // An echoed t0 that this client never sent, or an edge whose clock jumped in between, tells nothing.
    if (!(measuredMs >= -COARSEST_STEP_MS) || t3 < t0 || measuredMs > 60_000) return;
    // Less than nothing is what a coarse clock makes of next to nothing.
    const rttMs = Math.max(0, measuredMs);
    this.#newestRttMs = rttMs;
    const newest = { atMs: t3, rttMs, offsetMs: (t1 - t0 + (t2 - t3)) / 2 };
    if (this.inStep && this.#contradicts(newest)) this.#samples.length = 0;
    this.#samples.push(newest);
    while (this.#samples.length > MAX_SAMPLES || t3 - this.#samples[0]!.atMs > WINDOW_MS)
      this.#samples.shift();
    let best = this.#samples[0]!;
    for (const candidate of this.#samples) if (candidate.rttMs <= best.rttMs) best = candidate;
    this.#best = best;
  }

  /**
   * Whether a sample cannot be of the same two clocks as the best: the true offset is within half a round trip of
   * each. Then one of the clocks was set, or stood still while its machine slept, and what was known is void.
   */
  #contradicts({ atMs, rttMs, offsetMs }: Sample): boolean {
    const best = this.#best!;
    const explainedMs = (rttMs + best.rttMs) / 2 + ERROR_MS + Math.abs(atMs - best.atMs) * DRIFT;
    return Math.abs(offsetMs - best.offsetMs) > explainedMs;
  }
}
