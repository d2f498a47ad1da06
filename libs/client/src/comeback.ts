import type { Admission } from './admission.ts';
import type { EdgeLink } from './edge-link.ts';
import { asError, type PartylineError } from './errors.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Timer, Timers } from './timers.ts';
import type { HelloWishes } from './wishes.ts';

/** Told by a comeback. */
export interface ComebackHandlers {
  /** The next try starts within `delayMs`. */
  waiting(): void;
  admitted(link: EdgeLink): void;
  /** @returns whether to try again */
  failed(reason: PartylineError): boolean;
}

/** Tries to get back in as the same participant, with growing pauses, until it succeeds or is called off. */
export class Comeback {
  /** Which try is under way or waited for, from 1; its delay; and why it is made. */
  attempt = 0;
  delayMs = 0;
  reason: PartylineError;
  readonly #admission: Admission;
  readonly #wishes: () => HelloWishes;
  readonly #timers: Timers;
  readonly #handlers: ComebackHandlers;
  readonly #abort = new AbortController();
  #timer: Timer | undefined;
  #helloSent = false;

  constructor(
    admission: Admission,
    wishes: () => HelloWishes,
    reason: PartylineError,
    timers: Timers,
    handlers: ComebackHandlers,
  ) {
    this.#admission = admission;
    this.#wishes = wishes;
    this.#timers = timers;
    this.#handlers = handlers;
    this.reason = reason;
  }

  /** Whether an edge may have let this participant in by now, unless it says otherwise. */
  get helloSent(): boolean {
    return this.#helloSent;
  }

  start(): void {
    this.#next(this.reason);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#abort.abort();
  }

  #next(reason: PartylineError): void {
    this.attempt += 1;
    this.reason = reason;
    this.delayMs = retryDelayMs(this.attempt, reason.retryAfterMs);
    this.#timer = this.#timers.after(this.delayMs, () => void this.#try());
    this.#handlers.waiting();
  }

  async #try(): Promise<void> {
    const { signal } = this.#abort;
    let link: EdgeLink;
    try {
      link = await this.#admission.admit({
        attempt: this.attempt,
        wishes: this.#wishes(),
        signal,
        helloSent: () => {
          this.#helloSent = true;
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      const reason = asError(error);
      const again = this.#handlers.failed(reason);
      this.#helloSent = false;
      if (again) this.#next(reason);
      return;
    }
    if (signal.aborted) link.close();
    else this.#handlers.admitted(link);
  }
}
