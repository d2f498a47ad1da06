import { describe, expect, it } from 'vitest';
import { ada, bob, cluster, REGIONS, room } from './regional-fixture.ts';

describe('moderation in a RegionalRegistry', () => {
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

  it('holds where the state was lost, for as long as another region of the room remembers it', async () => {
    const c = cluster();
    await c.renew();
    await c.claim('eu', 'eu', bob);
    await c.claim('us', 'us', ada);
    const removedUntil = c.now() + 600_000;
    await c.seen.us.moderate(room, ada, { removedUntil });
    await c.memory.us.deleteRoom(room);
    expect(await c.memory.us.moderation(room, ada)).toMatchObject({ removedUntil: 0 });
    expect(await c.claim('us', 'us', ada)).toEqual({ ok: false, reason: 'removed', until: removedUntil });
    await c.advance(600_000);
    expect(await c.claim('us', 'us', ada)).toMatchObject({ ok: true });
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
