import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registryContract } from '../contract.ts';
import { lease, memberOf, request } from '../contract-fixture.ts';
import { MemoryRegistry } from '../memory-registry.ts';
import { type Registry, RegistryError, type RoomPlace } from '../registry.ts';
import { RegionalRegistry } from './regional-registry.ts';
import { MemoryRoomRegions } from './room-regions.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const bob = 'bob' as Identity;
const REGIONS = ['eu', 'us', 'asia'] as const;
type Region = (typeof REGIONS)[number];
const edgeOf = (region: string): EdgeId => `edge-${region}` as EdgeId;

/** How a region treats those who ask from elsewhere. */
type Link = 'up' | 'failing' | 'hanging';

/** Three regions, each with a registry of its own, seen from each of them. */
const cluster = ({ control: withControl = true, timeoutMs = 20, maxRooms = 1_000 } = {}) => {
  let nowMs = 1_800_000_000_000;
  const clock = { now: () => nowMs };
  const control = new MemoryRoomRegions({ clock });
  const links = new Map<string, Link>();
  const asked: string[] = [];
  const cut = (region: Region, registry: MemoryRegistry): Registry =>
    new Proxy(registry, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          asked.push(`${region}.${String(name)}`);
          const link = links.get(region) ?? 'up';
          if (link === 'failing') return Promise.reject(new RegistryError('unavailable', 'cut off'));
          if (link === 'hanging') return new Promise(() => undefined);
          return value.apply(target, args) as unknown;
        };
      },
    });
  const memory = Object.fromEntries(
    REGIONS.map((region) => [region, new MemoryRegistry({ retentionMs: 1_200_000, maxRooms }, { clock })]),
  ) as Record<Region, MemoryRegistry>;
  const seen = Object.fromEntries(
    REGIONS.map((region) => [
      region,
      new RegionalRegistry(
        { region, timeoutMs, retentionMs: 1_200_000 },
        {
          own: memory[region],
          others: new Map(REGIONS.map((name) => [name, () => cut(name, memory[name])])),
          ...(withControl && { control }),
          clock,
        },
      ),
    ]),
  ) as Record<Region, RegionalRegistry>;
  const advance = async (milliseconds: number): Promise<void> => {
    nowMs += milliseconds;
  };
  /** Every region has one edge that is alive. */
  const renew = async (): Promise<void> => {
    for (const region of REGIONS) await seen[region].renewLease(lease({ edge: edgeOf(region), region }));
  };
  const place = (region: Region, participants = 1): RoomPlace => ({
    edge: edgeOf(region),
    boot: 'boot-1',
    region,
    participants,
  });
  const claim = (from: Region, to: Region, identity: Identity, more = {}) =>
    seen[from].claimSeat(request(room, identity, { edge: edgeOf(to), ...more }));
  const now = (): number => nowMs;
  return { seen, memory, control, links, asked, advance, renew, place, claim, now };
};

for (const control of [true, false]) {
  registryContract(`regional, three regions, ${control ? 'with' : 'without'} a control state`, async () => {
    const { seen, advance } = cluster({ control, maxRooms: 5 });
    return { registry: seen.eu, advance, retentionMs: 1_200_000, maxRooms: 5 };
  });
}

