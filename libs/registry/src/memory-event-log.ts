import { randomUUID } from 'node:crypto';
import type { EventLog, LoggedEvent, RoomEvent } from './event-log.ts';

/** A consumer that has not read for this long has lost its shards to others, in ms. */
export const CONSUMER_TTL_MS = 10_000;
/** Events that wait at once; one more and the oldest is lost. */
const MAX_WAITING_EVENTS = 10_000;

export interface MemoryEventLogOptions {
  maxEvents?: number;
}

/** Plain counters, read at scrape time. */
export interface EventLogStats {
  appended: number;
  /** Nobody took them in time and the log was full. */
  dropped: number;
}

/** The engine inside one process: one shard, so one consumer at a time. */
export class MemoryEventLog implements EventLog {
  readonly stats: EventLogStats = { appended: 0, dropped: 0 };
  readonly #clock: { now(): number };
  readonly #maxEvents: number;
  /** By position, oldest first. */
  readonly #events = new Map<string, LoggedEvent>();
  #nextPosition = 1;
  #holder: { consumer: string; seenAtMs: number } | undefined;

  /** @param clock epoch ms */
  constructor(options: MemoryEventLogOptions, { clock }: { clock: { now(): number } }) {
    this.#clock = clock;
    this.#maxEvents = options.maxEvents ?? MAX_WAITING_EVENTS;
  }

  /** For the registry, in the same step as the change. */
  append(event: RoomEvent): void {
    this.stats.appended += 1;
    if (this.#events.size >= this.#maxEvents) {
      const [oldest] = this.#events.keys();
      this.#events.delete(oldest!);
      this.stats.dropped += 1;
    }
    const position = String(this.#nextPosition++);
    this.#events.set(position, { id: randomUUID(), position, event });
  }

  async read(consumer: string, limit: number): Promise<LoggedEvent[]> {
    const nowMs = this.#clock.now();
    const holder = this.#holder;
    if (holder !== undefined && holder.consumer !== consumer && nowMs < holder.seenAtMs + CONSUMER_TTL_MS) {
      return [];
    }
    this.#holder = { consumer, seenAtMs: nowMs };
    const found: LoggedEvent[] = [];
    for (const logged of this.#events.values()) {
      if (found.length >= limit) break;
      found.push(structuredClone(logged));
    }
    return found;
  }

  async acknowledge(consumer: string, events: readonly LoggedEvent[]): Promise<void> {
    // What another has taken over is delivered once more by that one; acknowledging it here would lose order.
    if (this.#holder?.consumer !== consumer) return;
    for (const { position } of events) this.#events.delete(position);
  }

  async release(consumer: string): Promise<void> {
    if (this.#holder?.consumer === consumer) this.#holder = undefined;
  }
}
