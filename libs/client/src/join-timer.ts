import { FLAG_DTX, FLAG_PRE_ROLL, FLAG_SELECTION_START, FLAG_SPURT_START } from '@partyline/protocol';
import type { Clock } from './clock.ts';
import type { ReceivedFrame } from './room-types.ts';

/** Voice that begins with such a frame was not there to be heard before, however quick the join was. */
const BEGINS = FLAG_SPURT_START | FLAG_SELECTION_START | FLAG_PRE_ROLL | FLAG_DTX;

/** Measures the time from the call to join to the first frame heard. */
export class JoinTimer {
  /** Undefined until it is known, and for good where nobody was speaking. */
  joinMs: number | undefined;
  readonly #clock: Clock;
  #beganAtMs: number | undefined;
  #told = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): void {
    this.#beganAtMs = this.#clock.now();
  }

  /** Only the first frame counts. */
  heard({ frame }: ReceivedFrame): void {
    if (this.#beganAtMs === undefined) return;
    if ((frame.flags & BEGINS) === 0) this.joinMs = this.#clock.now() - this.#beganAtMs;
    this.#beganAtMs = undefined;
  }

  /** For a report: once, when there is something to tell. */
  take(): number | undefined {
    if (this.#told || this.joinMs === undefined) return undefined;
    this.#told = true;
    return this.joinMs;
  }
}
