import { type ClientMessageOf, distance32, type EdgeMessageOf, MAX_GAPS } from '@partyline/protocol';
import type { Time } from './clock.ts';
import type { Timer } from './timers.ts';

/** A message that comes so long after the one before, ms, with more right behind it, was held up on its way. */
const HELD_UP_MS = 60;
const RIGHT_BEHIND_MS = 5;
/** For this time after that a line counts as one that loses packets, ms. */
const LOSSY_MS = 10_000;

/**
 * What one connection owes its edge: word of how far its topic was received (protocol rules 40 to 42). Two
 * connections at once have topics of their own, and each is answered on the one it came by. A connection keeps its
 * order, so a number left out never comes, and the edge learns of it with the next acknowledgement (rule 45).
 *
 * Whoever only listens sends so little that TCP notices a lost packet by the next acknowledgement alone. At the usual
 * pace that is too late: the edge has paused the listener by then, although nothing was in its way. So on a line that
 * holds messages up acknowledgements come twice as often.
 */
export class Acknowledgements {
  readonly #time: Time;
  readonly #ackMs: number;
  readonly #send: (message: ClientMessageOf<'ack'>) => void;
  readonly #missed: (messages: number) => void;
  readonly #timer: Timer;
  #topic: number | undefined;
  #newest = 0;
  #acknowledged: number | undefined;
  #acknowledgedAtMs = 0;
  #receivedAtMs = Number.NEGATIVE_INFINITY;
  #heldUpAtMs = Number.NEGATIVE_INFINITY;
  #lossyUntilMs = Number.NEGATIVE_INFINITY;
  /** First and last number of what never came, not told yet. */
  #gaps: [number, number][] = [];

  /** @param missed told how many messages never came */
  constructor(
    time: Time,
    ackMs: number,
    send: (message: ClientMessageOf<'ack'>) => void,
    missed: (messages: number) => void,
  ) {
    this.#time = time;
    this.#ackMs = ackMs;
    this.#send = send;
    this.#missed = missed;
    this.#timer = time.every(ackMs, () => this.tick());
  }

  close(): void {
    this.#timer.cancel();
  }

  subscribed(message: EdgeMessageOf<'subscribed'>): void {
    if (message.topic !== this.#topic) {
      this.#acknowledged = undefined;
      // The edge has closed its books of the former topic.
      this.#gaps = [];
    }
    this.#topic = message.topic;
    this.#newest = message.sequence;
    this.#acknowledged ??= message.sequence;
  }

  /** The edge waits for everything up to `sequence`; on an ordered connection all of it is here by now. */
  paused(message: EdgeMessageOf<'paused'>): void {
    if (message.topic !== this.#topic) return;
    this.#advance(message.sequence, message.sequence);
    this.#acknowledge(this.#time.now());
  }

  /** Some time has passed: says what was not said for a while. */
  tick(): void {
    const nowMs = this.#time.now();
    if (nowMs - this.#acknowledgedAtMs >= this.#ackMs / 2) this.#acknowledge(nowMs);
  }

  /** Says at once how far it is, for instance before leaving. */
  flush(): void {
    this.#acknowledge(this.#time.now());
  }

  received(topic: number, sequence: number): void {
    if (topic === this.#topic) this.#advance(sequence, (sequence - 1) >>> 0);
    // Timers may come late, in a hidden page by a minute, and the edge waits for half a second only.
    const nowMs = this.#time.now();
    if (nowMs - this.#receivedAtMs >= HELD_UP_MS) this.#heldUpAtMs = nowMs;
    else if (nowMs - this.#heldUpAtMs <= RIGHT_BEHIND_MS) this.#lossyUntilMs = nowMs + LOSSY_MS;
    this.#receivedAtMs = nowMs;
    const paceMs = nowMs < this.#lossyUntilMs ? this.#ackMs / 2 : this.#ackMs;
    if (nowMs - this.#acknowledgedAtMs >= paceMs) this.#acknowledge(nowMs);
  }

  /** @param expected what should have come before, up to and with this number */
  #advance(sequence: number, expected: number): void {
    if (distance32(this.#newest, sequence) <= 0) return;
    const missing = distance32(this.#newest, expected);
    if (missing > 0) {
      this.#missed(missing);
      this.#gaps.push([(this.#newest + 1) >>> 0, expected]);
    }
    this.#newest = sequence;
    if (this.#gaps.length === MAX_GAPS) this.#acknowledge(this.#time.now());
  }

  #acknowledge(nowMs: number): void {
    if (this.#topic === undefined || this.#newest === this.#acknowledged) return;
    this.#acknowledged = this.#newest;
    this.#acknowledgedAtMs = nowMs;
    const gaps = this.#gaps;
    this.#gaps = [];
    this.#send({
      type: 'ack',
      topic: this.#topic,
      sequence: this.#newest,
      ...(gaps.length === 0 ? {} : { gaps }),
    });
  }
}
