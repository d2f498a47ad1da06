import type { Identity, RoomId } from '@partyline/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EDGE, memberOf, request } from '../contract-fixture.ts';
import { connect, makeRedisRegistry, startServer } from './redis-fixture.ts';
import type { RedisClient } from './scripts.ts';

const room = 'lobby' as RoomId;

let redis: Awaited<ReturnType<typeof startServer>>;
let second: RedisClient;

beforeAll(async () => {
  redis = await startServer();
  second = await connect(redis.server);
});

afterAll(async () => {
  second?.disconnect();
  await redis?.stop();
});

describe('two directories at once', () => {
  it('create a room once, under one incarnation, and one of two settings wins', async () => {
    const fixture = await makeRedisRegistry(redis, { maxRooms: 1_000 });
    const registries = [fixture.registry, fixture.another(second)];
    for (let round = 0; round < 50; round++) {
      const name = `room-${round}` as RoomId;
      const results = await Promise.all(
        registries.map((registry, index) => registry.createRoom(name, { maxParticipants: index + 2 })),
      );
      expect(results.filter((result) => result.ok && result.created)).toHaveLength(1);
      expect(results.filter((result) => !result.ok)).toMatchObject([{ reason: 'different_settings' }]);
      const winner = results.findIndex(({ ok }) => ok);
      expect(await fixture.registry.room(name)).toMatchObject({ maxParticipants: winner + 2 });
    }
  });

  it('hand out every stream id once, one version a change, and never a seat too many', async () => {
    const step = fc.record({
      who: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h') as fc.Arbitrary<Identity>,
      by: fc.constantFrom(0, 1),
      action: fc.constantFrom('claim', 'claim', 'put', 'drop', 'create'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 12 }), { maxLength: 6 }), async (bursts) => {
        const maxParticipants = 4;
        const fixture = await makeRedisRegistry(redis);
        const registries = [fixture.registry, fixture.another(second)];
        await fixture.registry.createRoom(room, { maxParticipants });
        const seats: { who: Identity; streamId: number; generation: number }[] = [];
        for (const burst of bursts) {
          // All steps of a burst are under way together, on two connections.
          await Promise.all(
            burst.map(async ({ who, by, action }) => {
              const registry = registries[by]!;
              const seat = seats.findLast((one) => one.who === who);
              if (action === 'create') await registry.createRoom(room, {});
              else if (action === 'claim') {
                const result = await registry.claimSeat(request(room, who));
                if (!result.ok) return;
                seats.push({ who, streamId: result.streamId, generation: result.generation });
                // As their edge does when it is told so.
                if (result.replaced) {
                  await registry.dropMember(room, result.replaced.streamId, EDGE, 1_000_000);
                }
              } else if (seat !== undefined) {
                const { streamId, generation } = seat;
                const member = memberOf({ streamId: streamId as never, generation }, who);
                if (action === 'put' && (await registry.seat(room, who))?.streamId === streamId) {
                  await registry.putMember(room, member);
                } else if (action === 'drop') {
                  await registry.dropMember(room, member.streamId, EDGE, generation);
                }
              }
            }),
          );
        }
        expect(new Set(seats.map(({ streamId }) => streamId)).size).toBe(seats.length);
        const told = (await fixture.events.read('test', 1_000)).map(({ event }) => event);
        const counters = told.flatMap((event) => ('version' in event ? [event.version.counter] : []));
        expect(counters).toEqual([...new Set(counters)].sort((a, b) => a - b));
        const present = new Set<number>();
        for (const event of told) {
          if (event.type === 'participant_joined') present.add(event.streamId);
          else if (event.type === 'participant_left') present.delete(event.streamId);
        }
        const members = await fixture.registry.members(room, { limit: 100 });
        expect(members.map(({ streamId }) => streamId)).toEqual([...present].sort((a, b) => a - b));
        expect(await fixture.registry.room(room)).toMatchObject({ participants: members.length });
      }),
      { numRuns: 40 },
    );
  });

  it('seat no more than the limit when all come at the same moment', async () => {
    const fixture = await makeRedisRegistry(redis);
    const registries = [fixture.registry, fixture.another(second)];
    await fixture.registry.createRoom(room, { maxParticipants: 7 });
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        registries[index % 2]!.claimSeat(request(room, `p${index}` as Identity)),
      ),
    );
    const seated = results.filter(({ ok }) => ok);
    expect(seated).toHaveLength(7);
    expect(results.filter((result) => !result.ok && result.reason === 'room_full')).toHaveLength(33);
  });

  it('of one identity leave one current seat, that of the later version', async () => {
    const fixture = await makeRedisRegistry(redis);
    const registries = [fixture.registry, fixture.another(second)];
    const who = 'ada' as Identity;
    for (let round = 0; round < 20; round++) {
      const results = await Promise.all(registries.map((registry) => registry.claimSeat(request(room, who))));
      const current = await Promise.all(
        results.map((result) =>
          result.ok ? fixture.registry.seatIsCurrent(room, who, result.resumeId, result.generation) : false,
        ),
      );
      expect(current.filter(Boolean)).toHaveLength(1);
      const replaced = results.flatMap((result) => (result.ok && result.replaced ? [result.replaced] : []));
      // The loser of this round was replaced by its winner.
      const loser = results[current.indexOf(false)]!;
      expect(replaced.some(({ streamId }) => loser.ok && streamId === loser.streamId)).toBe(true);
    }
  });
});
