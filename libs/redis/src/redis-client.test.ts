import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedis, type RedisClient, type RedisClientOptions } from './redis-client.ts';
import type { RedisError } from './redis-error.ts';
import { freePort, RedisCluster, RedisSentinel, RedisServer } from './server/index.ts';
import { parseRedisUrl } from './target.ts';

const clients: RedisClient[] = [];
const make = (url: string, options: Partial<RedisClientOptions> = {}): RedisClient => {
  const result = parseRedisUrl(url);
  if (!result.ok) throw new Error(result.problem);
  const client = createRedis(result.target, { name: 'test', role: 'state', ...options });
  clients.push(client);
  return client;
};
const startError = (client: RedisClient): Promise<RedisError> =>
  client.start().then(
    () => Promise.reject(new Error('It started.')),
    (error: RedisError) => error,
  );
const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 10_000, interval: 5 });
/** `OK`, or why not. */
const set = (client: RedisClient, key = 'key'): Promise<string> =>
  (client.redis as Redis).set(key, 'value').catch((error: Error) => error.message);

afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
});

describe.each([
  ['one server', () => RedisServer.start({ password: 'secret' })],
  ['Sentinel', () => RedisSentinel.start({ password: 'secret' })],
  ['Redis Cluster', () => RedisCluster.start({ password: 'secret' })],
] as const)('createRedis with %s', (kind, start) => {
  let redis: RedisServer | RedisSentinel | RedisCluster;
  let servers: readonly RedisServer[];
  beforeAll(async () => {
    redis = await start();
    servers =
      redis instanceof RedisServer ? [redis] : redis instanceof RedisCluster ? redis.masters : redis.servers;
  });
  afterAll(() => redis?.stop());

  it('connects under a name that people can read', async () => {
    const client = make(redis.url, { name: 'edge 1' });
    await client.start();
    expect([client.up, client.problem, await set(client)]).toEqual([true, undefined, 'OK']);
    const lists = await Promise.all(servers.map((server) => server.command('CLIENT', 'LIST')));
    expect(lists.join()).toContain(' name=partyline-edge_1-state ');
  });

  it.each([
    ['secret', 'wrong', /refused the password or user name; check them in its URL\.$/],
    [':secret@', '', /wants a password; write it into its URL/],
  ])('does not start with %j replaced by %j, nor tells a password', async (from, to, message) => {
    const error = await startError(make(redis.url.replace(from, to)));
    expect(error.code).toBe('refused');
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/secret|wrong/);
  });

  it('refuses at once while it is stopped, and is back by itself', async () => {
    const client = make(redis.url);
    await client.start();
    expect(await set(client)).toBe('OK');
    // A Sentinel makes nobody the master while both are away, and the former master is it again.
    await Promise.all(servers.map((server) => server.kill()));
    await until(() => expect(client.up).toBe(false));
    const askedAtMs = performance.now();
    expect(await set(client)).not.toBe('OK');
    expect(performance.now() - askedAtMs).toBeLessThan(100);
    expect(client.problem).toMatch(/cannot be reached|is away|closed the connection/);
    await Promise.all(servers.map((server) => server.restart()));
    await until(async () => expect([await set(client), client.up]).toEqual(['OK', true]));
    // The nodes of a Cluster come back one by one, and may take it down and up more than once.
    expect(client.stats.connects).toBeGreaterThanOrEqual(2);
    expect(client.stats.losses).toBe(client.stats.connects - 1);
  });

  it('knows how long it takes and what its clock says, while it is there', async () => {
    const client = make(redis.url);
    expect([client.roundTripMs, client.clockOffsetMs]).toEqual([undefined, undefined]);
    await client.start();
    await until(() => expect(client.roundTripMs).toBeGreaterThan(0));
    // Of this machine: nothing but a busy one makes it seem to differ.
    expect(Math.abs(client.clockOffsetMs ?? Number.NaN)).toBeLessThan(500);
    if (redis instanceof RedisSentinel) return;
    await Promise.all(servers.map((server) => server.kill()));
    await until(() => expect(client.roundTripMs).toBeUndefined());
    await Promise.all(servers.map((server) => server.restart()));
    await until(() => expect(client.roundTripMs).toBeGreaterThan(0));
  });

  it('gives up a server that is frozen, and is back when it thaws', async () => {
    const client = make(redis.url);
    await client.start();
    const { key, server } = await keyOnOne(redis);
    expect(await set(client, key)).toBe('OK');
    server.freeze();
    const askedAtMs = performance.now();
    try {
      expect(await set(client, key)).not.toBe('OK');
      expect(performance.now() - askedAtMs).toBeLessThan(2_500);
      expect(client.stats.stalls).toBeGreaterThanOrEqual(1);
    } finally {
      server.thaw();
    }
    await until(async () => expect(await set(client, key)).toBe('OK'));
  });

  it('refuses what is under way when it stops, and leaves no connection behind', async () => {
    const client = make(redis.url, { name: `leaver-${kind}` });
    await client.start();
    const { key, server } = await keyOnOne(redis);
    expect(await set(client, key)).toBe('OK');
    server.freeze();
    const waiting = set(client, key);
    client.stop();
    client.stop();
    expect(await waiting).not.toBe('OK');
    server.thaw();
    await until(async () => {
      const lists = await Promise.all(servers.map((each) => each.command('CLIENT', 'LIST')));
      expect(lists.join()).not.toContain('leaver');
    });
  });
});

/** A key and the server that has it. */
const keyOnOne = async (redis: RedisServer | RedisSentinel | RedisCluster) => {
  if (redis instanceof RedisServer) return { key: 'key', server: redis };
  if (redis instanceof RedisSentinel) return { key: 'key', server: await redis.master() };
  return { key: 'key', server: redis.masters[await redis.ownerOf('key')]! };
};

describe('createRedis', () => {
  it.each([
    ['redis://127.0.0.1:1', /^Redis at redis:\/\/127\.0\.0\.1:1 cannot be reached: nothing listens there\.$/],
    ['redis://no-such-host.invalid', /its host name is not known\.$/],
    [
      'redis+sentinel://127.0.0.1:1/main',
      /^Redis at redis\+sentinel:\/\/127\.0\.0\.1:1\/main (is away|cannot be)/,
    ],
    ['redis+cluster://127.0.0.1:1', /^Redis at redis\+cluster:\/\/127\.0\.0\.1:1 (is away|cannot be)/],
  ])('starts though nothing answers at %s, and says so', async (url, message) => {
    const client = make(url);
    await client.start();
    expect([client.up, await set(client)]).not.toContain('OK');
    expect(client.problem).toMatch(message);
  });

  it('is up when its server comes later', async () => {
    const port = await freePort('127.0.0.1');
    const ups: boolean[] = [];
    const client = make(`redis://127.0.0.1:${port}`, { onUp: () => ups.push(client.up) });
    await client.start();
    const server = await RedisServer.start({ port });
    await until(() => expect(client.up).toBe(true));
    expect(ups).toEqual([true]);
    await server.stop();
  });

  it('says when the URL is of another kind', async () => {
    const server = await RedisServer.start();
    const error = await startError(make(server.url.replace('redis:', 'redis+cluster:')));
    expect(error).toMatchObject({
      code: 'unsuitable',
      message: expect.stringMatching(/is no Redis Cluster/),
    });
    await server.stop();
  });
});
