import { distance32 } from '@partyline/protocol';
import { type Losses, MissingBundles } from './missing-bundles.ts';

/** A link that starts counts from 0; one that is heard first further on than this has been forgotten here. */
const MOST_LOST_AT_START = 64;

/** `again`: it came before, or was taken for lost. */
export type Arrival = 'taken' | 'again';

/** Where the numbers of one source on one channel stand (an inbox of two channels being one). */
export class Numbering {
  readonly #fromStart: boolean;
  readonly #losses: Losses;
  #link = -1;
  #next = 0;
  #framesSoFar = 0;
  /** Made with the first gap, as most links never have one. */
  #missing: MissingBundles | undefined;

  /** @param fromStart whether all of a link is meant for this edge, so that its first number is 0 */
  constructor(fromStart: boolean, losses: Losses) {
    this.#fromStart = fromStart;
    this.#losses = losses;
  }

  /** Takes a bundle's numbers; what they show as missing goes to the losses sooner or later. */
  arrive(link: number, sequence: number, framesSoFar: number, frames: number, nowMs: number): Arrival {
    if (link !== this.#link) {
      const known = this.#link !== -1;
      if (known && distance32(this.#link, link) < 0) return 'again';
      this.settle(nowMs);
      const expectsFirst = known || (this.#fromStart && sequence <= MOST_LOST_AT_START);
      this.#link = link;
      this.#next = expectsFirst ? 0 : sequence;
      this.#framesSoFar = expectsFirst ? 0 : (framesSoFar - frames) >>> 0;
    }
    const skipped = distance32(this.#next, sequence);
    if (skipped < 0) return this.#missing?.fill(sequence, frames) ? 'taken' : 'again';
    if (skipped > 0) {
      this.#missing ??= new MissingBundles(this.#losses);
      this.#missing.add(this.#next, skipped, (framesSoFar - frames - this.#framesSoFar) >>> 0, nowMs);
    }
    this.#missing?.pass(sequence);
    this.#next = (sequence + 1) >>> 0;
    this.#framesSoFar = framesSoFar;
    return 'taken';
  }

  /** Takes for lost what has been missing since then or longer. */
  settle(sinceMs: number): void {
    this.#missing?.settle(sinceMs);
  }
}
