import { randomUUID } from 'node:crypto';
import { createRedis, parseRedisUrl } from '@partyline/redis';
import { RedisCluster, RedisSentinel, RedisServer } from '@partyline/redis/server';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RegistryFixture } from '../contract-fixture.ts';
import { LEASE_TTL_MS, type RegistryLimits } from '../limits.ts';
import { CONSUMER_TTL_MS } from '../memory-event-log.ts';
import { RegistryError } from '../registry.ts';
import { Keys, SHARDS } from './keys.ts';
import { RedisEventLog } from './redis-event-log.ts';
import { RedisRegistry } from './redis-registry.ts';
import type { RedisClient } from './scripts.ts';

/** Time is let pass in steps of this at most, as a longer silence is a break in the contact. */
const STEP_MS = 5_000;
/** Longer waits begin with a leap, and only this last part of them is swept in steps. */
const SWEPT_MS = 20_000;

/** As `@partyline/redis` connects: nothing waits for a connection. */
const IMPATIENT: RedisOptions = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  retryStrategy: () => 20,
};

/** Redis has a clock of its own that the tests cannot hold: its times are longer, so that what passes there matters less. */
const SCALE = 20;

/** Lets leases grow older. */
const AGE_LEASES = `
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local key = ARGV[1] .. id
  local left = redis.call('PTTL', key) - tonumber(ARGV[2])
  if left > 0 then redis.call('PEXPIRE', key, left) else redis.call('DEL', key) end
end
`;

export interface TestRedis {
  client: RedisClient;
  stop(): Promise<void>;
}

const ready = async (client: Redis): Promise<void> => {
  // Registries of many tests share the connection, and each listens.
  client.setMaxListeners(0);
  client.on('error', () => undefined);
  if (client.status !== 'ready') await new Promise<void>((resolve) => client.once('ready', () => resolve()));
};

/** A connection of its own. */
export const connect = async (server: RedisServer): Promise<Redis> => {
  const client = new Redis({ ...IMPATIENT, host: server.host, port: server.port });
  await ready(client);
  return client;
};

export const startServer = async (): Promise<TestRedis & { server: RedisServer }> => {
  const server = await RedisServer.start();
  const client = await connect(server);
  const stop = async (): Promise<void> => {
    client.disconnect();
    await server.stop();
  };
  return { server, client, stop };
};

/** As edges and directories connect. */
const connectTo = async (url: string) => {
  const target = parseRedisUrl(url);
  if (!target.ok) throw new Error(target.problem);
  const connection = createRedis(target.target, { name: 'test', role: 'state' });
  await connection.start();
  // On a busy machine the first attempt may come to nothing.
  while (!connection.up) await new Promise((resolve) => setTimeout(resolve, 10));
  connection.redis.setMaxListeners(0);
  return connection;
};

export const startCluster = async (): Promise<TestRedis & { cluster: RedisCluster }> => {
  const cluster = await RedisCluster.start();
  const connection = await connectTo(cluster.url);
  // A master is connected to when it is needed first, and refuses what comes until it is.
  if (connection.redis instanceof Cluster) {
    await Promise.all(connection.redis.nodes('master').map((node) => node.ping()));
  }
  const stop = async (): Promise<void> => {
    connection.stop();
    await cluster.stop();
  };
  return { cluster, client: connection.redis, stop };
};

export const startSentinel = async (): Promise<TestRedis & { sentinel: RedisSentinel }> => {
  const sentinel = await RedisSentinel.start({ password: 'secret' });
  const connection = await connectTo(sentinel.url);
  const stop = async (): Promise<void> => {
    connection.stop();
    await sentinel.stop();
  };
  return { sentinel, client: connection.redis, stop };
};

/** Tried again while it is unavailable, as everybody does who needs it: connections are being made anew. */
export const eventually = async <T>(call: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'unavailable') throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

export interface RedisRegistryFixture extends RegistryFixture {
  registry: RedisRegistry;
  events: RedisEventLog;
  prefix: string;
  clock: { now(): number };
  /** Another process on the same state. */
  another: (client?: RedisClient) => RedisRegistry;
  /** Moves the time without anybody sweeping. */
  leap: (milliseconds: number) => Promise<void>;
  /** Lets the events' consumers grow older, too. */
  ageConsumers: (milliseconds: number) => Promise<void>;
}

/** A registry of its own in a Redis that may be shared. Time stands still until it is moved. */
export const makeRedisRegistry = async (
  { client }: TestRedis,
  given: Partial<RegistryLimits> = {},
): Promise<RedisRegistryFixture> => {
  let nowMs = 1_800_000_000_000;
  const clock = { now: () => nowMs };
  const prefix = `test-${randomUUID()}`;
  const space = { prefix, region: 'eu' };
  const keys = new Keys(space);
  const limits = { retentionMs: 1_200_000, maxRooms: 5, ...given };
  const another = (other = client): RedisRegistry =>
    new RedisRegistry({ ...space, limits, leaseTtlMs: SCALE * LEASE_TTL_MS }, { redis: other, clock });
  const registry = another();
  const events = new RedisEventLog({ ...space, consumerTtlMs: SCALE * CONSUMER_TTL_MS }, { redis: client });
  const leap = async (milliseconds: number): Promise<void> => {
    nowMs += milliseconds;
    await client.eval(AGE_LEASES, 1, keys.edges[0]!, keys.leasePrefix, Math.ceil(SCALE * milliseconds));
  };
  const ageConsumers = async (milliseconds: number): Promise<void> => {
    for (let shard = 0; shard <= SHARDS; shard++) {
      const consumer = keys.events(shard)[1]!;
      const leftMs = (await client.pttl(consumer)) - SCALE * milliseconds;
      await (leftMs > 0 ? client.pexpire(consumer, leftMs) : client.del(consumer));
    }
  };
  const advance = async (milliseconds: number): Promise<void> => {
    if (milliseconds > SWEPT_MS) await leap(milliseconds - SWEPT_MS);
    for (let leftMs = Math.min(milliseconds, SWEPT_MS); leftMs > 0; leftMs -= STEP_MS) {
      await leap(Math.min(leftMs, STEP_MS));
      await registry.sweep();
    }
  };
  return { registry, events, prefix, clock, another, leap, ageConsumers, advance, ...limits };
};
