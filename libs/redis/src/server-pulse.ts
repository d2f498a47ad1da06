import type { Redis } from 'ioredis';

/** Of so many answers the fastest tells the clocks' difference best. */
const REMEMBERED = 10;

interface Answer {
  roundTripMs: number;
  clockOffsetMs: number;
}

/** What a server's answers to the probe tell beside that it is there: how long it takes, and what its clock says. */
export class ServerPulse {
  /** Of the last answer; undefined before the first one of a connection. */
  roundTripMs: number | undefined;
  readonly #now: () => number;
  readonly #answers: Answer[] = [];

  /** @param now the clock that the server's is compared with, epoch ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** By how much the server's clock is ahead, in ms; half the round trip is its error. */
  get clockOffsetMs(): number | undefined {
    let best: Answer | undefined;
    for (const answer of this.#answers) {
      if (best === undefined || answer.roundTripMs < best.roundTripMs) best = answer;
    }
    return best?.clockOffsetMs;
  }

  /** Asks the server for its time. A user without the right to it is answered all the same. */
  async take(redis: Pick<Redis, 'time'>): Promise<void> {
    const askedAtMs = this.#now();
    const answered = await redis.time().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ReplyError') return undefined;
      throw error;
    });
    const answeredAtMs = this.#now();
    this.roundTripMs = answeredAtMs - askedAtMs;
    if (answered === undefined) return;
    const [seconds, microseconds] = answered;
    const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    const clockOffsetMs = serverMs - (askedAtMs + answeredAtMs) / 2;
    this.#answers.push({ roundTripMs: this.roundTripMs, clockOffsetMs });
    if (this.#answers.length > REMEMBERED) this.#answers.shift();
  }

  /** The connection has ended: what was learnt of it is over. */
  forget(): void {
    this.roundTripMs = undefined;
    this.#answers.length = 0;
  }
}