describe('RegionalRegistry', () => {
  describe('edges and places', () => {
    it('are those of all regions', async () => {
      const c = cluster();
      await c.renew();
      expect((await c.seen.us.edges()).map(({ edge }) => edge)).toEqual(['edge-asia', 'edge-eu', 'edge-us']);
      expect(await c.seen.eu.enterRoom(room, c.place('eu'))).toEqual({ places: [], complete: true });
      expect(await c.seen.us.enterRoom(room, c.place('us', 3))).toEqual({
        places: [c.place('eu')],
        complete: true,
      });
      expect(await c.seen.asia.places(room)).toEqual({
        places: [c.place('eu'), c.place('us', 3)],
        complete: true,
      });
      await c.seen.eu.leaveRoom(room, edgeOf('eu'), 'boot-1');
      expect((await c.seen.asia.places(room)).places).toEqual([c.place('us', 3)]);
    });

    it('of a region that fails or hangs are left out, and said to be, within the time-out', async () => {
      const c = cluster();
      await c.renew();
      for (const region of REGIONS) await c.seen[region].enterRoom(room, c.place(region));
      for (const link of ['failing', 'hanging'] as const) {
        c.links.set('us', link);
        await c.advance(4_000);
        await c.renew();
        const startedAtMs = performance.now();
        expect(await c.seen.eu.places(room)).toEqual({
          places: [c.place('asia'), c.place('eu')],
          complete: false,
        });
        expect((await c.seen.eu.edges()).map(({ edge }) => edge)).toEqual(['edge-asia', 'edge-eu']);
        expect(performance.now() - startedAtMs).toBeLessThan(500);
      }
    });

    it('are not asked of a region again for a second after it failed', async () => {
      const c = cluster({ control: false });
      c.links.set('us', 'failing');
      await c.seen.eu.places(room);
      const before = c.asked.filter((one) => one.startsWith('us')).length;
      for (let count = 0; count < 5; count++) await c.seen.eu.places(room);
      expect(c.asked.filter((one) => one.startsWith('us'))).toHaveLength(before);
      c.links.set('us', 'up');
      await c.advance(1_000);
      expect(await c.seen.eu.places(room)).toMatchObject({ complete: true });
      expect(c.seen.eu.remotes.get('us')?.stats).toMatchObject({ failed: 1, rested: 5 });
    });

    it('of regions that do not have the room are not asked for', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.enterRoom(room, c.place('eu'));
      await c.seen.us.enterRoom(room, c.place('us'));
      c.asked.length = 0;
      await c.seen.eu.places(room);
      expect(c.asked).toEqual(['us.places']);
    });

    it('find each other when two edges enter at once, in any interleaving', async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, withControl) => {
          const c = cluster({ control: withControl, timeoutMs: 10_000 });
          await c.renew();
          for (const region of REGIONS) {
            const { memory } = c;
            for (const name of ['enterRoom', 'places'] as const) {
              memory[region][name] = scheduler.scheduleFunction(
                memory[region][name].bind(memory[region]) as never,
              ) as never;
            }
          }
          c.control.add = scheduler.scheduleFunction(c.control.add.bind(c.control));
          c.control.regions = scheduler.scheduleFunction(c.control.regions.bind(c.control));
          const entered = Promise.all([
            c.seen.eu.enterRoom(room, c.place('eu')),
            c.seen.us.enterRoom(room, c.place('us')),
          ]);
          await scheduler.waitFor(entered);
          const [eu, us] = await entered;
          expect(eu.places.length + us.places.length).toBeGreaterThanOrEqual(1);
        }),
        { numRuns: 100 },
      );
    });

    it('are found again after the control state was lost', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.enterRoom(room, c.place('eu'));
      await c.seen.us.enterRoom(room, c.place('us'));
      c.control.lose();
      expect((await c.seen.eu.places(room)).places).toHaveLength(2);
      for (let second = 0; second < 12; second++) {
        await c.advance(1_000);
        await c.renew();
        expect((await c.seen.eu.places(room)).places).toHaveLength(2);
      }
      expect([...(await c.control.regions(room))!].sort()).toEqual(['eu', 'us']);
    });

    it('are found while the control state cannot be reached', async () => {
      const c = cluster();
      await c.renew();
      const away = (): Promise<never> => Promise.reject(new Error('away'));
      Object.assign(c.control, { regions: away, add: away, incarnation: away });
      await c.seen.eu.enterRoom(room, c.place('eu'));
      expect(await c.seen.us.enterRoom(room, c.place('us'))).toEqual({
        places: [c.place('eu')],
        complete: true,
      });
    });
  });

  describe('joining', () => {
    it('goes to the region of the edge, whoever asks', async () => {
      const c = cluster();
      await c.renew();
      expect(await c.claim('eu', 'us', ada)).toMatchObject({ ok: true, generation: 0 });
      expect(await c.memory.us.seat(room, ada)).toBeDefined();
      expect(await c.memory.eu.seat(room, ada)).toBeUndefined();
      expect(await c.memory.eu.room(room)).toBeUndefined();
    });

    it('keeps a session that goes to another region, one generation up', async () => {
      const c = cluster();
      await c.renew();
      const first = await c.claim('eu', 'eu', ada);
      if (!first.ok) throw new Error(first.reason);
      const { streamId, resumeId } = first;
      const second = await c.claim('asia', 'us', ada, { resumeId });
      expect(second).toMatchObject({ ok: true, streamId, resumeId, generation: 1 });
      expect(second).not.toHaveProperty('replaced');
      expect(await c.memory.eu.seat(room, ada)).toBeUndefined();
      for (const region of REGIONS) {
        expect(await c.seen[region].seatIsCurrent(room, ada, resumeId, 0)).toBe(false);
        expect(await c.seen[region].seatIsCurrent(room, ada, resumeId, 1)).toBe(true);
        expect(await c.seen[region].seatIsCurrent(room, bob, resumeId, 1)).toBe(false);
      }
      const resumed = { streamId, generation: 5 };
      const third = await c.claim('us', 'eu', ada, { resumeId, resumed });
      expect(third).toMatchObject({ ok: true, streamId, generation: 6 });
    });

    it('replaces a session in another region, which is told where it was', async () => {
      const c = cluster();
      await c.renew();
      const old = await c.claim('eu', 'eu', ada);
      if (!old.ok) throw new Error(old.reason);
      const anew = await c.claim('eu', 'us', ada);
      expect(anew).toMatchObject({
        ok: true,
        generation: 0,
        replaced: { streamId: old.streamId, edge: 'edge-eu' },
      });
      for (const region of REGIONS) {
        expect(await c.seen[region].seatIsCurrent(room, ada, old.resumeId, 9)).toBe(false);
      }
      const resumed = { streamId: old.streamId, generation: 0 };
      for (const to of ['eu', 'us', 'asia'] as const) {
        expect(await c.claim('eu', to, ada, { resumeId: old.resumeId, resumed })).toEqual({
          ok: false,
          reason: 'replaced',
        });
      }
    });

    it('counts the people of all regions, and takes the settings along', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.createRoom(room, { maxParticipants: 2, metadata: 'm' });
      for (const [region, identity] of [
        ['eu', ada],
        ['us', bob],
      ] as const) {
        const seat = await c.claim('asia', region, identity);
        if (!seat.ok) throw new Error(seat.reason);
        await c.seen[region].putMember(room, memberOf(seat, identity, { edge: edgeOf(region) }));
      }
      expect(await c.memory.us.room(room)).toMatchObject({ maxParticipants: 2, metadata: 'm' });
      for (const to of REGIONS) {
        expect(await c.claim('eu', to, 'eve' as Identity)).toEqual({ ok: false, reason: 'room_full' });
      }
      expect(await c.claim('eu', 'asia', bob)).toMatchObject({ ok: true });
      expect(await c.seen.asia.room(room)).toMatchObject({ participants: 2, publishers: 2, metadata: 'm' });
    });

    it('is possible while another region of the room does not answer, not to an edge in it', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.edges();
      await c.claim('eu', 'us', bob);
      c.links.set('us', 'failing');
      expect(await c.claim('eu', 'eu', ada)).toMatchObject({ ok: true });
      await expect(c.claim('eu', 'us', ada)).rejects.toMatchObject({ code: 'unavailable' });
    });

    it('never leaves an identity with seats of two sessions, in any order of joins', async () => {
      const step = fc.record({
        identity: fc.constantFrom('a', 'b', 'c'),
        from: fc.constantFrom(...REGIONS),
        to: fc.constantFrom(...REGIONS),
        resume: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const c = cluster();
          await c.renew();
          const seats = new Map<string, { streamId: number; resumeId: string; generation: number }>();
          for (const { identity, from, to, resume } of steps) {
            const who = identity as Identity;
            const old = seats.get(identity);
            const result = await c.claim(from, to, who, resume && old ? { resumeId: old.resumeId } : {});
            if (!result.ok) throw new Error(result.reason);
            if (resume && old) {
              expect(result).toMatchObject({ streamId: old.streamId, generation: old.generation + 1 });
            } else if (old) expect(result.replaced?.streamId).toBe(old.streamId);
            seats.set(identity, result);
          }
          for (const [identity, { resumeId, generation }] of seats) {
            const held = await Promise.all(
              REGIONS.map((one) => c.memory[one].seat(room, identity as Identity)),
            );
            expect(held.filter((seat) => seat !== undefined)).toHaveLength(1);
            for (const region of REGIONS) {
              const { seatIsCurrent } = c.seen[region];
              const check = seatIsCurrent.bind(c.seen[region]);
              expect(await check(room, identity as Identity, resumeId, generation)).toBe(true);
            }
          }
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('rooms and members', () => {
    it('are put together, page by page', async () => {
      const c = cluster();
      await c.renew();
      for (const [region, name] of [
        ['eu', 'a'],
        ['us', 'b'],
        ['us', 'a'],
        ['asia', 'c'],
      ] as const) {
        await c.memory[region].createRoom(name as RoomId, {});
      }
      const first = await c.seen.asia.rooms({ limit: 2 });
      expect(first.map((record) => record.room)).toEqual(['a', 'b']);
      expect((await c.seen.asia.rooms({ after: 'b', limit: 2 })).map((one) => one.room)).toEqual(['c']);

      for (const [region, streamId, generation] of [
        ['eu', 1, 0],
        ['us', 2, 1],
        ['eu', 2, 0],
        ['asia', 3, 0],
      ] as const) {
        await c.seen[region].enterRoom(room, c.place(region));
        const who = `p${streamId}` as Identity;
        await c.seen[region].putMember(
          room,
          memberOf({ streamId: streamId as never, generation }, who, { edge: edgeOf(region) }),
        );
      }
      const page = await c.seen.eu.members(room, { limit: 2 });
      expect(page.map(({ streamId, edge }) => [streamId, edge])).toEqual([
        [1, 'edge-eu'],
        [2, 'edge-us'],
      ]);
      expect(await c.seen.eu.members(room, { after: '2', limit: 2 })).toMatchObject([{ streamId: 3 }]);
      expect(await c.seen.asia.member(room, 'p2' as Identity)).toMatchObject({ edge: 'edge-us' });
      expect(await c.seen.asia.member(room, 'p9' as Identity)).toBeUndefined();
    });

    it('are created with one set of settings, and deleted, everywhere', async () => {
      const c = cluster();
      expect(await c.seen.eu.createRoom(room, { maxParticipants: 7 })).toMatchObject({ created: true });
      expect(await c.seen.us.createRoom(room, { maxParticipants: 8 })).toMatchObject({
        ok: false,
        reason: 'different_settings',
        room: { maxParticipants: 7 },
      });
      expect(await c.seen.us.createRoom(room, {})).toMatchObject({
        ok: true,
        created: false,
        room: { maxParticipants: 7 },
      });
      expect(await c.memory.us.room(room)).toMatchObject({ maxParticipants: 7 });
      expect(await c.seen.asia.deleteRoom(room)).toBe(true);
      for (const region of REGIONS) expect(await c.memory[region].room(room)).toBeUndefined();
      expect(await c.seen.asia.deleteRoom(room)).toBe(false);
    });
  });

  describe('moderation', () => {
    it('reaches every region, so that a removed participant comes back by no edge', async () => {
      const c = cluster();
      await c.renew();
      const seat = await c.claim('eu', 'eu', ada);
      if (!seat.ok) throw new Error(seat.reason);
      const removedUntil = c.now() + 600_000;
      const state = await c.seen.asia.moderate(room, ada, { removedUntil });
      expect(state).toEqual({ muted: false, removedUntil, selection: 'auto' });
      for (const from of REGIONS) {
        for (const to of REGIONS) {
          const { streamId, resumeId } = seat;
          const resumed = { streamId, generation: 0 };
          const result = await c.claim(from, to, ada, { resumeId, resumed });
          expect(result).toEqual({ ok: false, reason: 'removed', until: removedUntil });
        }
        expect(await c.seen[from].seatIsCurrent(room, ada, seat.resumeId, 1)).toBe(false);
        expect(await c.seen[from].moderation(room, ada)).toMatchObject({ removedUntil });
      }
    });

    it('is offered again to a region that did not take it, later changes included', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.edges();
      c.links.set('us', 'failing');
      const removedUntil = c.now() + 600_000;
      expect(await c.seen.eu.moderate(room, ada, { removedUntil, muted: true })).toMatchObject({
        removedUntil,
        pendingRegions: ['us'],
      });
      expect(await c.claim('eu', 'us', ada)).toMatchObject({ reason: 'removed' });
      await c.seen.eu.moderate(room, ada, { muted: false });
      await c.advance(1_000);
      await c.seen.eu.retries.retry();
      expect(await c.memory.us.moderation(room, ada)).toMatchObject({ removedUntil: 0 });
      c.links.set('us', 'up');
      await c.advance(1_000);
      await c.seen.eu.retries.retry();
      expect(await c.memory.us.moderation(room, ada)).toMatchObject({ removedUntil, muted: false });
      expect(c.seen.eu.retries).toMatchObject({ size: 0, stats: { delivered: 1 } });
      c.seen.eu.stop();
    });

    it('that is overtaken by a later one does not come back', async () => {
      const c = cluster();
      c.links.set('us', 'failing');
      await c.seen.eu.moderate(room, ada, { muted: true });
      c.links.set('us', 'up');
      await c.advance(1_000);
      await c.seen.eu.moderate(room, ada, { muted: false });
      await c.seen.eu.retries.retry();
      expect(await c.memory.us.moderation(room, ada)).toMatchObject({ muted: false });
      expect(c.seen.eu.retries.size).toBe(0);
      c.seen.eu.stop();
    });

    it('is given up once no ticket lives that it could matter to', async () => {
      const c = cluster();
      c.links.set('us', 'failing');
      await c.seen.eu.moderate(room, ada, { muted: true });
      await c.advance(1_200_001);
      await c.seen.eu.retries.retry();
      expect(c.seen.eu.retries).toMatchObject({ size: 0, stats: { expired: 1 } });
      c.seen.eu.stop();
    });
  });
});
