/** What waits until a lane has room again. */
export interface Held {
  flush(nowMs: number): void;
}

/**
 * What the links to one region by one of the two channels share: about one connection. Bytes count from their
 * hand-over until the answer, which is as long as any buffer on the way may hold them.
 */
export class Lane {
  unansweredBytes = 0;
  readonly #maxUnansweredBytes: number;
  #held = new Set<Held>();
  #spare = new Set<Held>();

  constructor(maxUnansweredBytes: number) {
    this.#maxUnansweredBytes = maxUnansweredBytes;
  }

  /** A bundle may always go when nothing else is under way. */
  hasRoom(bytes: number): boolean {
    return this.unansweredBytes === 0 || this.unansweredBytes + bytes <= this.#maxUnansweredBytes;
  }

  hold(one: Held): void {
    this.#held.add(one);
  }

  release(one: Held): void {
    this.#held.delete(one);
  }

  /** After an answer: whatever waited tries again, and holds itself anew where it still may not go. */
  flushHeld(nowMs: number): void {
    if (this.#held.size === 0) return;
    const held = this.#held;
    this.#held = this.#spare;
    this.#spare = held;
    for (const one of held) one.flush(nowMs);
    held.clear();
  }
}
