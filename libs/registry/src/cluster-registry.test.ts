import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { parseRedisUrl, type RedisTarget } from '@partyline/redis';
import { RedisServer } from '@partyline/redis/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ClusterRegistry } from './cluster-registry.ts';
import { lease, memberOf, request } from './contract-fixture.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const REGIONS = ['eu', 'us'] as const;
type Region = (typeof REGIONS)[number];
const edgeOf = (region: string): EdgeId => `edge-${region}` as EdgeId;

const targetOf = (server: RedisServer): RedisTarget => {
  const result = parseRedisUrl(server.url);
  if (!result.ok) throw new Error(result.problem);
  return result.target;
};

const until = async (isDone: () => Promise<boolean>, what: string): Promise<void> => {
  const endsAtMs = performance.now() + 10_000;
  while (!(await isDone().catch(() => false))) {
    if (performance.now() > endsAtMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Two regions, each with a real Redis, and a third one for control. */
describe('ClusterRegistry', () => {
  let servers: Record<Region | 'control', RedisServer>;
  let clusters: Record<Region, ClusterRegistry>;
  let prefix = 0;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

  beforeAll(async () => {
    const [eu, us, control] = await Promise.all([
      RedisServer.start(),
      RedisServer.start(),
      RedisServer.start(),
    ]);
    servers = { eu, us, control };
  });
  afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));
  beforeEach(async () => {
    prefix += 1;
    const others = new Map(REGIONS.map((region) => [region, targetOf(servers[region])]));
    const make = (region: Region): ClusterRegistry =>
      new ClusterRegistry(
        {
          region,
          name: `test-${region}`,
          prefix: `test-${prefix}`,
          limits: {},
          own: targetOf(servers[region]),
          others,
          control: targetOf(servers.control),
        },
        { log, clock: { now: Date.now } },
      );
    clusters = { eu: make('eu'), us: make('us') };
    for (const cluster of Object.values(clusters)) await cluster.start();
  });
  afterEach(() => {
    for (const cluster of Object.values(clusters)) cluster.stop();
  });

  const renew = async (): Promise<void> => {
    for (const region of REGIONS) {
      await clusters[region].registry.renewLease(lease({ edge: edgeOf(region), region }));
    }
  };
  const place = (region: Region) => ({ edge: edgeOf(region), boot: 'boot-1', region, participants: 1 });

  it('connects to every region, and keeps each region its own', async () => {
    await renew();
    await until(async () => (await clusters.eu.registry.edges()).length === 2, 'both edges');
    expect([...clusters.eu.clients.keys()].sort()).toEqual(['control', 'eu', 'us']);
    expect(await clusters.eu.own.edges()).toHaveLength(1);
  });

  it('lets edges of two regions find each other, and a session go from one to the other', async () => {
    await renew();
    await until(async () => (await clusters.eu.registry.edges()).length === 2, 'both edges');
    await clusters.eu.registry.enterRoom(room, place('eu'));
    const { places, complete } = await clusters.us.registry.enterRoom(room, place('us'));
    expect([places, complete]).toEqual([[place('eu')], true]);

    const first = await clusters.eu.registry.claimSeat(request(room, ada, { edge: edgeOf('eu') }));
    if (!first.ok) throw new Error(first.reason);
    await clusters.eu.registry.putMember(room, memberOf(first, ada, { edge: edgeOf('eu') }));
    const { streamId, resumeId } = first;
    const second = await clusters.eu.registry.claimSeat(request(room, ada, { edge: edgeOf('us'), resumeId }));
    expect(second).toMatchObject({ ok: true, streamId, resumeId, generation: 1 });
    await until(async () => (await clusters.eu.own.seat(room, ada)) === undefined, 'the former seat to go');
    expect(await clusters.us.own.seat(room, ada)).toMatchObject({ streamId, generation: 1 });
    expect(await clusters.eu.registry.seatIsCurrent(room, ada, resumeId, 1)).toBe(true);
  });

  it('goes on in its own region while the control state is away, and finds everything when that comes back empty', async () => {
    await renew();
    await until(async () => (await clusters.eu.registry.edges()).length === 2, 'both edges');
    await clusters.eu.registry.enterRoom(room, place('eu'));
    const { port } = servers.control;
    await servers.control.stop();
    expect(await clusters.us.registry.enterRoom(room, place('us'))).toMatchObject({ places: [place('eu')] });
    expect((await clusters.eu.registry.places(room)).places).toHaveLength(2);
    servers.control = await RedisServer.start({ port });
    await until(async () => {
      await renew();
      return clusters.eu.clients.get('control')!.up && clusters.us.clients.get('control')!.up;
    }, 'the connections to control');
    expect((await clusters.eu.registry.places(room)).places).toHaveLength(2);
    await until(async () => {
      await renew();
      const client = clusters.eu.clients.get('control')!.redis;
      return (await client.zcard(`test-${prefix}:{${room}}:regions`)) === 2;
    }, 'the entries to be said again');
  });

  it('leaves out a region that is away, says so, and asks it again after a second', async () => {
    await renew();
    await until(async () => (await clusters.eu.registry.edges()).length === 2, 'both edges');
    for (const region of REGIONS) await clusters[region].registry.enterRoom(room, place(region));
    const { port } = servers.us;
    await servers.us.stop();
    const startedAtMs = performance.now();
    expect(await clusters.eu.registry.places(room)).toMatchObject({ places: [place('eu')], complete: false });
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    await expect(clusters.us.registry.places(room)).rejects.toMatchObject({ code: 'unavailable' });
    const removedUntil = Date.now() + 60_000;
    expect(await clusters.eu.registry.moderate(room, ada, { removedUntil })).toMatchObject({
      pendingRegions: ['us'],
    });
    servers.us = await RedisServer.start({ port });
    await until(async () => (await clusters.eu.registry.places(room)).complete, 'the region');
    await until(
      async () => (await clusters.us.own.moderation(room, ada)).removedUntil === removedUntil,
      'the moderation to be offered again',
    );
    // The other region has it before the answer is back.
    const { retries } = clusters.eu.registry;
    await until(() => Promise.resolve(retries.size === 0), 'its answer');
    expect(retries.stats).toMatchObject({ delivered: 1 });
  });

  it('brings moderation back that the own Redis has lost, and lets nobody in meanwhile who was removed', async () => {
    await renew();
    await until(async () => (await clusters.eu.registry.edges()).length === 2, 'both edges');
    const { eu } = clusters;
    const removedUntil = Date.now() + 60_000;
    await eu.registry.createRoom(room, {});
    await until(
      async () => (await eu.registry.moderate(room, ada, { removedUntil })).pendingRegions === undefined,
      'both regions',
    );
    const { port } = servers.eu;
    await servers.eu.stop();
    servers.eu = await RedisServer.start({ port });
    const seat = request(room, ada, { edge: edgeOf('eu') });
    await until(async () => (await eu.registry.claimSeat(seat)).ok === false, 'an answer');
    expect(await eu.own.moderation(room, ada)).toMatchObject({ removedUntil: 0 });
    await until(async () => {
      await eu.sweep();
      return (await eu.own.moderation(room, ada)).removedUntil === removedUntil;
    }, 'the removal');
    expect(eu.registry.repair.stats).toMatchObject({ restored: 1 });
  });
});
