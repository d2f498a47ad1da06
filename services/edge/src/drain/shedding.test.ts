import type { EdgeLease } from '@partyline/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRoom, hasTarget, initialShedState, shallShed } from './shedding.ts';

const LIMIT = 0.9;

const lease = (more: Partial<EdgeLease>): EdgeLease => ({
  edge: 'other' as EdgeLease['edge'],
  boot: 'boot',
  region: 'here',
  url: '/v1/ws',
  revision: '1',
  startedAt: 0,
  draining: false,
  connections: 0,
  maxConnections: 100,
  load: 0.1,
  rooms: 0,
  ...more,
});

/** Takes one look a second and says at which seconds a room was handed away. */
const looks = (loads: readonly number[]): number[] => {
  const state = initialShedState();
  return loads.flatMap((load, second) => {
    const nowMs = 1_000 * second;
    if (!shallShed(state, load, LIMIT, nowMs)) return [];
    state.shedAtMs = nowMs;
    return [second];
  });
};

describe('shedding', () => {
  it('begins after 5 s over the limit without a break', () => {
    expect(looks(Array(6).fill(0.95))).toEqual([5]);
    expect(looks([0.95, 0.95, 0.95, 0.95, 0.5, 0.95, 0.95, 0.95, 0.95, 0.95])).toEqual([]);
  });

  it('goes on below the limit, every 10 s, until the load is 0.15 lower', () => {
    expect(looks([...Array(6).fill(0.95), ...Array(20).fill(0.8), 0.74, ...Array(20).fill(0.8)])).toEqual([
      5, 15, 25,
    ]);
  });

  it('never hands away two rooms within 10 s, nor any while the load was never over the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), (loads) => {
        const at = looks(loads);
        for (let i = 1; i < at.length; i++) expect(at[i]! - at[i - 1]!).toBeGreaterThanOrEqual(10);
        if (loads.every((load) => load <= LIMIT)) expect(at).toEqual([]);
      }),
    );
  });

  it('chooses the smallest room that suffices by itself, else the largest', () => {
    const rooms = [5, 40, 12, 30, 13].map((participants) => ({ item: `${participants}`, participants }));
    // 100 participants at 0.96: 12 fewer are 0.845, 22 fewer are below 0.75.
    expect(chooseRoom(rooms, 0.96, 0.75)?.item).toBe('30');
    expect(chooseRoom(rooms.slice(0, 1), 0.96, 0)?.item).toBe('5');
    expect(chooseRoom(rooms, 0.96, 0.9)?.item).toBe('12');
    expect(chooseRoom([], 0.96, 0.75)).toBeUndefined();
    expect(chooseRoom([{ item: 'empty', participants: 0 }], 0.96, 0.75)).toBeUndefined();
  });

  it('never chooses a larger room when a smaller one suffices', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 50 });
    const level = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(sizes, level, level, (participants, load, wanted) => {
        const rooms = participants.map((count) => ({ item: count, participants: count }));
        const chosen = chooseRoom(rooms, load, wanted);
        const total = participants.reduce((sum, count) => sum + count, 0);
        const enough = total * Math.max(0, 1 - wanted / load);
        const suffice = participants.filter((count) => count > 0 && count >= enough);
        if (total === 0) expect(chosen).toBeUndefined();
        else expect(chosen?.item).toBe(suffice.length > 0 ? Math.min(...suffice) : Math.max(...participants));
      }),
    );
  });

  it('needs another edge of the region with less load, which is not draining', () => {
    const own = { edge: 'self', region: 'here' };
    expect(hasTarget([lease({})], own)).toBe(true);
    expect(hasTarget([lease({ load: 0.7 })], own)).toBe(false);
    expect(hasTarget([lease({ draining: true })], own)).toBe(false);
    expect(hasTarget([lease({ region: 'far' })], own)).toBe(false);
    expect(hasTarget([lease({ edge: 'self' as EdgeLease['edge'], load: 0 })], own)).toBe(false);
  });
});
