import type { EdgeCounters } from '../counters.ts';
import type { FanOut } from './fan-out.ts';

/**
 * The edge's check of its own books: a frame that was chosen for listeners here is sent, or waits for others. Read when
 * somebody scrapes, between two events, when nothing is half done.
 */
export class Unaccounted {
  readonly #counters: EdgeCounters;
  readonly #fanOut: Pick<FanOut, 'pendingFrames'>;
  #most = 0;

  constructor(counters: EdgeCounters, fanOut: Pick<FanOut, 'pendingFrames'>) {
    this.#counters = counters;
    this.#fanOut = fanOut;
  }

  /** Frames chosen for listeners here so far: of speakers on this edge and on others, pre-roll included. */
  get chosen(): number {
    const { selectedFrames, preRollFrames, relay } = this.#counters;
    return selectedFrames + preRollFrames + relay.selectedFrames + relay.preRollFrames;
  }

  /** Frames of which nobody knows what became, or that came from nowhere; it only grows, and is 0 unless there is a bug. */
  get frames(): number {
    const off = Math.abs(this.chosen - this.#counters.forwardedFrames - this.#fanOut.pendingFrames);
    if (off > this.#most) this.#most = off;
    return this.#most;
  }
}
