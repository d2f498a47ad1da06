import { JOIN_BARRIER_MS } from '../limits.ts';

/**
 * Holds back `ready` until every other edge of the room has answered (protocol rule 94), so that whoever was told
 * `ready` hears the first frame of whoever speaks then, and is heard.
 */
export class JoinBarrier {
  readonly done: Promise<void>;
  readonly #waiting = new Set<string>();
  readonly #ended: (unanswered: number) => void;
  readonly #timer: NodeJS.Timeout;
  #resolve: () => void = () => undefined;
  #over = false;

  /** @param ended told how many have not answered, which is none unless the time has run out */
  constructor(ended: (unanswered: number) => void) {
    this.#ended = ended;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.end(), JOIN_BARRIER_MS);
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
    this.#ended(this.#waiting.size);
    this.#resolve();
  }
}
