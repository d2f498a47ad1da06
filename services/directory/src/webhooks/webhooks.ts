import { randomUUID } from 'node:crypto';
import type { EventLog, LoggedEvent } from '@partyline/registry';
import type { Clock, Component } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import { Receiver } from './receiver.ts';
import { createWebhookPost, type WebhookPost } from './webhook-post.ts';

/** Events that wait at once; beyond it the oldest is given up. */
const MAX_WAITING = 10_000;
/** Events read on top of those that wait already. */
const READ_AHEAD = 256;
/** How often the log is read, in ms. With much waiting less often: it is all read again each time. */
const READ_EVERY_MS = 250;
const READ_EVERY_AT_MOST_MS = 4_000;
/** A failing receiver is logged this often at most, in ms. */
const LOG_EVERY_MS = 60_000;

export interface WebhooksOptions {
  urls: readonly string[];
  secret: string;
  /** Time-out of a request and bounds of the wait after a failure, in ms; for tests. */
  timeoutMs?: number;
  backoff?: { baseMs: number; maxMs: number };
  maxWaiting?: number;
}

export interface WebhooksDeps {
  events: EventLog;
  log: Logger;
  clock: Clock;
}

/** Plain counters, read at scrape time; `delivered`, `failed` and `expired` for each URL by itself. */
export interface WebhookStats {
  delivered: number;
  /** Attempts that were not taken; the event is sent again. */
  failed: number;
  expired: number;
  overflow: number;
  /** Reads or acknowledgements that the log did not take. */
  logFailures: number;
}

interface Waiting {
  logged: LoggedEvent;
  /** Receivers that have not got it yet. */
  left: number;
}

/**
 * Tells the application's servers what happens, at least once: an event leaves the log when every receiver has
 * taken it. Several directories share the work by the log's shards.
 */
export class Webhooks implements Component {
  readonly name = 'webhooks';
  readonly stats: WebhookStats = { delivered: 0, failed: 0, expired: 0, overflow: 0, logFailures: 0 };
  readonly #maxWaiting: number;
  readonly #deps: WebhooksDeps;
  readonly #consumer = randomUUID();
  readonly #receivers: readonly Receiver[];
  /** By id, in the order in which they were read. */
  readonly #waiting = new Map<string, Waiting>();
  /** To be acknowledged; kept until the log has taken that, or they would be sent again. */
  readonly #done = new Map<string, LoggedEvent>();
  /** Acknowledged since the running read began, which may therefore still list them. */
  readonly #justDone = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #acknowledging: Promise<void> | undefined;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: WebhooksOptions, deps: WebhooksDeps) {
    const { urls, secret, timeoutMs, backoff, maxWaiting = MAX_WAITING } = options;
    this.#maxWaiting = maxWaiting;
    this.#deps = deps;
    const { clock } = deps;
    const post: WebhookPost = createWebhookPost({ secret, ...(timeoutMs && { timeoutMs }) }, { clock });
    this.#receivers = urls.map((url, index) => {
      const onFailure = (reason: string): void => this.#failed(index, reason);
      return new Receiver(
        { url, ...(backoff && { backoff }) },
        { post, clock, onFailure, onDone: (event, outcome) => this.#received(event, outcome) },
      );
    });
  }

  /** Events that some receiver has not got yet, as far as they were read. */
  get pending(): number {
    return this.#waiting.size;
  }

  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#readSoon(0);
  }

  /** Sends nothing more, waits for what is being sent, and leaves the rest to other directories. Never rejects. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    const wasRunning = this.#state === 'running';
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    await this.#reading;
    await Promise.all(this.#receivers.map((receiver) => receiver.stop()));
    if (!wasRunning) return;
    await this.#acknowledge();
    // Otherwise they run out by themselves.
    await this.#deps.events.release(this.#consumer).catch(() => undefined);
  }

  #readSoon(delayMs: number): void {
    if (this.#state !== 'running') return;
    this.#timer = setTimeout(() => {
      this.#reading = this.#read().then((isMore) => {
        this.#reading = undefined;
        const restMs = Math.min(READ_EVERY_AT_MOST_MS, READ_EVERY_MS + this.#waiting.size / 2);
        this.#readSoon(isMore ? 0 : restMs);
      });
    }, delayMs);
  }

  /** Whether there may be more at once. */
  async #read(): Promise<boolean> {
    await this.#acknowledge();
    const known = this.#waiting.size + this.#done.size;
    const limit = known + READ_AHEAD;
    let events: LoggedEvent[];
    try {
      events = await this.#deps.events.read(this.#consumer, limit);
    } catch {
      this.stats.logFailures += 1;
      this.#justDone.clear();
      return false;
    }
    if (events.length < limit) this.#forgetOthers(events);
    for (const logged of events) this.#take(logged);
    this.#justDone.clear();
    return events.length === limit && this.#waiting.size > known;
  }

  #take(logged: LoggedEvent): void {
    const { id } = logged;
    if (this.#waiting.has(id) || this.#done.has(id) || this.#justDone.has(id)) return;
    if (this.#waiting.size >= this.#maxWaiting) {
      const [oldest] = this.#waiting.values();
      this.stats.overflow += 1;
      this.#finish(oldest!.logged);
    }
    this.#waiting.set(id, { logged, left: this.#receivers.length });
    for (const receiver of this.#receivers) receiver.add(logged);
  }

  /** What is not in the log for us any more is gone from it, or another directory's by now. */
  #forgetOthers(events: readonly LoggedEvent[]): void {
    const listed = new Set(events.map(({ id }) => id));
    for (const { logged } of [...this.#waiting.values()]) {
      if (listed.has(logged.id)) continue;
      this.#waiting.delete(logged.id);
      for (const receiver of this.#receivers) receiver.forget(logged);
    }
  }

  #received(logged: LoggedEvent, outcome: 'delivered' | 'expired'): void {
    this.stats[outcome] += 1;
    const waiting = this.#waiting.get(logged.id);
    if (waiting === undefined) return;
    waiting.left -= 1;
    if (waiting.left === 0) this.#finish(logged);
  }

  #failed(index: number, reason: string): void {
    this.stats.failed += 1;
    const nowMs = this.#deps.clock.now();
    if (nowMs < this.#loggedAtMs + LOG_EVERY_MS) return;
    this.#loggedAtMs = nowMs;
    // By its place: a URL may hold a secret.
    this.#deps.log.warn({ receiver: index + 1, reason }, 'A webhook was not taken; it is sent again.');
  }

  #finish(logged: LoggedEvent): void {
    this.#waiting.delete(logged.id);
    for (const receiver of this.#receivers) receiver.forget(logged);
    this.#done.set(logged.id, logged);
    void this.#acknowledge();
  }

  /** One at a time: what is done meanwhile goes with the next one. Never rejects. */
  async #acknowledge(): Promise<void> {
    if (this.#acknowledging !== undefined) await this.#acknowledging;
    if (this.#done.size === 0) return;
    this.#acknowledging ??= this.#acknowledgeAll();
    await this.#acknowledging;
  }

  async #acknowledgeAll(): Promise<void> {
    // Whatever is done in this moment goes along.
    await Promise.resolve();
    const events = [...this.#done.values()];
    try {
      await this.#deps.events.acknowledge(this.#consumer, events);
      for (const { id } of events) {
        this.#done.delete(id);
        if (this.#reading !== undefined) this.#justDone.add(id);
      }
    } catch {
      this.stats.logFailures += 1;
    } finally {
      this.#acknowledging = undefined;
    }
  }
}
