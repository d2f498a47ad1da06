import type { RedisClient } from './scripts.ts';

/** Nobody is given up for dead before this process has been in contact for this long, in ms. */
const CONTACT_MS = 10_000;

/**
 * Since when this process has been in touch with Redis without a break. After a break edges may look dead although it
 * was only the connection, or Redis itself, that was away.
 */
export class Contact {
  readonly #clock: { now(): number };
  #sinceMs: number | undefined;
  #lastMs = 0;

  constructor({ redis, clock }: { redis: RedisClient; clock: { now(): number } }) {
    this.#clock = clock;
    for (const event of ['close', 'end', '-node', 'node error']) redis.on(event, () => this.note(false));
  }

  /** Undefined while there is none. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** Whether a command was answered. A silence of this process itself is a break, too. */
  note(isContact: boolean): void {
    const nowMs = this.#clock.now();
    if (!isContact) {
      this.#sinceMs = undefined;
      return;
    }
    if (this.#sinceMs === undefined || nowMs > this.#lastMs + CONTACT_MS) this.#sinceMs = nowMs;
    this.#lastMs = nowMs;
  }

  isLong(): boolean {
    return this.#sinceMs !== undefined && this.#clock.now() >= this.#sinceMs + CONTACT_MS;
  }
}
