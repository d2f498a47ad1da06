import { RedisCluster, RedisSentinel, RedisServer } from '@partyline/redis/server';
import { afterAll, beforeAll, describe } from 'vitest';
import { busContract } from '../contract.ts';
import { RedisBus } from './redis-bus.ts';
import { targetOf } from './redis-fixture.ts';

describe.each([
  ['one server', () => RedisServer.start({ password: 'secret' })],
  ['Sentinel', () => RedisSentinel.start()],
  ['Redis Cluster', () => RedisCluster.start()],
] as const)('RedisBus with %s', (name, start) => {
  let redis: { url: string; stop(): Promise<void> };
  beforeAll(async () => {
    redis = await start();
  });
  afterAll(() => redis?.stop());
  busContract(name, async () => ({
    a: new RedisBus({ target: targetOf(redis.url), name: 'a' }),
    b: new RedisBus({ target: targetOf(redis.url), name: 'b' }),
  }));
});
