import type { Identity, RoomId } from '@partyline/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registryContract } from '../contract.ts';
import { claimed, EDGE, lease, memberOf } from '../contract-fixture.ts';
import { eventually, makeRedisRegistry, startSentinel } from './redis-fixture.ts';

const room = 'lobby' as RoomId;
const [ada, bob] = ['ada', 'bob'] as Identity[] as [Identity, Identity];

let redis: Awaited<ReturnType<typeof startSentinel>>;

beforeAll(async () => {
  redis = await startSentinel();
});

afterAll(async () => {
  await redis?.stop();
});

describe('a master that a Sentinel names', () => {
  registryContract('redis sentinel', () => makeRedisRegistry(redis));

  it('is followed by the replica that takes over, which has what it had', async () => {
    const { registry } = await makeRedisRegistry(redis);
    const { incarnation } = await registry.renewLease(lease());
    const seat = await claimed(registry, room, ada);
    await registry.putMember(room, memberOf(seat, ada));
    const master = await redis.sentinel.master();
    // What a master has not passed on yet is lost with it; this is about what it has.
    await redis.sentinel.replicated();
    await master.kill();
    await redis.sentinel.promoted(master);
    const renewed = await eventually(() => registry.renewLease(lease()));
    expect(renewed.incarnation).toBe(incarnation);
    expect((await eventually(() => registry.edges())).map(({ edge }) => edge)).toEqual([EDGE]);
    expect(await eventually(() => registry.members(room, { limit: 10 }))).toMatchObject([{ identity: ada }]);
    const second = await eventually(() => claimed(registry, room, bob));
    expect(second.streamId).not.toBe(seat.streamId);
  });
});
