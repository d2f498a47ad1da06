import { afterAll, beforeAll } from 'vitest';
import { eventLogContract } from '../contract-events.ts';
import { makeRedisRegistry, startServer, type TestRedis } from './redis-fixture.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startServer();
});

afterAll(async () => {
  await redis?.stop();
});

eventLogContract('redis', async () => {
  const fixture = await makeRedisRegistry(redis);
  const advance = async (milliseconds: number): Promise<void> => {
    await fixture.ageConsumers(milliseconds);
    await fixture.advance(milliseconds);
  };
  return { ...fixture, advance };
});
