import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lease, memberOf, request } from '../contract-fixture.ts';
import { RegistryError } from '../registry.ts';
import { RedisEventLog } from './redis-event-log.ts';
import { failureOf } from './redis-failure.ts';
import { makeRedisRegistry, startServer } from './redis-fixture.ts';
import { RedisRegistry } from './redis-registry.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;

let redis: Awaited<ReturnType<typeof startServer>>;

beforeEach(async () => {
  redis = await startServer();
});

afterEach(async () => {
  await redis?.stop();
});

const everyCall = (registry: RedisRegistry): (() => Promise<unknown>)[] => [
  () => registry.renewLease(lease()),
  () => registry.dropLease('edge-1' as EdgeId, 'boot-1'),
  () => registry.edges(),
  () => registry.enterRoom(room, { edge: 'edge-1' as EdgeId, boot: 'b', region: 'eu', participants: 1 }),
  () => registry.leaveRoom(room, 'edge-1' as EdgeId, 'b'),
  () => registry.places(room),
  () => registry.createRoom(room, {}),
  () => registry.room(room),
  () => registry.rooms({ limit: 5 }),
  () => registry.deleteRoom(room),
  () => registry.claimSeat(request(room, ada)),
  () => registry.seatIsCurrent(room, ada, 'x', 0),
  () => registry.seat(room, ada),
  () => registry.dropSeat(room, ada, 'x'),
  () => registry.putMember(room, memberOf({ streamId: 1 as StreamId, generation: 0 }, ada)),
  () => registry.dropMember(room, 1 as StreamId, 'edge-1' as EdgeId, 0),
  () => registry.members(room, { limit: 5 }),
  () => registry.member(room, ada),
  () => registry.moderate(room, ada, { muted: true }),
  () => registry.moderation(room, ada),
  () => registry.sweep(),
];

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('while Redis is away', () => {
  it('every call is refused at once, nothing is queued, and all goes on when it is back', async () => {
    const { registry, events, clock } = await makeRedisRegistry(redis);
    await registry.createRoom(room, {});
    expect(registry.contactSinceMs).toBe(clock.now());
    const gone = new Promise((resolve) => redis.client.once('close', resolve));
    await redis.server.kill();
    await gone;
    expect(registry.contactSinceMs).toBeUndefined();

    const startMs = performance.now();
    const calls = [...everyCall(registry), () => events.read('one', 5), () => events.release('one')];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ name: 'RegistryError', code: 'unavailable' });
    }
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(registry.stats.unavailable).toBeGreaterThanOrEqual(everyCall(registry).length);

    await redis.server.restart();
    await until(async () => (await registry.room(room)) === undefined);
    expect(registry.contactSinceMs).toBe(clock.now());
    for (const call of everyCall(registry)) await call();
  });

  it('a Redis that hangs is waited for no longer than the time-out', async () => {
    const { prefix, clock } = await makeRedisRegistry(redis);
    const space = { prefix, region: 'eu', timeoutMs: 80 };
    const registry = new RedisRegistry(space, { redis: redis.client, clock });
    const events = new RedisEventLog(space, { redis: redis.client });
    await registry.createRoom(room, {});
    redis.server.freeze();
    try {
      const startMs = performance.now();
      const calls = [...everyCall(registry), () => events.read('one', 5)].map((call) => call());
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
      }
      expect(performance.now() - startMs).toBeLessThan(2_000);
      expect(registry.contactSinceMs).toBeUndefined();
    } finally {
      redis.server.thaw();
    }
    await until(async () => (await registry.edges()) !== undefined);
    expect(registry.contactSinceMs).toBe(clock.now());
  });

  it('a server that forgot the scripts is given them again', async () => {
    const { registry } = await makeRedisRegistry(redis);
    await registry.createRoom(room, { maxParticipants: 3 });
    await redis.server.command('SCRIPT', 'FLUSH');
    const [created, found] = await Promise.all([registry.createRoom(room, {}), registry.room(room)]);
    expect(created).toMatchObject({ ok: true, created: false });
    expect(found).toMatchObject({ maxParticipants: 3 });
  });

  it('a server without memory left is away for writing, and nothing is written by halves', async () => {
    const { registry } = await makeRedisRegistry(redis);
    await registry.createRoom(room, {});
    await redis.server.command('CONFIG', 'SET', 'maxmemory', '1mb');
    await expect(registry.claimSeat(request(room, ada))).rejects.toMatchObject({ code: 'unavailable' });
    await redis.server.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await registry.seat(room, ada)).toBeUndefined();
    expect((await registry.claimSeat(request(room, ada))).ok).toBe(true);
  });
});

describe('what failed', () => {
  const answer = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

  it('may pass, or is a mistake of ours that must be seen', () => {
    for (const message of [
      'LOADING Redis is loading',
      'CLUSTERDOWN no slot',
      'READONLY replica',
      'TRYAGAIN x',
    ]) {
      expect(failureOf(answer(message), 'eu')).toMatchObject({ code: 'unavailable' });
    }
    expect(failureOf(new Error('Connection is closed.'), 'eu')).toMatchObject({
      code: 'unavailable',
      message: 'The state of region eu cannot be reached now: Connection is closed.',
    });
    const mistake = answer('ERR user_script:3: attempt to index a nil value');
    expect(failureOf(mistake, 'eu')).toBe(mistake);
    const refusal = new RegistryError('too_many_edges', 'x');
    expect(failureOf(refusal, 'eu')).toBe(refusal);
  });
});
