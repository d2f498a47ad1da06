import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memberOf, request } from '../contract-fixture.ts';
import { ada, bob, cluster, edgeOf, REGIONS, room } from './regional-fixture.ts';

describe('RegionalRegistry', () => {
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

    it('lets the later of two joins stay that raced in two regions, whoever looks', async () => {
      for (const looks of [['eu'], ['us'], ['eu', 'us', 'asia']] as const) {
        const c = cluster();
        await c.renew();
        // As with an answer of the control state that is a second old: neither region knows of the other's seat.
        const first = await c.memory.eu.claimSeat(request(room, ada, { edge: edgeOf('eu') }));
        await c.advance(1);
        const second = await c.memory.us.claimSeat(request(room, ada, { edge: edgeOf('us') }));
        if (!first.ok || !second.ok) throw new Error('no seat');
        const settled = await Promise.all(looks.map((region) => c.seen[region].settleSeats(room, ada)));
        expect(settled[0]).toMatchObject({
          stays: { resumeId: second.resumeId },
          gaveWay: [{ streamId: first.streamId, edge: edgeOf('eu') }],
        });
        expect(await c.memory.eu.seat(room, ada)).toBeUndefined();
        expect(await c.memory.us.seat(room, ada)).toMatchObject({ resumeId: second.resumeId });
        expect(await c.seen.eu.settleSeats(room, ada)).toEqual({ complete: true, gaveWay: [] });
      }
    });

    it('that comes after such a race leaves the session that it does not replace to be told by settling', async () => {
      const c = cluster({ control: false });
      await c.renew();
      const first = await c.memory.eu.claimSeat(request(room, ada, { edge: edgeOf('eu') }));
      await c.advance(1);
      const second = await c.memory.us.claimSeat(request(room, ada, { edge: edgeOf('us') }));
      const third = await c.claim('eu', 'eu', ada);
      if (!first.ok || !second.ok || !third.ok) throw new Error('no seat');
      expect(third.replaced?.streamId).toBe(first.streamId);
      expect(await c.seen.eu.settleSeats(room, ada)).toMatchObject({
        stays: { resumeId: third.resumeId },
        gaveWay: [{ streamId: second.streamId, edge: edgeOf('us') }],
      });
      expect(await c.memory.us.seat(room, ada)).toBeUndefined();
      expect(await c.memory.eu.seat(room, ada)).toMatchObject({ resumeId: third.resumeId });
    });

    it('names the edge on which the older session is by now', async () => {
      const c = cluster();
      await c.renew();
      const first = await c.memory.eu.claimSeat(request(room, ada, { edge: edgeOf('eu') }));
      if (!first.ok) throw new Error(first.reason);
      const fallback = 'edge-eu-2' as EdgeId;
      await c.memory.eu.putMember(room, memberOf(first, ada, { edge: fallback }));
      await c.advance(1);
      await c.memory.us.claimSeat(request(room, ada, { edge: edgeOf('us') }));
      const settled = await c.seen.us.settleSeats(room, ada);
      expect(settled.gaveWay).toEqual([{ streamId: first.streamId, edge: fallback }]);
    });

    it('takes a join for the later one that knew of the other, whatever clocks say', async () => {
      const c = cluster();
      await c.renew();
      const first = await c.claim('eu', 'eu', ada);
      await c.advance(-5_000);
      const second = await c.claim('us', 'us', ada);
      if (!first.ok || !second.ok) throw new Error('no seat');
      const seat = await c.memory.us.seat(room, ada);
      expect(seat?.claimedAt).toBeGreaterThan(c.now() + 5_000);
      const third = await c.claim('us', 'us', ada);
      if (!third.ok) throw new Error(third.reason);
      expect((await c.memory.us.seat(room, ada))?.claimedAt).toBeGreaterThan(seat!.claimedAt);
    });

    it('says when a region has not answered, and settles what the others have', async () => {
      const c = cluster();
      await c.renew();
      const first = await c.memory.eu.claimSeat(request(room, ada, { edge: edgeOf('eu') }));
      if (!first.ok) throw new Error(first.reason);
      c.links.set('asia', 'failing');
      expect(await c.seen.eu.settleSeats(room, ada)).toEqual({ complete: false, gaveWay: [] });
      await c.advance(2_000);
      await c.memory.us.claimSeat(request(room, ada, { edge: edgeOf('us') }));
      expect(await c.seen.eu.settleSeats(room, ada)).toMatchObject({
        complete: false,
        gaveWay: [{ streamId: first.streamId }],
      });
      expect(await c.memory.eu.seat(room, ada)).toBeUndefined();
      expect(await c.memory.us.seat(room, ada)).toBeDefined();
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

    it('lets one of several creations win that race in several regions', async () => {
      for (const withControl of [true, false]) {
        for (const askedDirectly of [0, 4]) {
          const c = cluster({ control: withControl, askedDirectly });
          await c.renew();
          const answers = await Promise.all(
            REGIONS.map((region, i) => c.seen[region].createRoom(room, { maxParticipants: 10 + i })),
          );
          const shown = await Promise.all(REGIONS.map((region) => c.seen[region].room(room)));
          const [limit, ...others] = new Set(shown.map((record) => record?.maxParticipants));
          expect(others).toEqual([]);
          expect(answers.filter(({ ok }) => ok)).toMatchObject([{ room: { maxParticipants: limit } }]);
          for (const answer of answers) {
            if (!answer.ok)
              expect(answer).toMatchObject({
                reason: 'different_settings',
                room: { maxParticipants: limit },
              });
          }
        }
      }
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
});
