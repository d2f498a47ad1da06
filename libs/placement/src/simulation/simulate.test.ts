import { describe, expect, it } from 'vitest';
import { DEFAULT_SIMULATION, simulate } from './simulate.ts';

const small = {
  ...DEFAULT_SIMULATION,
  joins: 6_000,
  edges: 30,
  regions: 3,
  durationSeconds: 600,
  failures: 6,
};

describe('simulate', () => {
  it('gives the same run for the same seed, and another one for another', () => {
    const first = simulate(small);
    expect(simulate(small)).toEqual(first);
    expect(simulate({ ...small, seed: 2 })).not.toEqual({ ...first, seed: 2 });
  });

  it('seats everybody within their region while there is room, in spite of failures and a rollout', () => {
    const report = simulate(small);
    expect(report).toMatchObject({ joins: 6_000, refused: 0, abroadShare: 0, failures: 6 });
    expect(report.drains).toBeGreaterThanOrEqual(25);
    expect(report.movedByDrain).toBeGreaterThan(0);
  });

  it('keeps rooms together better than chance, and no edge over its limit', () => {
    const placed = simulate(small);
    const random = simulate({ ...small, policy: 'random' });
    expect(placed.togetherShare).toBeGreaterThan(random.togetherShare + 0.2);
    expect(placed.meanEdgesPerRoom).toBeLessThan(random.meanEdgesPerRoom / 1.5);
    expect(placed.worstLoad).toBeLessThanOrEqual(1);
  });

  it('spills abroad, and refuses, only when a fleet is too small', () => {
    const report = simulate({ ...small, edges: 6, maxConnections: 400, failures: 0, rollout: false });
    expect(report.abroadShare).toBeGreaterThan(0);
    expect(report.refused).toBeGreaterThan(0);
    expect(report.worstLoad).toBeLessThanOrEqual(1);
  });
});
