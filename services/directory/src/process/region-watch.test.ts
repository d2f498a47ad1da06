import type { EdgeLease } from '@partyline/registry';
import { createLogger } from '@partyline/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegionWatch } from './region-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watch = () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', name: 'test', output: { write: (line) => lines.push(line) } });
  const inhabited = new Set(['eu']);
  const silent = new Set<string>();
  const state = { away: false };
  const regions = new RegionWatch(['eu', 'mars'], {
    edges: async () => {
      if (state.away) throw new Error('away');
      return [...inhabited].map((region) => ({ region }) as EdgeLease);
    },
    answers: (region) => !silent.has(region),
    clock: { now: () => Date.now() },
    log,
  });
  regions.start();
  return { lines, inhabited, silent, state, regions };
};

describe('the watch over regions', () => {
  it('names a region without an edge once, after a while, and says when it has one', async () => {
    const { lines, inhabited, regions } = watch();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/The region mars has no edge.*PARTYLINE_EDGE_REGION/);
    expect([...regions.edges]).toEqual([
      ['eu', 1],
      ['mars', 0],
    ]);
    inhabited.add('mars');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lines[1]).toContain('The region mars has an edge by now.');
    regions.stop();
  });

  it('says nothing of a region that does not answer, nor while the own one is away', async () => {
    const { lines, silent, state, regions } = watch();
    silent.add('mars');
    await vi.advanceTimersByTimeAsync(60_000);
    state.away = true;
    silent.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toEqual([]);
    regions.stop();
  });
});
