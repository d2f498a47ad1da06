import type { Identity, RoomId } from '@partyline/protocol';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimed, EDGE, lease, memberOf } from '../contract-fixture.ts';
import { makeRedisRegistry, startServer } from './redis-fixture.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const bob = 'bob' as Identity;
const place = { edge: EDGE, boot: 'boot-1', region: 'eu', participants: 1 };

let redis: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  redis = await startServer();
});
afterAll(() => redis?.stop());

/** Puts a field at the end of the first line of every value, as a later version may. */
const addFields = async (client: Redis): Promise<number> => {
  let changed = 0;
  const more = (value: string): string => {
    changed += 1;
    const [head, ...rest] = value.split('\n');
    return [`${head}\tlater`, ...rest].join('\n');
  };
  for (const key of await client.keys('*')) {
    if (/:(seats|members|places|moderation):/.test(key)) {
      for (const [field, value] of Object.entries(await client.hgetall(key))) {
        await client.hset(key, field, more(value));
      }
    } else if (/:lease:/.test(key)) {
      await client.set(key, more((await client.get(key))!), 'KEEPTTL');
    }
  }
  return changed;
};

describe('what a later version has stored', () => {
  it('is understood, but for what it has added', async () => {
    const { registry } = await makeRedisRegistry(redis);
    const held = lease();
    await registry.renewLease(held);
    const seat = await claimed(registry, room, ada);
    const member = memberOf(seat, ada);
    await registry.enterRoom(room, place);
    await registry.putMember(room, member);
    await registry.moderate(room, ada, { muted: true, selection: 'pinned' });
    const before = await registry.seat(room, ada);
    expect(await addFields(redis.client as Redis)).toBe(5);

    expect(await registry.edges()).toEqual([held]);
    await registry.renewLease({ ...held, rooms: 1 });
    await expect(registry.renewLease({ ...held, boot: 'another' })).rejects.toMatchObject({
      code: 'edge_id_taken',
    });
    expect((await registry.places(room)).places).toEqual([place]);
    expect(await registry.seat(room, ada)).toEqual(before);
    expect(await registry.seatIsCurrent(room, ada, seat.resumeId, seat.generation)).toBe(true);
    expect(await registry.member(room, ada)).toEqual(member);
    expect(await registry.moderation(room, ada)).toMatchObject({ muted: true, selection: 'pinned' });
    expect(await registry.room(room)).toMatchObject({ participants: 1, publishers: 1 });

    const again = await registry.claimSeat({
      room,
      identity: ada,
      resumeId: seat.resumeId,
      seatTtlMs: 5_000,
      edge: EDGE,
    });
    expect(again).toMatchObject({ ok: true, streamId: seat.streamId, generation: 1 });
    await claimed(registry, room, bob);
    await registry.dropMember(room, seat.streamId, EDGE, 1);
    expect(await registry.room(room)).toMatchObject({ publishers: 0 });
    await registry.leaveRoom(room, EDGE, 'boot-1');
    expect((await registry.places(room)).places).toEqual([]);
    await registry.dropLease(EDGE, 'boot-1');
    expect(await registry.edges()).toEqual([]);
  });
});
