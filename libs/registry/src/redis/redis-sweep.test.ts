import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimed, EDGE, lease, memberOf, request } from '../contract-fixture.ts';
import { Keys, shardOf } from './keys.ts';
import { makeRedisRegistry, startServer, type TestRedis } from './redis-fixture.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;

let redis: TestRedis;

beforeAll(async () => {
  redis = await startServer();
});

afterAll(async () => {
  await redis?.stop();
});

const seated = async (more = {}) => {
  const fixture = await makeRedisRegistry(redis, more);
  await fixture.registry.renewLease(lease());
  const seat = await claimed(fixture.registry, room, ada);
  await fixture.registry.putMember(room, memberOf(seat, ada));
  await fixture.registry.enterRoom(room, { edge: EDGE, boot: 'boot-1', region: 'eu', participants: 1 });
  const keys = new Keys({ prefix: fixture.prefix, region: 'eu' });
  return { ...fixture, keys, seat };
};

describe('a sweep', () => {
  it('removes nobody before this process was in contact for 10 s', async () => {
    const { another, leap } = await seated({ orphanMs: 2_000 });
    await leap(60_000);
    const late = another();
    await late.sweep();
    for (let second = 0; second < 9; second++) {
      await leap(1_000);
      await late.sweep();
    }
    expect(await late.members(room, { limit: 9 })).toHaveLength(1);
    for (let second = 0; second < 4; second++) {
      await leap(1_000);
      await late.sweep();
    }
    expect(await late.members(room, { limit: 9 })).toHaveLength(0);
  });

  it('takes its own silence for a break in the contact', async () => {
    const { registry, advance, leap } = await seated({ orphanMs: 1_000 });
    await advance(4_000);
    await leap(60_000);
    await registry.sweep();
    expect(registry.contactSinceMs).toBe(1_800_000_064_000);
    expect(await registry.members(room, { limit: 9 })).toHaveLength(1);
  });

  it('finds all that a dead edge has left behind, in many rooms, by many sweepers, and nothing else', async () => {
    const { registry, another, leap, keys } = await seated({ maxRooms: 1_000 });
    const dead = { edge: 'dead' as EdgeId, boot: 'b|\t"x' };
    await registry.renewLease(lease(dead));
    const names = Array.from({ length: 60 }, (_, index) => `r${index}` as RoomId);
    for (const name of names) {
      const seat = await claimed(registry, name, ada);
      await registry.putMember(name, memberOf(seat, ada, dead));
      await registry.enterRoom(name, { ...dead, region: 'eu', participants: 1 });
    }
    const sweepers = [registry, another(), another()];
    for (let second = 0; second < 30; second++) {
      await leap(1_000);
      await registry.renewLease(lease());
      await Promise.all(sweepers.map((sweeper) => sweeper.sweep()));
    }
    for (const name of names) expect(await registry.room(name)).toMatchObject({ participants: 0 });
    expect(await registry.room(room)).toMatchObject({ participants: 1 });
    expect((await registry.places(room)).places).toHaveLength(1);
    const removed = sweepers.reduce((sum, { stats }) => sum + stats.orphansRemoved, 0);
    expect(removed).toBe(60);
    const held = await Promise.all(
      Array.from({ length: 16 }, (_, shard) => redis.client.zrangebylex(keys.held(shard), '-', '+')),
    );
    expect(held.flat()).toEqual([`${EDGE}\tboot-1\t${room}`]);
  });

  it('leaves nothing in Redis of rooms that are over, but counters', async () => {
    const { registry, advance, prefix, seat, retentionMs, events } = await seated();
    await registry.moderate(room, ada, { muted: true });
    await registry.moderate('other' as RoomId, ada, { removedUntil: 1_800_000_000_000 + 3 * retentionMs });
    await registry.dropMember(room, seat.streamId, EDGE, 0);
    await registry.leaveRoom(room, EDGE, 'boot-1');
    await registry.dropLease(EDGE, 'boot-1');
    await events.acknowledge('test', await events.read('test', 100));
    await events.release('test');
    for (let round = 0; round < 4; round++) await advance(retentionMs);
    const left = await redis.client.keys(`${prefix}:*`);
    const kinds = new Set(left.map((key) => key.split(':').at(-1)));
    expect([...kinds].sort()).toEqual(['events', 'incarnation', 'shard']);
  });

  it('bounds what is remembered of rooms that are over, the oldest first', async () => {
    const { registry, advance, leap } = await seated({ maxRooms: 10 });
    const shard = shardOf(room);
    const names = Array.from({ length: 5_000 }, (_, index) => `m${index}` as RoomId)
      .filter((name) => shardOf(name) === shard)
      .slice(0, 80);
    for (const name of names) {
      await registry.moderate(name, ada, { muted: true });
      await leap(1);
    }
    await advance(15_000);
    const kept = await Promise.all(names.map(async (name) => (await registry.moderation(name, ada)).muted));
    expect(kept.filter(Boolean)).toHaveLength(64);
    expect(kept.indexOf(true)).toBe(16);
    expect(registry.stats.memoriesDropped).toBe(16);
  });
});

