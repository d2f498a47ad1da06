import type { Identity, RoomId } from '@partyline/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimed, EDGE, memberOf, type RegistryFixture, request } from './contract-fixture.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const bob = 'bob' as Identity;

/** Seats: who gets in, under which numbers, and who is too many. */
export const joiningContract = (make: () => Promise<RegistryFixture>): void => {
  describe('joining', () => {
    it('creates the room on the fly and hands out new ids', async () => {
      const { registry } = await make();
      const first = await claimed(registry, room, ada);
      const second = await claimed(registry, room, bob);
      expect(first).toMatchObject({ ok: true, generation: 0, room: { room, participants: 0 } });
      expect(first.streamId).not.toBe(second.streamId);
      expect(first.resumeId).not.toBe(second.resumeId);
      expect(await registry.room(room)).toMatchObject({ room });
    });

    it('keeps stream id and resume id for a known resume id, one generation up', async () => {
      const { registry } = await make();
      const { streamId, resumeId } = await claimed(registry, room, ada);
      for (const generation of [1, 2, 3]) {
        expect(await registry.claimSeat(request(room, ada, { resumeId }))).toMatchObject({
          ok: true,
          streamId,
          resumeId,
          generation,
        });
      }
      expect(await registry.seatIsCurrent(room, ada, resumeId, 2)).toBe(false);
      expect(await registry.seatIsCurrent(room, ada, resumeId, 3)).toBe(true);
    });

    it('replaces the older session when the same identity comes with another resume id, or none', async () => {
      const { registry } = await make();
      const old = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(old, ada));
      const anew = await registry.claimSeat(request(room, ada, { resumeId: 'other' }));
      expect(anew).toMatchObject({
        ok: true,
        generation: 0,
        replaced: { streamId: old.streamId, edge: EDGE },
      });
      expect(anew.ok && anew.resumeId).not.toBe(old.resumeId);
      expect(await registry.seatIsCurrent(room, ada, old.resumeId, 9)).toBe(false);
    });

    it('refuses to replace for a ticket whose session was replaced', async () => {
      const { registry } = await make();
      const old = await claimed(registry, room, ada);
      const current = await claimed(registry, room, ada);
      const resumed = { streamId: old.streamId, generation: 0 };
      const result = await registry.claimSeat(request(room, ada, { resumeId: old.resumeId, resumed }));
      expect(result).toEqual({ ok: false, reason: 'replaced' });
      expect(await registry.seatIsCurrent(room, ada, current.resumeId, 0)).toBe(true);
    });

    it('gives a seat back to a ticket after its state was lost', async () => {
      const { registry } = await make();
      const { streamId } = await claimed(registry, 'elsewhere' as RoomId, ada);
      const resumed = { streamId, generation: 6 };
      const result = await registry.claimSeat(request(room, ada, { resumeId: 'mine', resumed }));
      expect(result).toMatchObject({ ok: true, streamId, resumeId: 'mine', generation: 7 });
      const clash = await registry.claimSeat(request(room, bob, { resumeId: 'his', resumed }));
      expect(clash.ok && clash.streamId).not.toBe(streamId);
    });

    it('goes on above the generation that a ticket proves', async () => {
      const { registry } = await make();
      const { streamId, resumeId } = await claimed(registry, room, ada);
      const resumed = { streamId, generation: 40 };
      expect(await registry.claimSeat(request(room, ada, { resumeId, resumed }))).toMatchObject({
        streamId,
        generation: 41,
      });
    });

    it('counts seats at once, but one identity only once', async () => {
      const { registry } = await make();
      await registry.createRoom(room, { maxParticipants: 2 });
      const { resumeId } = await claimed(registry, room, ada);
      await claimed(registry, room, bob);
      expect(await registry.claimSeat(request(room, 'eve' as Identity))).toEqual({
        ok: false,
        reason: 'room_full',
      });
      expect((await registry.claimSeat(request(room, ada, { resumeId }))).ok).toBe(true);
      expect((await registry.claimSeat(request(room, bob))).ok).toBe(true);
    });

    it('keeps the seat of a reconnect whose old connection goes before the new one says hello', async () => {
      const { registry, advance } = await make();
      await registry.createRoom(room, { maxParticipants: 1 });
      const { streamId, resumeId } = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf({ streamId, generation: 0 }, ada));
      await registry.claimSeat(request(room, ada, { resumeId }));
      await registry.dropMember(room, streamId, EDGE, 0);
      expect(await registry.claimSeat(request(room, bob))).toMatchObject({ reason: 'room_full' });
      await registry.putMember(room, memberOf({ streamId, generation: 1 }, ada));
      await advance(5_001);
      expect(await registry.claimSeat(request(room, bob))).toMatchObject({ reason: 'room_full' });
      await registry.dropMember(room, streamId, EDGE, 1);
      expect((await registry.claimSeat(request(room, bob))).ok).toBe(true);
    });

    it('frees a seat whose hello is late, and one whose member has left', async () => {
      const { registry, advance } = await make();
      await registry.createRoom(room, { maxParticipants: 1 });
      await claimed(registry, room, ada);
      await advance(5_001);
      const seat = await claimed(registry, room, bob);
      await registry.putMember(room, memberOf(seat, bob));
      await advance(5_001);
      expect(await registry.claimSeat(request(room, ada))).toMatchObject({ reason: 'room_full' });
      await registry.dropMember(room, seat.streamId, EDGE, seat.generation);
      expect((await registry.claimSeat(request(room, ada))).ok).toBe(true);
      expect(await registry.claimSeat(request(room, bob, { resumeId: seat.resumeId }))).toMatchObject({
        reason: 'room_full',
      });
    });

    it('remembers a seat for a resume as long as a ticket lives, counted from when its member left', async () => {
      const { registry, advance, retentionMs } = await make();
      await registry.createRoom(room, { emptyTimeoutSeconds: 86_400 });
      const seat = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(seat, ada));
      await registry.dropMember(room, seat.streamId, EDGE, 0);
      await advance(retentionMs - 1_000);
      expect(await registry.seatIsCurrent(room, ada, seat.resumeId, 0)).toBe(true);
      await advance(3_000);
      expect(await registry.seatIsCurrent(room, ada, seat.resumeId, 0)).toBe(false);
    });

    it('remembers the seats of a room that emptied, not of one that was deleted', async () => {
      const { registry, advance, retentionMs } = await make();
      await registry.createRoom(room, { emptyTimeoutSeconds: 10 });
      const { streamId, resumeId } = await claimed(registry, room, ada);
      await advance(40_000);
      expect(await registry.room(room)).toBeUndefined();
      expect(await registry.seatIsCurrent(room, ada, resumeId, 0)).toBe(true);
      const again = await registry.claimSeat(request(room, ada, { resumeId }));
      expect(again).toMatchObject({ ok: true, streamId, generation: 1 });
      await registry.deleteRoom(room);
      expect(await registry.seatIsCurrent(room, ada, resumeId, 1)).toBe(false);
      const late = await claimed(registry, room, bob);
      await advance(retentionMs + 2_000);
      expect(await registry.seatIsCurrent(room, bob, late.resumeId, 0)).toBe(false);
    });

    it('knows no seat of a stranger', async () => {
      const { registry } = await make();
      const { resumeId } = await claimed(registry, room, ada);
      expect(await registry.seatIsCurrent('none' as RoomId, ada, resumeId, 0)).toBe(false);
      expect(await registry.seatIsCurrent(room, bob, resumeId, 0)).toBe(false);
      expect(await registry.seatIsCurrent(room, ada, 'guess', 0)).toBe(false);
    });

    it('tells the newest seat, connected or not, until it is dropped by its resume id', async () => {
      const { registry } = await make();
      expect(await registry.seat(room, ada)).toBeUndefined();
      const first = await claimed(registry, room, ada);
      const { streamId, resumeId } = first;
      const seat = { streamId, resumeId, generation: 0, edge: EDGE, claimedAt: expect.any(Number) };
      expect(await registry.seat(room, ada)).toEqual(seat);
      expect(await registry.settleSeats(room, ada)).toEqual({ complete: true, gaveWay: [] });
      const { claimedAt } = (await registry.seat(room, ada))!;
      await registry.claimSeat(request(room, bob, { claimedAfter: claimedAt + 9_000 }));
      expect((await registry.seat(room, bob))?.claimedAt).toBe(claimedAt + 9_001);
      await registry.claimSeat(request(room, ada, { resumeId, edge: 'edge-2' as typeof EDGE }));
      expect(await registry.seat(room, ada)).toMatchObject({ streamId, generation: 1, edge: 'edge-2' });
      await registry.dropSeat(room, ada, 'another');
      expect(await registry.seatIsCurrent(room, ada, resumeId, 1)).toBe(true);
      await registry.dropSeat(room, ada, resumeId);
      expect(await registry.seat(room, ada)).toBeUndefined();
      expect(await registry.seatIsCurrent(room, ada, resumeId, 1)).toBe(false);
      await registry.dropSeat('none' as RoomId, ada, resumeId);
    });

    it('never seats more than the limit nor two under one stream id, in any order of joins and leaves', async () => {
      const step = fc.record({
        identity: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        action: fc.constantFrom('join', 'resume', 'hello', 'leave'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const { registry } = await make();
          await registry.createRoom(room, { maxParticipants: 3 });
          const seated = new Map<string, Awaited<ReturnType<typeof claimed>>>();
          for (const { identity, action } of steps) {
            const who = identity as Identity;
            const seat = seated.get(identity);
            if (action === 'hello' && seat) await registry.putMember(room, memberOf(seat, who));
            else if (action === 'leave' && seat) {
              await registry.putMember(room, memberOf(seat, who));
              await registry.dropMember(room, seat.streamId, EDGE, seat.generation);
              seated.delete(identity);
            } else if (action === 'join' || action === 'resume') {
              const resumeId = action === 'resume' ? seat?.resumeId : undefined;
              const result = await registry.claimSeat(request(room, who, resumeId ? { resumeId } : {}));
              // Sessions that were replaced are closed by their edges.
              if (result.ok && result.replaced) {
                await registry.dropMember(room, result.replaced.streamId, EDGE, 1_000_000);
              }
              if (result.ok) {
                if (resumeId) expect(result.generation).toBeGreaterThan(seat!.generation);
                seated.set(identity, result);
              } else expect(seated.size).toBe(3);
            }
          }
          expect(seated.size).toBeLessThanOrEqual(3);
          const ids = [...seated.values()].map(({ streamId }) => streamId);
          expect(new Set(ids).size).toBe(ids.length);
          expect((await registry.room(room))!.participants).toBeLessThanOrEqual(3);
        }),
        { numRuns: 60 },
      );
    });
  });
};
