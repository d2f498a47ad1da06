import type { OrderResult } from '@partyline/bus';
import type { Identity, RoomId, StreamId } from '@partyline/protocol';
import type { MemberRecord, ModerationState } from '@partyline/registry';
import { describe, expect, it } from 'vitest';
import { type MemberOrder, OrderRetries } from './order-retries.ts';

const room = 'lobby' as RoomId;
const identity = 'ada' as Identity;
const LIFE_MS = 60_000;

const memberOf = (joinedAt: number): MemberRecord => ({
  streamId: 7 as StreamId,
  generation: 0,
  identity,
  name: 'Ada',
  edge: 'edge-1' as MemberRecord['edge'],
  boot: 'boot',
  joinedAt,
  publisher: true,
  hidden: false,
  muted: false,
  moderated: false,
  reconnecting: false,
  selection: 'auto',
});

const setUp = () => {
  const world = {
    nowMs: 1_000_000,
    complete: false,
    member: memberOf(1) as MemberRecord | undefined,
    state: { muted: true, removedUntil: 0, selection: 'auto' } as ModerationState,
    answer: 'done' as OrderResult,
    given: [] as MemberOrder[],
  };
  const retries = new OrderRetries(LIFE_MS, {
    clock: { now: () => world.nowMs },
    registry: {
      places: async () => ({ places: [], complete: world.complete }),
      member: async () => world.member,
      moderation: async () => world.state,
    },
    give: async (_, order) => {
      world.given.push(order);
      return world.answer;
    },
  });
  return { world, retries };
};

const mute: MemberOrder = { kind: 'mute', room, identity, muted: true };
const removal: MemberOrder = { kind: 'remove', room, identity, reason: '' };

describe('orders given again', () => {
  it('wait until every region answers, and end when an edge has done them', async () => {
    const { world, retries } = setUp();
    retries.add(removal);
    await retries.retry();
    expect([retries.size, world.given]).toEqual([1, []]);
    world.complete = true;
    world.answer = 'timeout';
    await retries.retry();
    expect(retries.size).toBe(1);
    world.answer = 'done';
    await retries.retry();
    expect([retries.size, world.given.length, retries.stats.done]).toEqual([0, 2, 1]);
    retries.stop();
  });

  it('say what the state says by then, as another directory may have decided anew', async () => {
    const { world, retries } = setUp();
    world.complete = true;
    world.state.muted = false;
    retries.add(mute);
    await retries.retry();
    expect(world.given).toEqual([{ ...mute, muted: false }]);
    retries.stop();
  });

  it('believe that nobody is there only after 10 s in which every region answered', async () => {
    const { world, retries } = setUp();
    const present = world.member;
    world.complete = true;
    world.member = undefined;
    retries.add(mute);
    const wait = async (durationMs: number): Promise<void> => {
      await retries.retry();
      world.nowMs += durationMs;
      await retries.retry();
    };
    // A Redis that came back empty is told by its edges a moment later whom they have.
    await wait(9_000);
    world.complete = false;
    await retries.retry();
    world.complete = true;
    await wait(9_999);
    expect(retries.size).toBe(1);
    world.member = present;
    world.answer = 'not_here';
    await retries.retry();
    world.answer = 'done';
    await retries.retry();
    expect([world.given.length, retries.stats]).toMatchObject([2, { done: 1, obsolete: 0 }]);

    world.answer = 'not_here';
    retries.add(mute);
    await wait(10_000);
    expect([retries.size, retries.stats.obsolete]).toEqual([0, 1]);
    retries.stop();
  });

  it('are dropped when nobody is there, and spare who was let in after the removal had ended', async () => {
    const { world, retries } = setUp();
    world.complete = true;
    world.member = undefined;
    retries.add(mute);
    await retries.retry();
    world.nowMs += 10_000;
    await retries.retry();
    world.member = memberOf(world.nowMs + 1);
    retries.add(removal);
    await retries.retry();
    expect([world.given, retries.stats.obsolete]).toEqual([[], 2]);
    world.state.removedUntil = world.nowMs + 1_000;
    retries.add(removal);
    await retries.retry();
    expect(world.given).toEqual([removal]);
    retries.stop();
  });

  it('expire with the last ticket, give way to a later order, and are bounded', async () => {
    const { world, retries } = setUp();
    retries.add(mute);
    world.nowMs += LIFE_MS;
    await retries.retry();
    expect([retries.size, retries.stats.expired]).toEqual([0, 1]);
    retries.add(mute);
    retries.add(removal);
    retries.settle({ ...mute, muted: false });
    expect(retries.size).toBe(1);
    for (let i = 0; i < 10_000; i++) retries.add({ ...mute, identity: `person-${i}` });
    expect([retries.size, retries.stats.dropped]).toEqual([10_000, 1]);
    retries.stop();
  });
});
