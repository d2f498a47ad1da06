import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { claimed, EDGE, lease, memberOf, type RegistryFixture, request } from './contract-fixture.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const bob = 'bob' as Identity;

/** Who is connected where. */
export const memberContract = (make: () => Promise<RegistryFixture>): void => {
  describe('members', () => {
    it('are listed by stream id, page by page, and counted by what they may do', async () => {
      const { registry } = await make();
      for (const streamId of [30, 4, 200] as StreamId[]) {
        const who = `p${streamId}` as Identity;
        const seat = { streamId, generation: 0 };
        await registry.putMember(room, memberOf(seat, who, { publisher: streamId !== 30 }));
      }
      const ids = async (page: { after?: string; limit: number }) =>
        (await registry.members(room, page)).map(({ streamId }) => streamId);
      expect(await ids({ limit: 2 })).toEqual([4, 30]);
      expect(await ids({ after: '30', limit: 2 })).toEqual([200]);
      expect(await registry.room(room)).toMatchObject({ participants: 3, publishers: 2 });
    });

    it('who only listen go as others do', async () => {
      const { registry } = await make();
      const { streamId } = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf({ streamId, generation: 0 }, ada, { publisher: false }));
      expect(await registry.room(room)).toMatchObject({ participants: 1, publishers: 0 });
      await registry.dropMember(room, streamId, EDGE, 0);
      expect(await registry.room(room)).toMatchObject({ participants: 0, publishers: 0 });
    });

    it('of an older generation change nothing', async () => {
      const { registry } = await make();
      const { streamId } = await claimed(registry, room, ada);
      await registry.putMember(
        room,
        memberOf({ streamId, generation: 2 }, ada, { edge: 'edge-2' as EdgeId }),
      );
      await registry.putMember(room, memberOf({ streamId, generation: 1 }, ada));
      expect(await registry.member(room, ada)).toMatchObject({ generation: 2, edge: 'edge-2' });
      await registry.dropMember(room, streamId, EDGE, 2);
      await registry.dropMember(room, streamId, 'edge-2' as EdgeId, 1);
      expect(await registry.member(room, ada)).toMatchObject({ generation: 2 });
      await registry.dropMember(room, streamId, 'edge-2' as EdgeId, 2);
      expect(await registry.member(room, ada)).toBeUndefined();
    });

    it('are found by identity on their newest seat', async () => {
      const { registry } = await make();
      const old = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(old, ada));
      const anew = await claimed(registry, room, ada);
      expect(await registry.member(room, ada)).toBeUndefined();
      await registry.putMember(room, memberOf(anew, ada));
      await registry.putMember(room, memberOf(old, ada));
      expect(await registry.member(room, ada)).toMatchObject({ streamId: anew.streamId });
      expect(await registry.member(room, bob)).toBeUndefined();
    });

    it('of a dead edge are forgotten after a while, of a living one never', async () => {
      const { registry, advance } = await make();
      const here = await claimed(registry, room, ada);
      const gone = await claimed(registry, room, bob);
      await registry.renewLease(lease());
      await registry.renewLease(lease({ edge: 'edge-2' as EdgeId }));
      await registry.putMember(room, memberOf(here, ada));
      await registry.putMember(room, memberOf(gone, bob, { edge: 'edge-2' as EdgeId }));
      for (let second = 0; second < 20; second++) {
        await advance(1_000);
        await registry.renewLease(lease());
      }
      expect(await registry.member(room, ada)).toBeDefined();
      expect(await registry.member(room, bob)).toBeUndefined();
    });
  });
};

