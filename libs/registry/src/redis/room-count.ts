/** A count is good enough for this long, in ms, while there is much room left. */
const FRESH_MS = 5_000;

/**
 * How many rooms there are, over all shards: no script can see more than one. It is counted before a room is made only
 * when the bound is near; so the bound may be passed by as many rooms as are made at the same moment.
 */
export class RoomCount {
  readonly #max: number;
  readonly #clock: { now(): number };
  #count = 0;
  #countedAtMs = Number.NEGATIVE_INFINITY;

  constructor(max: number, { clock }: { clock: { now(): number } }) {
    this.#max = max;
    this.#clock = clock;
  }

  set(count: number): void {
    this.#count = count;
    this.#countedAtMs = this.#clock.now();
  }

  get isFull(): boolean {
    return this.#count >= this.#max;
  }

  /** Whether a room may be made without counting. */
  get isFarFromFull(): boolean {
    const isFresh = this.#clock.now() < this.#countedAtMs + FRESH_MS;
    return isFresh && this.#count < this.#max * 0.9 - 100;
  }
}
