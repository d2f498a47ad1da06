import type { RedisLog, RedisLogFields } from './redis-link.ts';

/** The same complaint about the same server is not repeated within this time, in ms. */
const REPEAT_AFTER_MS = 10_000;

interface Server {
  /** Connections that are away now. */
  away: number;
  complaint: string;
  complainedAtMs: number;
}

/**
 * Makes of what several connections to one server say one line: the first that is away, the last that is back, and what
 * somebody must repair once.
 */
export class OutageLog implements RedisLog {
  readonly #log: RedisLog;
  readonly #clock: { now(): number };
  /** By address: as many as the settings name. */
  readonly #servers = new Map<string, Server>();

  constructor({ log, clock }: { log: RedisLog; clock: { now(): number } }) {
    this.#log = log;
    this.#clock = clock;
  }

  warn(fields: RedisLogFields, message: string): void {
    const server = this.#of(fields);
    server.away += 1;
    if (server.away === 1) this.#log.warn(fields, message);
  }

  info(fields: RedisLogFields, message: string): void {
    const server = this.#of(fields);
    server.away = Math.max(0, server.away - 1);
    if (server.away === 0) this.#log.info(fields, message);
  }

  error(fields: RedisLogFields, message: string): void {
    const server = this.#of(fields);
    const nowMs = this.#clock.now();
    if (message === server.complaint && nowMs - server.complainedAtMs < REPEAT_AFTER_MS) return;
    server.complaint = message;
    server.complainedAtMs = nowMs;
    this.#log.error(fields, message);
  }

  #of({ redis }: RedisLogFields): Server {
    let server = this.#servers.get(redis);
    if (server === undefined) {
      server = { away: 0, complaint: '', complainedAtMs: Number.NEGATIVE_INFINITY };
      this.#servers.set(redis, server);
    }
    return server;
  }
}
