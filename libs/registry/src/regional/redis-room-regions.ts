import { randomBytes } from 'node:crypto';
import type { RoomId } from '@partyline/protocol';
import { ROOM_REGION_TTL_MS, type RoomRegions, UNSETTLED_MS } from './room-regions.ts';

/** What of ioredis is used here; a client of a single server and one of a Cluster both have it. */
export interface ScriptRunner {
  eval(script: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

export interface RedisRoomRegionsOptions {
  /** Without a colon at its end, such as `partyline`. */
  prefix: string;
}

/** Answers are kept this long, in ms. */
const CACHE_MS = 1_000;
/** Rooms whose answer is kept; beyond it the oldest goes. */
const MAX_CACHED = 20_000;

/** Times are those of the server, so that clocks of edges do not matter. */
const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)\n`;

/** room's key; region, time to live */
const ADD = `${NOW}
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** room's key; time to live */
const READ = `${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now - ARGV[1]), '+inf')
`;

/** The state's incarnation holds when it was made: what was there before is lost. Answers it and its age. */
const INCARNATION = `${NOW}
local made = redis.call('GET', KEYS[1])
if not made then
  made = string.format('%.0f', now) .. '-' .. ARGV[1]
  redis.call('SET', KEYS[1], made)
end
return { made, string.format('%.0f', now - string.match(made, '^%d+')) }
`;

interface Cached<T> {
  atMs: number;
  value: Promise<T>;
}

/** Which regions have a room, in the control Redis: one sorted set a room, region by when it was said last. */
export class RedisRoomRegions implements RoomRegions {
  readonly #prefix: string;
  readonly #redis: ScriptRunner;
  readonly #clock: { now(): number };
  readonly #regions = new Map<RoomId, Cached<readonly string[]>>();
  #state: Cached<{ incarnation: string; ageMs: number }> | undefined;

  /** @param clock for the age of what is kept only */
  constructor(
    { prefix }: RedisRoomRegionsOptions,
    { redis, clock }: { redis: ScriptRunner; clock: { now(): number } },
  ) {
    this.#prefix = prefix;
    this.#redis = redis;
    this.#clock = clock;
  }

  async add(room: RoomId, region: string): Promise<void> {
    await this.#redis.eval(ADD, 1, this.#key(room), region, ROOM_REGION_TTL_MS);
    this.#regions.delete(room);
  }

  async regions(room: RoomId, fresh = false): Promise<readonly string[] | undefined> {
    const [{ ageMs }, regions] = await Promise.all([this.#read(fresh), this.#readRoom(room, fresh)]);
    return ageMs < UNSETTLED_MS ? undefined : regions;
  }

  async incarnation(): Promise<string> {
    return (await this.#read(true)).incarnation;
  }

  #read(fresh: boolean): Promise<{ incarnation: string; ageMs: number }> {
    const nowMs = this.#clock.now();
    if (!fresh && this.#state !== undefined && nowMs < this.#state.atMs + CACHE_MS) return this.#state.value;
    const value = this.#redis
      .eval(INCARNATION, 1, `${this.#prefix}:control:incarnation`, randomBytes(6).toString('base64url'))
      .then((answer) => {
        const [incarnation, age] = answer as [string, string];
        return { incarnation, ageMs: Number(age) };
      });
    const cached = { atMs: nowMs, value };
    this.#state = cached;
    value.catch(() => {
      if (this.#state === cached) this.#state = undefined;
    });
    return value;
  }

  #readRoom(room: RoomId, fresh: boolean): Promise<readonly string[]> {
    const nowMs = this.#clock.now();
    const known = this.#regions.get(room);
    if (!fresh && known !== undefined && nowMs < known.atMs + CACHE_MS) return known.value;
    const value = this.#redis.eval(READ, 1, this.#key(room), ROOM_REGION_TTL_MS) as Promise<string[]>;
    const cached = { atMs: nowMs, value };
    this.#regions.delete(room);
    if (this.#regions.size >= MAX_CACHED) {
      const [oldest] = this.#regions.keys();
      this.#regions.delete(oldest!);
    }
    this.#regions.set(room, cached);
    value.catch(() => {
      if (this.#regions.get(room) === cached) this.#regions.delete(room);
    });
    return value;
  }

  #key(room: RoomId): string {
    return `${this.#prefix}:{${room}}:regions`;
  }
}
