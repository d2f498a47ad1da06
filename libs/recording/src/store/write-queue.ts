/** Writes one after the other; after a failure nothing more is written. */
export class WriteQueue {
  failure: Error | undefined;
  #pending = 0;
  #last: Promise<void> = Promise.resolve();

  /** Bytes that wait. */
  get pending(): number {
    return this.#pending;
  }

  add(bytes: number, write: () => Promise<void>): void {
    if (this.failure !== undefined) return;
    this.#pending += bytes;
    this.#last = this.#last.then(async () => {
      try {
        if (this.failure === undefined) await write();
      } catch (cause) {
        this.failure = cause instanceof Error ? cause : new Error(String(cause));
      } finally {
        this.#pending -= bytes;
      }
    });
  }

  /** Resolves when nothing waits. */
  drained(): Promise<void> {
    return this.#last;
  }
}
