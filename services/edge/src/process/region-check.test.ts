import { createLogger } from '@partyline/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RegionCheck } from './region-check.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const check = (answers: (readonly string[] | undefined | Error)[]) => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', name: 'test', output: { write: (line) => lines.push(line) } });
  let asked = 0;
  const regions = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const region = new RegionCheck('mars', { regions, log });
  region.start();
  return { lines, region, asked: () => asked };
};

describe('the check of an edge that its region is known', () => {
  it('is content with directories that know it, or do not say', async () => {
    for (const answer of [['eu', 'mars'], undefined]) {
      const { lines, region, asked } = check([answer]);
      await vi.advanceTimersByTimeAsync(600_000);
      expect([region.known, asked(), lines]).toEqual([true, 1, []]);
      region.stop();
    }
  });

  it('asks until there is an answer', async () => {
    const { region, asked } = check([new Error('away'), new Error('away'), ['mars']]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([region.known, asked()]).toEqual([undefined, 2]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(region.known).toBe(true);
    region.stop();
  });

  it('says once what is wrong, naming the settings, and when it is mended', async () => {
    const { lines, region } = check([
      ['eu', 'us'],
      ['eu', 'us'],
      ['eu', 'mars'],
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(region.known).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/do not know the region mars, only eu, us.*PARTYLINE_EDGE_REGION/);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(region.known).toBe(true);
    expect(lines[1]).toContain('know the region mars by now');
    region.stop();
  });
});
