import { afterAll, beforeAll, describe } from 'vitest';
import { registryContract } from '../contract.ts';
import { makeRedisRegistry, startCluster, type TestRedis } from './redis-fixture.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startCluster();
});

afterAll(async () => {
  await redis?.stop();
});

describe('a cluster of 3 masters', () => {
  registryContract('redis cluster', () => makeRedisRegistry(redis));
});
