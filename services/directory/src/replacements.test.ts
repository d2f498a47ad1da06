import type { ControlOrder, OrderResult } from '@partyline/bus';
import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import type { EdgeLease, SeatRecord, SettledSeats } from '@partyline/registry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Replacements } from './replacements.ts';

const room = 'lobby' as RoomId;
const identity = 'ada' as Identity;
const LIFE_MS = 60_000;
const older = { streamId: 4 as StreamId, edge: 'edge-1' as EdgeId };
const newer: SeatRecord = {
  streamId: 5 as StreamId,
  generation: 2,
  resumeId: 'r',
  edge: 'edge-2' as EdgeId,
  claimedAt: 1,
};
const order = { kind: 'replace', room, identity, streamId: 5, generation: 2, resumeId: 'r', replaces: 4 };

const setUp = () => {
  const world = {
    nowMs: 1_000_000,
    edges: ['edge-1'],
    settled: { complete: true, gaveWay: [] } as SettledSeats,
    asked: 0,
    answer: 'done' as OrderResult,
    given: [] as ControlOrder[],
  };
  const replacements = new Replacements(
    { lifeMs: LIFE_MS, orderTimeoutMs: 100 },
    {
      clock: { now: () => world.nowMs },
      registry: {
        edges: async () => world.edges.map((edge) => ({ edge, boot: 'boot', region: 'eu' }) as EdgeLease),
        settleSeats: async () => {
          world.asked += 1;
          return world.settled;
        },
      },
      controlPlane: {
        order: async (_, given) => {
          world.given.push(given);
          return world.answer;
        },
      },
    },
  );
  return { world, replacements };
};

const quiet = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('replacements', () => {
  it('end an older session by its stream id, once', async () => {
    const { world, replacements } = setUp();
    replacements.end(room, identity, older, newer);
    await quiet();
    expect(world.given).toEqual([order]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.given).toHaveLength(1);
    expect([replacements.size, replacements.stats.ended]).toEqual([0, 1]);
  });

  it('ask an edge again that knows nothing of it, as its hello may be under way, but not for ever', async () => {
    const { world, replacements } = setUp();
    world.answer = 'not_here';
    replacements.end(room, identity, older, newer);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.given).toHaveLength(3);
    expect([replacements.size, replacements.stats.gone]).toEqual([0, 1]);
    world.edges = [];
    replacements.end(room, identity, older, newer);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.given).toHaveLength(3);
    expect([replacements.size, replacements.stats.gone]).toEqual([0, 2]);
  });

  it('go on while an edge does not answer, as long as a ticket lives', async () => {
    const { world, replacements } = setUp();
    world.answer = 'timeout';
    replacements.end(room, identity, older, newer);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(replacements.size).toBe(1);
    world.answer = 'done';
    await vi.advanceTimersByTimeAsync(1_000);
    expect([replacements.size, replacements.stats.ended]).toEqual([0, 1]);
    world.answer = 'timeout';
    replacements.end(room, identity, older, newer);
    await quiet();
    world.nowMs += LIFE_MS;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([replacements.size, replacements.stats.expired]).toEqual([0, 1]);
  });

  it('end what raced in another region, once that one answers', async () => {
    const { world, replacements } = setUp();
    world.settled = { complete: false, gaveWay: [] };
    replacements.settle(room, identity);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.given).toEqual([]);
    world.settled = { complete: true, stays: newer, gaveWay: [older] };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.given).toEqual([order]);
    expect([replacements.size, replacements.stats.raced]).toEqual([0, 1]);
  });

  it('are bounded, and end with the directory', async () => {
    const { world, replacements } = setUp();
    world.settled = { complete: false, gaveWay: [] };
    for (let i = 0; i < 10_003; i++) replacements.settle(room, `person-${i}` as Identity);
    await quiet();
    expect([replacements.size, replacements.stats.dropped]).toEqual([10_000, 3]);
    replacements.stop();
    const { asked } = world;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.asked).toBe(asked);
  });
});