describe('lost state', () => {
  const renewed = async ({ registry }: { registry: { renewLease: typeof renew } }) =>
    (await registry.renewLease(lease())).incarnation;
  const renew = async (_lease: ReturnType<typeof lease>) => ({ incarnation: '' });

  it('of one shard makes all edges tell everything anew', async () => {
    const fixture = await seated();
    await fixture.advance(1_000);
    const first = await renewed(fixture);
    await fixture.advance(1_000);
    expect(await renewed(fixture)).toBe(first);
    await redis.client.del(fixture.keys.room(room));
    await fixture.advance(1_000);
    const second = await renewed(fixture);
    expect(second).not.toBe(first);
    await fixture.advance(1_000);
    expect(await renewed(fixture)).toBe(second);
    expect(fixture.registry.stats.shardsLost).toBe(1);
  });

  it('also when the shard was set back, as by a replica that lagged', async () => {
    const fixture = await seated();
    for (let second = 0; second < 3; second++) await fixture.advance(1_000);
    const first = await renewed(fixture);
    const shard = fixture.keys.shard(shardOf(room)).at(-1)!;
    await redis.client.hset(shard, 'beat', 1);
    await fixture.advance(1_000);
    expect(await renewed(fixture)).not.toBe(first);
  });

  it('of everything is one new incarnation, and rooms go on above what edges know', async () => {
    const fixture = await seated();
    const { registry, prefix } = fixture;
    const place = { edge: EDGE, boot: 'boot-1', region: 'eu', participants: 1 };
    await fixture.advance(1_000);
    const first = await renewed(fixture);
    const before = (await registry.enterRoom(room, place)).version!;
    // Known from a directory whose clock is an hour ahead.
    const ahead = `${Number.parseInt(before.incarnation, 10) + 3_600_000}-x`;
    for (const key of await redis.client.keys(`${prefix}:*`)) await redis.client.del(key);
    const second = await renewed(fixture);
    expect(second).not.toBe(first);
    await fixture.advance(1_000);
    expect(await renewed(fixture)).toBe(second);
    expect(registry.stats.shardsLost).toBe(0);

    await registry.putMember(room, memberOf(fixture.seat, ada));
    const anew = (await registry.enterRoom(room, place)).version!;
    expect(anew.incarnation > before.incarnation).toBe(true);
    const raised = (await registry.enterRoom(room, place, { incarnation: ahead, counter: 9 })).version!;
    expect(raised.incarnation > ahead).toBe(true);
    expect((await registry.enterRoom(room, place, raised)).version!.incarnation).toBe(raised.incarnation);
    await registry.deleteRoom(room);
    await registry.claimSeat(request(room, ada));
    const next = (await registry.enterRoom(room, place)).version!;
    expect(next.incarnation > raised.incarnation).toBe(true);
  });

  it('of an edge that comes back while its members are being removed makes it tell them anew', async () => {
    const fixture = await seated({ orphanMs: 1_000 });
    const { registry, leap } = fixture;
    let back: string | undefined;
    // In the very moment between looking at the leases and removing what is left of a dead edge.
    const meddling = new Proxy(redis.client, {
      get: (client, name) => {
        const value = Reflect.get(client, name);
        if (name !== 'partyline:dropHolder') return typeof value === 'function' ? value.bind(client) : value;
        return async (...args: unknown[]) => {
          back = await renewed(fixture);
          return value.apply(client, args);
        };
      },
    });
    const sweeper = fixture.another(meddling);
    for (let second = 0; second < 20 && back === undefined; second++) {
      await leap(1_000);
      await sweeper.sweep();
    }
    expect(back).toBeDefined();
    expect(await registry.members(room, { limit: 9 })).toEqual([]);
    expect(await renewed(fixture)).not.toBe(back);
  });
});

describe('a room of many', () => {
  const many = 450;

  it('is deleted, and freed of a dead edge, in steps that hold up nobody', async () => {
    const fixture = await seated();
    const { registry, leap, events } = fixture;
    const dead = { edge: 'dead' as EdgeId, boot: 'b' };
    await registry.renewLease(lease(dead));
    for (let index = 0; index < many; index++) {
      const seat = await claimed(registry, room, `p${index}` as Identity);
      const where = index % 2 === 0 ? dead : {};
      await registry.putMember(room, memberOf(seat, `p${index}` as Identity, where));
    }
    for (let second = 0; second < 25; second++) {
      await leap(1_000);
      await registry.renewLease(lease());
      await registry.sweep();
    }
    expect(await registry.room(room)).toMatchObject({ participants: 1 + many / 2 });
    expect(registry.stats.orphansRemoved).toBe(many / 2);
    expect(await registry.deleteRoom(room)).toBe(true);
    const told = (await events.read('test', 5_000)).map(({ event }) => event.type);
    expect(told.filter((type) => type === 'participant_left')).toHaveLength(1 + many);
    expect(told.at(-1)).toBe('room_ended');
  });
});
