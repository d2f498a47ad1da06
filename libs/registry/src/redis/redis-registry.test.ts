import { afterAll, beforeAll, describe } from 'vitest';
import { registryContract } from '../contract.ts';
import { makeRedisRegistry, startServer, type TestRedis } from './redis-fixture.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startServer();
});

afterAll(async () => {
  await redis?.stop();
});

describe('one server', () => {
  registryContract('redis', () => makeRedisRegistry(redis));
});
