import type { Identity, RoomId } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { request } from '../contract-fixture.ts';
import { MemoryRegistry } from '../memory-registry.ts';
import { type Registry, RegistryError } from '../registry.ts';
import { RegionalRegistry } from './regional-registry.ts';
import { MemoryRoomRegions } from './room-regions.ts';

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const bob = 'bob' as Identity;

/** Region `eu`, whose state can be lost, beside `us`, which can be away. */
const setUp = () => {
  const world = {
    nowMs: 1_800_000_000_000,
    contactSinceMs: 1 as number | undefined,
    isAway: false,
    asked: 0,
  };
  const clock = { now: () => world.nowMs };
  const make = () => new MemoryRegistry({}, { clock });
  let own = make();
  const us = make();
  const through = (target: () => Registry, before: () => void): Registry =>
    new Proxy(target(), {
      get: (_, name) => {
        if (typeof Reflect.get(target(), name) !== 'function') return undefined;
        return async (...args: never[]) => {
          before();
          return (Reflect.get(target(), name) as (...args: never[]) => unknown).apply(target(), args);
        };
      },
    });
  const near = through(
    () => own,
    () => undefined,
  );
  const far = through(
    () => us,
    () => {
      world.asked += 1;
      if (world.isAway) throw new RegistryError('unavailable', 'away');
    },
  );
  const eu = new RegionalRegistry(
    { region: 'eu', askedDirectly: 0 },
    {
      own: near,
      contactSinceMs: () => world.contactSinceMs,
      others: new Map([['us', () => far]]),
      control: new MemoryRoomRegions({ clock }),
      clock,
    },
  );
  const step = () => eu.repair.step(world.contactSinceMs);
  /** The state of `eu` comes back empty. */
  const lose = (): void => {
    own = make();
    world.contactSinceMs = (world.contactSinceMs ?? 0) + 1;
    world.nowMs += 60_000;
  };
  return { world, eu, us, step, lose, own: () => own };
};

describe('moderation that a region has lost', () => {
  it('is brought back from another region, and what was decided since stays', async () => {
    const { world, eu, us, step, lose, own } = setUp();
    await step();
    const removedUntil = world.nowMs + 600_000;
    await eu.moderate(room, ada, { removedUntil });
    await eu.moderate(room, bob, { muted: true, selection: 'excluded' });
    lose();
    const restored: unknown[] = [];
    eu.repair.onRestored = (...what) => restored.push(what);
    await eu.moderate(room, bob, { selection: 'pinned' });
    expect(await eu.moderation(room, bob)).toMatchObject({ muted: true, selection: 'pinned' });
    expect(await own().moderation(room, bob)).toMatchObject({ muted: false });
    await step();
    expect(await own().moderation(room, ada)).toMatchObject({ removedUntil });
    expect(await own().moderation(room, bob)).toMatchObject({ muted: true, selection: 'pinned' });
    expect(eu.repair.stats).toEqual({ walks: 2, restored: 2 });
    expect(restored).toEqual([
      [room, ada, { removedUntil }],
      [room, bob, { muted: true }],
    ]);
    expect(await us.moderation(room, bob)).toMatchObject({ selection: 'pinned' });
    eu.stop();
  });

  it('is not what the other region has yet to learn about', async () => {
    const { world, eu, step, lose, own } = setUp();
    await eu.moderate(room, bob, { muted: true });
    world.isAway = true;
    await eu.moderate(room, bob, { muted: false });
    world.isAway = false;
    lose();
    await step();
    expect(await own().moderation(room, bob)).toMatchObject({ muted: false });
    eu.stop();
  });

  it('keeps nobody in who was removed meanwhile: until it is back, joins ask every region', async () => {
    const { world, eu, step, lose } = setUp();
    await step();
    await eu.moderate(room, ada, { removedUntil: world.nowMs + 600_000 });
    // The control state says by now that the room is in no other region.
    world.nowMs += 60_000;
    await eu.claimSeat(request(room, bob));
    lose();
    const join = () => eu.claimSeat(request(room, ada));
    expect(await join()).toMatchObject({ reason: 'removed' });
    world.isAway = true;
    await step();
    world.isAway = false;
    world.nowMs += 2_000;
    expect(await join()).toMatchObject({ reason: 'removed' });
    await step();
    const { asked } = world;
    expect(await join()).toMatchObject({ reason: 'removed' });
    expect(world.asked).toBe(asked);
    eu.stop();
  });

  it('is looked for once in each contact, and not while there is none', async () => {
    const { world, eu, step } = setUp();
    world.contactSinceMs = undefined;
    await step();
    expect(world.asked).toBe(0);
    world.contactSinceMs = 5;
    await Promise.all([step(), step()]);
    await step();
    expect([world.asked, eu.repair.stats.walks]).toEqual([1, 1]);
    eu.stop();
  });
});
