import type { Identity, RoomId } from '@partyline/protocol';
import { keySlot } from '@partyline/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimed, EDGE, lease, memberOf, request } from '../contract-fixture.ts';
import { Keys } from './keys.ts';
import { eventually, makeRedisRegistry, startCluster } from './redis-fixture.ts';

const room = 'lobby' as RoomId;

let redis: Awaited<ReturnType<typeof startCluster>>;

beforeAll(async () => {
  redis = await startCluster();
});

afterAll(async () => {
  await redis?.stop();
});

describe('in a cluster', () => {
  it('a slot that moves during changes loses none of them and leaves none by halves', async () => {
    const { registry, events, prefix } = await makeRedisRegistry(redis);
    const keys = new Keys({ prefix, region: 'eu' }).room(room);
    const slot = keySlot(keys[0]!);
    const owner = await redis.cluster.ownerOf(keys[0]!);
    await registry.createRoom(room, {});
    const present = new Map<Identity, number>();
    let refused = 0;
    let isMoving = true;
    const change = async (who: Identity): Promise<void> => {
      while (isMoving) {
        try {
          const seat = await registry.claimSeat(request(room, who));
          if (!seat.ok) throw new Error(seat.reason);
          await registry.putMember(room, memberOf(seat, who));
          present.set(who, seat.streamId);
          if (seat.replaced) await registry.dropMember(room, seat.replaced.streamId, EDGE, 1_000_000);
        } catch (error) {
          expect(error).toMatchObject({ code: 'unavailable' });
          refused += 1;
        }
      }
    };
    const changes = ['a', 'b', 'c', 'd'].map((who) => change(who as Identity));
    for (const to of [(owner + 1) % 3, (owner + 2) % 3, owner]) await redis.cluster.moveSlot(slot, to);
    isMoving = false;
    await Promise.all(changes);
    const members = await eventually(() => registry.members(room, { limit: 1_000 }));
    const record = await eventually(() => registry.room(room));
    expect(record).toMatchObject({ participants: members.length, publishers: members.length });
    for (const [who, streamId] of present) {
      expect(members).toContainEqual(expect.objectContaining({ identity: who, streamId }));
      expect(await registry.seat(room, who)).toBeDefined();
    }
    const holders = await redis.client.hgetall(keys.find((key) => key.includes(':holders:'))!);
    expect(holders).toEqual({ [`${EDGE}\tboot-1`]: String(members.length) });
    const told = (await events.read('test', 10_000)).map(({ event }) => event);
    const joined = told.filter(({ type }) => type === 'participant_joined').length;
    const left = told.filter(({ type }) => type === 'participant_left').length;
    expect(joined - left).toBe(members.length);
    expect(joined).toBeGreaterThan(4);
    expect(refused).toBeLessThan(joined);
  });

  it('a lost master takes only its rooms with it, and edges are told to tell them anew', async () => {
    const { registry, prefix, advance } = await makeRedisRegistry(redis, { maxRooms: 1_000 });
    const keys = new Keys({ prefix, region: 'eu' });
    const leases = await redis.cluster.ownerOf(keys.leasePrefix);
    const names = Array.from({ length: 60 }, (_, index) => `r${index}` as RoomId);
    const owners = new Map<RoomId, number>();
    for (const name of names) owners.set(name, await redis.cluster.ownerOf(keys.room(name)[0]!));
    const lost = (leases + 1) % 3;
    const renew = async (): Promise<string> =>
      (await eventually(() => registry.renewLease(lease()))).incarnation;
    const before = await renew();
    for (const name of names) {
      const seat = await claimed(registry, name, 'ada' as Identity);
      await registry.putMember(name, memberOf(seat, 'ada' as Identity));
    }
    await advance(1_000);
    expect(await renew()).toBe(before);

    await redis.cluster.killMaster(lost);
    await Promise.all(
      names.map(async (name) => {
        if (owners.get(name) !== lost) {
          expect(await eventually(() => registry.room(name))).toMatchObject({ participants: 1 });
        } else await expect(registry.room(name)).rejects.toMatchObject({ code: 'unavailable' });
      }),
    );
    await expect(registry.sweep()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await renew()).toBe(before);

    await redis.cluster.masters[lost]!.restart();
    await eventually(() => registry.sweep());
    const after = await renew();
    expect(after).not.toBe(before);
    for (const name of names) {
      const found = await eventually(() => registry.room(name));
      expect(found?.participants).toBe(owners.get(name) === lost ? undefined : 1);
    }
  });
});