/** What moderators have decided. */
export const moderationContract = (make: () => Promise<RegistryFixture>): void => {
  describe('moderation', () => {
    it('is nothing at first, and changes field by field', async () => {
      const { registry } = await make();
      expect(await registry.moderation(room, ada)).toEqual({
        muted: false,
        removedUntil: 0,
        selection: 'auto',
      });
      await registry.moderate(room, ada, { muted: true });
      const state = await registry.moderate(room, ada, { selection: 'pinned' });
      expect(state).toEqual({ muted: true, removedUntil: 0, selection: 'pinned' });
      state.muted = false;
      expect(await registry.moderation(room, ada)).toMatchObject({ muted: true });
      expect(await registry.moderation(room, bob)).toMatchObject({ muted: false });
    });

    it('keeps a removed identity out until its time, a resume and a room that emptied included', async () => {
      const { registry, advance } = await make();
      const start = await claimed(registry, room, bob);
      await registry.createRoom('clock' as RoomId, {});
      const nowMs = (await registry.room('clock' as RoomId))!.createdAt;
      const { resumeId, generation } = await claimed(registry, room, ada);
      await registry.moderate(room, ada, { removedUntil: nowMs + 4_000_000 });
      expect(await registry.seatIsCurrent(room, ada, resumeId, generation)).toBe(false);
      expect(await registry.seatIsCurrent(room, bob, start.resumeId, 0)).toBe(true);
      for (const wait of [0, 1_000_000, 2_999_000]) {
        await advance(wait);
        expect(await registry.claimSeat(request(room, ada, { resumeId }))).toEqual({
          ok: false,
          reason: 'removed',
          until: nowMs + 4_000_000,
        });
      }
      await advance(2_000);
      expect((await registry.claimSeat(request(room, ada))).ok).toBe(true);
    });

    it('is walked through as far as it holds, that of rooms nobody is in included', async () => {
      const { registry, advance, maxRooms } = await make();
      await registry.createRoom('clock' as RoomId, {});
      const nowMs = (await registry.room('clock' as RoomId))!.createdAt;
      const rooms = Array.from({ length: maxRooms - 1 }, (_, index) => `room-${index}` as RoomId);
      const odd = 'a\tb\n:"名' as Identity;
      for (const name of rooms) await registry.moderate(name, odd, { muted: true });
      await claimed(registry, room, ada);
      await registry.moderate(room, ada, { selection: 'pinned', removedUntil: nowMs + 5_000 });
      await registry.moderate(room, bob, { removedUntil: nowMs + 5_000 });
      const walk = async (): Promise<string[]> => {
        const found = new Set<string>();
        let after: string | undefined;
        do {
          const { entries, next } = await registry.moderations(after);
          for (const entry of entries) found.add(JSON.stringify([entry.room, entry.identity, entry.state]));
          after = next;
        } while (after !== undefined);
        return [...found].sort();
      };
      const muted = { muted: true, removedUntil: 0, selection: 'auto' };
      const ofAda = { muted: false, removedUntil: nowMs + 5_000, selection: 'pinned' };
      const all = rooms.map((name) => JSON.stringify([name, odd, muted]));
      all.push(JSON.stringify([room, ada, ofAda]));
      expect(await walk()).toEqual(
        [...all, JSON.stringify([room, bob, { ...ofAda, selection: 'auto' }])].sort(),
      );
      await advance(6_000);
      expect(await walk()).toEqual(all.sort());
    });

    it('outlives a reconnect for as long as a ticket lives', async () => {
      const { registry, advance, retentionMs } = await make();
      const seat = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(seat, ada));
      await registry.moderate(room, ada, { muted: true, selection: 'excluded' });
      for (let elapsedMs = 0; elapsedMs < 2 * retentionMs; elapsedMs += 4_000) {
        await advance(4_000);
        await registry.renewLease(lease());
      }
      await registry.dropMember(room, seat.streamId, EDGE, 0);
      await advance(retentionMs - 2_000);
      expect(await registry.moderation(room, ada)).toMatchObject({ muted: true, selection: 'excluded' });
      await advance(4_000);
      expect(await registry.moderation(room, ada)).toMatchObject({ muted: false, selection: 'auto' });
    });
  });
};
