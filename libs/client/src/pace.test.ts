import { beforeEach, describe, expect, it } from 'vitest';
import { type Pace, PaceControl } from './pace.ts';

describe('PaceControl', () => {
  let nowMs: number;
  let told: { atMs: number; pace: Pace }[];
  let control: PaceControl;
  beforeEach(() => {
    nowMs = 0;
    told = [];
    control = new PaceControl({ now: () => nowMs }, (pace) => told.push({ atMs: nowMs, pace }));
  });
  /** Looks 50 times a second, as frames do. */
  const pass = (forMs: number, queueMs: number | (() => number), bytesPerMs?: number): void => {
    for (const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += 20) {
      control.look(typeof queueMs === 'number' ? queueMs : queueMs(), bytesPerMs);
    }
  };
  const rates = (): (number | undefined)[] => told.map(({ pace }) => pace.maxBitrateBps);

  it('goes down step by step while voice takes longer: fewer bits first, then longer frames and silence left out', () => {
    pass(3_000, 300);
    expect(told.map(({ pace }) => pace)).toEqual([
      { maxBitrateBps: 20_000, minFrameMs: 20, dtx: false },
      { maxBitrateBps: 16_000, minFrameMs: 40, dtx: false },
      { maxBitrateBps: 12_000, minFrameMs: 60, dtx: true },
      { maxBitrateBps: 6_000, minFrameMs: 60, dtx: true },
    ]);
    for (const [i, { atMs }] of told.slice(1).entries())
      expect(atMs - told[i]!.atMs).toBeGreaterThanOrEqual(300);
  });

  it('goes straight to what is known to pass', () => {
    pass(200, 300, 1.2);
    expect(rates()).toEqual([6_000]);
  });

  it('takes jitter for no queue', () => {
    let turn = 0;
    pass(10_000, () => (turn++ % 5 === 0 ? 20 : 180));
    expect(told).toEqual([]);
  });

  it('tries for more when all was well for 2 s, one step at a time', () => {
    pass(1_500, 300);
    told.length = 0;
    pass(30_000, 10);
    expect(rates()).toEqual([12_000, 16_000, 20_000, undefined]);
    expect(told[1]!.atMs - told[0]!.atMs).toBeGreaterThanOrEqual(2_000);
  });

  it('tries ever less often when what it tried did not pass, at most every 16 s', () => {
    // 16 kbit/s pass for good, 20 do not.
    const queue = (): number => ((control.pace.maxBitrateBps ?? 40_000) > 16_000 ? 250 : 10);
    pass(60_000, queue);
    const tries = told.filter(({ pace }) => pace.maxBitrateBps === 20_000).map(({ atMs }) => atMs);
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(8);
    expect(tries.at(-1)! - tries.at(-2)!).toBeGreaterThan(14_000);
    expect(tries.at(-1)! - tries.at(-2)!).toBeLessThan(18_000);
    // Once there is room again, it is not held against the link for long.
    told.length = 0;
    pass(30_000, 10);
    expect(rates().at(-1)).toBeUndefined();
  });
});
