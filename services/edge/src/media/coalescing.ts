/** Load over which the wait grows from nothing to its cap. */
const RAMP = 0.06;
/** How much of the newest tenth of a second counts. */
const WEIGHT = 0.2;
/** Coalescing saves no more than this (measured), so a prediction above it is of other times. */
const MOST_SAVED = 2.5;
/** After so many calls of coalescing, the cost is learned anew during so many without. */
const PROBE_EVERY = 600;
const PROBE_FOR = 10;
/** A probe that finds the edge this busy has seen enough. */
const PROBE_UNTIL_LOAD = 0.9;
/** Too little is sent to learn anything from, in frames × listeners a call. */
const LEAST_FRAMES = 100;

/**
 * Decides how much frames should wait for each other. Coalescing lowers the very load that calls for it, so its
 * measure is the load as it would be without: while nothing waits, it learns what a sent frame costs, and
 * while frames wait, it multiplies.
 */
export class Coalescing {
  readonly #fromLoad: number;
  #load = 0;
  #frames = 0;
  #costPerFrame = 0;
  #sentBefore = 0;
  #share = 0;
  #coalesced = 0;
  #probing = 0;

  /** @param fromLoad event-loop utilisation from which on frames wait; 0 means always */
  constructor(fromLoad: number) {
    this.#fromLoad = fromLoad;
    if (fromLoad === 0) this.#share = 1;
  }

  /** Share of the longest wait that is right now, 0 … 1. */
  get share(): number {
    return this.#share;
  }

  /**
   * Call it every 100 ms.
   * @param load event-loop utilisation since the last call, 0 … 1
   * @param sentFrames frames × listeners sent so far
   */
  update(load: number, sentFrames: number): void {
    if (this.#fromLoad === 0) return;
    const frames = sentFrames - this.#sentBefore;
    this.#sentBefore = sentFrames;
    this.#load += (load - this.#load) * WEIGHT;
    this.#frames += (frames - this.#frames) * WEIGHT;
    if (this.#probe(load)) return;
    if (this.#share === 0 && this.#frames > LEAST_FRAMES) this.#costPerFrame = this.#load / this.#frames;
    const predicted =
      this.#share > 0 ? Math.min(this.#costPerFrame * this.#frames, MOST_SAVED * this.#load) : this.#load;
    this.#share = Math.min(1, Math.max(0, (Math.max(predicted, this.#load) - this.#fromLoad) / RAMP));
  }

  /** Goes without coalescing for a moment now and then, as what frames cost may have changed since. */
  #probe(load: number): boolean {
    if (this.#probing > 0) {
      this.#probing = load > PROBE_UNTIL_LOAD ? 0 : this.#probing - 1;
      return this.#probing > 0;
    }
    this.#coalesced = this.#share > 0 ? this.#coalesced + 1 : 0;
    if (this.#coalesced < PROBE_EVERY) return false;
    this.#coalesced = 0;
    this.#probing = PROBE_FOR;
    this.#share = 0;
    return true;
  }
}
