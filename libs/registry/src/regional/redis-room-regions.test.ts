import type { RoomId } from '@partyline/protocol';
import { createRedis, parseRedisUrl, type RedisClient } from '@partyline/redis';
import { RedisCluster, RedisServer } from '@partyline/redis/server';
import { ManualClock } from '@partyline/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisRoomRegions } from './redis-room-regions.ts';

const room = 'lobby' as RoomId;

const connect = async (url: string): Promise<RedisClient> => {
  const result = parseRedisUrl(url);
  if (!result.ok) throw new Error(result.problem);
  const client = createRedis(result.target, { name: 'test', role: 'control' });
  await client.start();
  return client;
};

describe('RedisRoomRegions', () => {
  let server: RedisServer;
  let client: RedisClient;
  const clock = new ManualClock();
  beforeAll(async () => {
    server = await RedisServer.start();
    client = await connect(server.url);
  });
  afterAll(async () => {
    client.stop();
    await server.stop();
  });
  afterEach(() => client.redis.flushall());
  const make = () => new RedisRoomRegions({ prefix: 'test' }, { redis: client.redis, clock });
  /** As if the state had been there for a while. */
  const settle = () => client.redis.set('test:control:incarnation', '1000-old');

  it('tells which regions have said that they have a room', async () => {
    await settle();
    const [one, two] = [make(), make()];
    expect(await one.regions(room)).toEqual([]);
    await one.add(room, 'eu');
    await two.add(room, 'us');
    await two.add('other' as RoomId, 'asia');
    expect([...(await one.regions(room, true))!].sort()).toEqual(['eu', 'us']);
  });

  it('keeps an answer for a second, unless it must be fresh or something was added here', async () => {
    await settle();
    const [one, two] = [make(), make()];
    await one.regions(room);
    await two.add(room, 'us');
    expect(await one.regions(room)).toEqual([]);
    expect(await one.regions(room, true)).toEqual(['us']);
    await two.add(room, 'eu');
    clock.advance(1_000);
    expect(await one.regions(room)).toHaveLength(2);
    await one.add(room, 'asia');
    expect(await one.regions(room)).toHaveLength(3);
  });

  it('forgets a region that does not say it again within an hour', async () => {
    await settle();
    const regions = make();
    await regions.add(room, 'eu');
    await client.redis.zadd('test:{lobby}:regions', String(Date.now() - 3_600_001), 'us');
    expect(await regions.regions(room, true)).toEqual(['eu']);
    await regions.add(room, 'eu');
    expect(await client.redis.zrange('test:{lobby}:regions', '0', '-1')).toEqual(['eu']);
    expect(await client.redis.pttl('test:{lobby}:regions')).toBeGreaterThan(3_500_000);
  });

  it('says that it does not know for 10 s after the state was lost, and has another incarnation', async () => {
    const regions = make();
    const first = await regions.incarnation();
    expect(await regions.regions(room)).toBeUndefined();
    await client.redis.flushall();
    const second = await regions.incarnation();
    expect(second).not.toBe(first);
    expect(await make().incarnation()).toBe(second);
    expect(await regions.regions(room, true)).toBeUndefined();
    await client.redis.set('test:control:incarnation', `${Date.now() - 10_001}-x`);
    expect(await regions.regions(room, true)).toEqual([]);
  });

  it('rejects at once while Redis is away, and remembers no failure', async () => {
    const own = await RedisServer.start();
    const link = await connect(own.url);
    const regions = new RedisRoomRegions({ prefix: 'test' }, { redis: link.redis, clock });
    await regions.regions(room);
    await own.stop();
    await expect(regions.regions(room, true)).rejects.toThrow();
    await expect(regions.add(room, 'eu')).rejects.toThrow();
    const back = await RedisServer.start({ port: own.port });
    for (let tries = 0; !link.up && tries < 500; tries++) await new Promise((done) => setTimeout(done, 20));
    await regions.add(room, 'eu');
    expect(await regions.regions(room)).toBeUndefined();
    link.stop();
    await back.stop();
  });

  it('works in a Redis Cluster', async () => {
    const cluster = await RedisCluster.start();
    const link = await connect(cluster.url);
    const regions = new RedisRoomRegions({ prefix: 'test' }, { redis: link.redis, clock });
    await regions.incarnation();
    for (const name of ['a', 'b', 'c', 'd']) await regions.add(name as RoomId, 'eu');
    await link.redis.set('test:control:incarnation', '1000-old');
    for (const name of ['a', 'b', 'c', 'd'])
      expect(await regions.regions(name as RoomId, true)).toEqual(['eu']);
    link.stop();
    await cluster.stop();
  }, 30_000);
});
