import { JOIN_BARRIER_MS, JOIN_BARRIER_RETRIES_MS } from '../limits.ts';

export interface JoinBarrierEvents {
  /** Nothing was heard of these yet: tell them again. */
  retry(keys: readonly string[], afterMs: number): void;
  /** Over. `unanswered` is empty unless the time has run out. */
  ended(unanswered: readonly string[]): void;
}

/**
 * Holds back `ready` until every other edge of the room has answered (protocol rule 94), so that whoever was told
 * `ready` hears the first frame of whoever speaks then, and is heard.
 */
export class JoinBarrier {
  readonly done: Promise<void>;
  readonly #waiting = new Set<string>();
  readonly #events: JoinBarrierEvents;
  #resolve: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(events: JoinBarrierEvents) {
    this.#events = events;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#wait(0);
  }

  /** Expect everything at once that is to be waited for: with the last answer it is over. */
  expect(key: string): void {
    this.#waiting.add(key);
  }

  answered(key: string): void {
    if (this.#waiting.delete(key) && this.#waiting.size === 0) this.end();
  }

  /** Idempotent. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#events.ended([...this.#waiting]);
    this.#resolve();
  }

  #wait(step: number): void {
    const fromMs = step === 0 ? 0 : JOIN_BARRIER_RETRIES_MS[step - 1]!;
    const retryMs = JOIN_BARRIER_RETRIES_MS[step];
    this.#timer = setTimeout(
      () => {
        if (retryMs === undefined) {
          this.end();
          return;
        }
        this.#wait(step + 1);
        this.#events.retry([...this.#waiting], retryMs);
      },
      (retryMs ?? JOIN_BARRIER_MS) - fromMs,
    );
  }
}
