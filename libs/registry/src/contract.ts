import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { claimed, EDGE, lease, memberOf, type RegistryFixture, request } from './contract-fixture.ts';
import { joiningContract } from './contract-joining.ts';
import { memberContract, moderationContract } from './contract-members.ts';
import { placesContract } from './contract-places.ts';

export { type EventLogFixture, eventLogContract } from './contract-events.ts';
export type { RegistryFixture } from './contract-fixture.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;

/**
 * Every rule of `Registry`, for any engine's tests.
 * @param name the engine, for the titles
 * @param make called once or more a test, each time for a registry of its own
 */
export const registryContract = (name: string, make: () => Promise<RegistryFixture>): void => {
  describe(`registry contract: ${name}`, () => {
    joiningContract(make);
    leaseContract(make);
    placesContract(make);
    roomContract(make);
    memberContract(make);
    moderationContract(make);
  });
};

const leaseContract = (make: () => Promise<RegistryFixture>): void => {
  describe('leases', () => {
    it('list live edges by id, as last renewed, and as copies', async () => {
      const { registry } = await make();
      await registry.renewLease(lease({ edge: 'edge-2' as EdgeId }));
      const first = lease({ rooms: 1 });
      await registry.renewLease(first);
      first.rooms = 9;
      const listed = await registry.edges();
      expect(listed.map(({ edge }) => edge)).toEqual(['edge-1', 'edge-2']);
      expect(listed[0]).toEqual(lease({ rooms: 1 }));
      listed[0]!.rooms = 5;
      await registry.renewLease(lease({ draining: true }));
      expect((await registry.edges())[0]).toMatchObject({ draining: true, rooms: 0 });
    });

    it('die 5 s after the last renewal', async () => {
      const { registry, advance } = await make();
      await registry.renewLease(lease());
      await advance(3_000);
      await registry.renewLease(lease());
      await advance(4_900);
      expect(await registry.edges()).toHaveLength(1);
      await advance(200);
      expect(await registry.edges()).toEqual([]);
    });

    it('are dropped by their own boot only', async () => {
      const { registry } = await make();
      await registry.renewLease(lease());
      await registry.dropLease(EDGE, 'former');
      expect(await registry.edges()).toHaveLength(1);
      await registry.dropLease(EDGE, 'boot-1');
      expect(await registry.edges()).toEqual([]);
    });
  });
};

const roomContract = (make: () => Promise<RegistryFixture>): void => {
  describe('rooms', () => {
    it('are created once; the same settings are no conflict, others are', async () => {
      const { registry } = await make();
      const created = await registry.createRoom(room, { maxParticipants: 5, metadata: 'm' });
      expect(created).toMatchObject({ ok: true, created: true, room: { room, maxParticipants: 5 } });
      expect(await registry.createRoom(room, { maxParticipants: 5 })).toMatchObject({
        ok: true,
        created: false,
      });
      expect(await registry.createRoom(room, {})).toMatchObject({ ok: true, created: false });
      expect(await registry.createRoom(room, { maxParticipants: 6 })).toMatchObject({
        ok: false,
        reason: 'different_settings',
        room: { maxParticipants: 5, metadata: 'm' },
      });
    });

    it('are listed by name, page by page', async () => {
      const { registry } = await make();
      for (const name of ['c', 'a', 'b']) await registry.createRoom(name as RoomId, {});
      const names = async (page: { after?: string; limit: number }) =>
        (await registry.rooms(page)).map((record) => record.room);
      expect(await names({ limit: 2 })).toEqual(['a', 'b']);
      expect(await names({ after: 'b', limit: 2 })).toEqual(['c']);
      expect(await names({ after: 'c', limit: 2 })).toEqual([]);
    });

    it('are bounded in number', async () => {
      const { registry, maxRooms } = await make();
      for (let index = 0; index < maxRooms; index++) await registry.createRoom(`r${index}` as RoomId, {});
      expect(await registry.createRoom(room, {})).toEqual({ ok: false, reason: 'too_many_rooms' });
      expect(await registry.claimSeat(request(room, ada))).toEqual({ ok: false, reason: 'too_many_rooms' });
      expect((await registry.createRoom('r0' as RoomId, {})).ok).toBe(true);
      await registry.deleteRoom('r0' as RoomId);
      expect((await registry.claimSeat(request(room, ada))).ok).toBe(true);
    });

    it('are forgotten once empty for their time, not while somebody is there or expected', async () => {
      const { registry, advance } = await make();
      await registry.renewLease(lease());
      await registry.createRoom(room, { emptyTimeoutSeconds: 20 });
      await registry.createRoom('other' as RoomId, { emptyTimeoutSeconds: 10 });
      const seat = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(seat, ada));
      for (let second = 0; second < 30; second++) {
        await advance(1_000);
        await registry.renewLease(lease());
      }
      expect(await registry.room('other' as RoomId)).toBeUndefined();
      expect(await registry.room(room)).toMatchObject({ participants: 1 });
      await registry.dropMember(room, seat.streamId, EDGE, 0);
      await advance(19_000);
      expect(await registry.room(room)).toMatchObject({ participants: 0 });
      await advance(3_000);
      expect(await registry.room(room)).toBeUndefined();
    });

    it('take everything with them when deleted', async () => {
      const { registry } = await make();
      const seat = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(seat, ada));
      await registry.moderate(room, ada, { muted: true });
      expect(await registry.deleteRoom(room)).toBe(true);
      expect(await registry.deleteRoom(room)).toBe(false);
      expect(await registry.room(room)).toBeUndefined();
      expect(await registry.members(room, { limit: 10 })).toEqual([]);
      expect(await registry.seatIsCurrent(room, ada, seat.resumeId, 0)).toBe(false);
      expect(await registry.moderation(room, ada)).toMatchObject({ muted: false });
    });
  });
};
