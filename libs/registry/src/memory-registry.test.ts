import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { registryContract } from './contract.ts';
import { lease, memberOf, request } from './contract-fixture.ts';
import { MemoryRegistry } from './memory-registry.ts';

const make = (limits: ConstructorParameters<typeof MemoryRegistry>[0] = {}) => {
  let nowMs = 1_800_000_000_000;
  const registry = new MemoryRegistry(limits, { clock: { now: () => nowMs } });
  const advance = async (milliseconds: number): Promise<void> => {
    nowMs += milliseconds;
  };
  return { registry, advance };
};

registryContract('memory', async () => {
  const limits = { retentionMs: 1_200_000, maxRooms: 5 };
  return { ...make(limits), ...limits };
});

describe('MemoryRegistry', () => {
  const room = 'lobby' as RoomId;

  it('bounds edges, members, seats and moderation', async () => {
    const { registry } = make({ maxEdges: 1, maxSeatsPerRoom: 2, maxModeratedPerRoom: 1 });
    await registry.renewLease(lease());
    await registry.renewLease(lease());
    await expect(registry.renewLease(lease({ edge: 'edge-2' as EdgeId }))).rejects.toMatchObject({
      code: 'too_many_edges',
    });
    for (const name of ['a', 'b']) {
      const seat = await registry.claimSeat(request(room, name as Identity));
      if (seat.ok) await registry.putMember(room, memberOf(seat, name as Identity));
    }
    const third = 'c' as Identity;
    expect(await registry.claimSeat(request(room, third))).toMatchObject({ reason: 'room_full' });
    const stray = memberOf({ streamId: 1 as never, generation: 0 }, third);
    await expect(registry.putMember(room, stray)).rejects.toMatchObject({ code: 'too_many_members' });
    await registry.moderate(room, third, { muted: true });
    const more = registry.moderate(room, 'd' as Identity, { muted: true });
    await expect(more).rejects.toMatchObject({ code: 'too_many_moderated' });
    await registry.moderate(room, third, { muted: false });
    await registry.moderate(room, 'd' as Identity, { muted: true });
  });

  it('rebuilds a room that it lost from what edges report', async () => {
    const { registry } = make();
    await registry.putMember(room, memberOf({ streamId: 9 as never, generation: 4 }, 'ada' as Identity));
    expect(await registry.room(room)).toMatchObject({ participants: 1 });
    expect(await registry.member(room, 'ada' as Identity)).toMatchObject({ streamId: 9 });
  });
});
