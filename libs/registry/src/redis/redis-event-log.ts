import type { EventLog, LoggedEvent, RoomEvent } from '../event-log.ts';
import { CONSUMER_TTL_MS } from '../memory-event-log.ts';
import { list, texts } from './encoding.ts';
import { type KeySpace, Keys, SHARDS } from './keys.ts';
import { COMMAND_TIMEOUT_MS, type RedisClient, Scripts } from './scripts.ts';

export interface RedisEventLogOptions extends KeySpace {
  /** The longest that one command waits for its answer, in ms; 1,500 unless given. */
  timeoutMs?: number;
  /** How long a consumer that reads no more keeps its shards, in ms; 10,000 unless given. */
  consumerTtlMs?: number;
}

export interface RedisEventLogDeps {
  /** Must refuse commands at once while it is away (no offline queue). */
  redis: RedisClient;
}

/** Those of rooms and that of edges. */
const EVENT_SHARDS = SHARDS + 1;

/** Events of one region, from the streams to which the registry's scripts append. */
export class RedisEventLog implements EventLog {
  readonly #keys: Keys;
  readonly #scripts: Scripts;
  readonly #consumerTtlMs: number;
  /** By shard, as of the last read. */
  readonly #lost: number[] = Array.from({ length: EVENT_SHARDS }, () => 0);
  #firstShard = 0;

  constructor(options: RedisEventLogOptions, { redis }: RedisEventLogDeps) {
    const { region, timeoutMs = COMMAND_TIMEOUT_MS, consumerTtlMs = CONSUMER_TTL_MS } = options;
    this.#keys = new Keys(options);
    this.#scripts = new Scripts({ region, timeoutMs }, { redis });
    this.#consumerTtlMs = consumerTtlMs;
  }

  /** Plain counters, read at scrape time. */
  get stats() {
    return {
      ...this.#scripts.stats,
      /** Events that nobody took before their shard was full, over all time, as far as this consumer has read. */
      dropped: this.#lost.reduce((sum, lost) => sum + lost, 0),
    };
  }

  async read(consumer: string, limit: number): Promise<LoggedEvent[]> {
    // Everybody gets a turn at being first, so that a busy shard does not starve the others.
    this.#firstShard = (this.#firstShard + 1) % EVENT_SHARDS;
    const shards = Array.from(
      { length: EVENT_SHARDS },
      (_, index) => (this.#firstShard + index) % EVENT_SHARDS,
    );
    const found = await Promise.all(shards.map((shard) => this.#readShard(shard, consumer, limit)));
    // What is cut off here comes again with the next read, as it was not acknowledged.
    return found.flat().slice(0, limit);
  }

  async acknowledge(consumer: string, events: readonly LoggedEvent[]): Promise<void> {
    const positions = new Map<number, string[]>();
    for (const { position } of events) {
      const [shard = '', entry = ''] = position.split(':');
      const entries = positions.get(Number(shard)) ?? [];
      positions.set(Number(shard), [...entries, entry]);
    }
    await Promise.all(
      [...positions].map(([shard, entries]) =>
        this.#scripts.run('acknowledgeEvents', this.#keys.events(shard), [consumer, ...entries]),
      ),
    );
  }

  async release(consumer: string): Promise<void> {
    await Promise.all(
      Array.from({ length: EVENT_SHARDS }, (_, shard) =>
        this.#scripts.run('releaseEvents', this.#keys.events(shard), [consumer]),
      ),
    );
  }

  async #readShard(shard: number, consumer: string, limit: number): Promise<LoggedEvent[]> {
    const args = [consumer, this.#consumerTtlMs, limit];
    const reply = await this.#scripts.run('readEvents', this.#keys.events(shard), args);
    if (reply === null) return [];
    const [lost, ...entries] = list(reply);
    this.#lost[shard] = Number(lost);
    return entries.map((entry) => {
      const [position, id, event] = texts(entry);
      return { id: id!, position: `${shard}:${position}`, event: JSON.parse(event!) as RoomEvent };
    });
  }
}
