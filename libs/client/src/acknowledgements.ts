import { distance32, type EdgeMessageOf } from '@partyline/protocol';
import type { Clock } from './clock.ts';

/**
 * What one connection owes its edge: word of how far its topic was received (protocol rules 40 to 42). Two
 * connections at once have topics of their own, and each is answered on the one it came by.
 */
export class Acknowledgements {
  readonly #clock: Clock;
  readonly #ackMs: number;
  readonly #send: (message: { type: 'ack'; topic: number; sequence: number }) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #topic: number | undefined;
  #newest = 0;
  #acknowledged: number | undefined;
  #acknowledgedAtMs = 0;

  constructor(
    clock: Clock,
    ackMs: number,
    send: (message: { type: 'ack'; topic: number; sequence: number }) => void,
  ) {
    this.#clock = clock;
    this.#ackMs = ackMs;
    this.#send = send;
    this.#timer = setInterval(() => this.#acknowledge(this.#clock.now()), ackMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  subscribed(message: EdgeMessageOf<'subscribed'>): void {
    if (message.topic !== this.#topic) this.#acknowledged = undefined;
    this.#topic = message.topic;
    this.#newest = message.sequence;
    this.#acknowledged ??= message.sequence;
  }

  /** The edge waits for everything up to `sequence`; on an ordered connection all of it is here by now. */
  paused(message: EdgeMessageOf<'paused'>): void {
    if (message.topic !== this.#topic) return;
    this.#newest = message.sequence;
    this.#acknowledge(this.#clock.now());
  }

  received(topic: number, sequence: number): void {
    if (topic === this.#topic && distance32(this.#newest, sequence) > 0) this.#newest = sequence;
    // After this process stood still the timer would come too late: the edge already waits for word.
    const nowMs = this.#clock.now();
    if (nowMs - this.#acknowledgedAtMs > 2 * this.#ackMs) this.#acknowledge(nowMs);
  }

  #acknowledge(nowMs: number): void {
    if (this.#topic === undefined || this.#newest === this.#acknowledged) return;
    this.#acknowledged = this.#newest;
    this.#acknowledgedAtMs = nowMs;
    this.#send({ type: 'ack', topic: this.#topic, sequence: this.#newest });
  }
}
