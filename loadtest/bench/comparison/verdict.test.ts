import { describe, expect, it } from 'vitest';
import type { Measured, Plan, PlanResult } from './paired-windows.ts';
import { judge } from './verdict.ts';

const window = (changes: Partial<Measured> = {}, lost = 0): Measured => ({
  seconds: 5,
  frames: 1_000,
  ownFrames: 0,
  messages: 1_000,
  bytes: 116_000,
  texts: 0,
  acks: 0,
  p50Ms: 1,
  p99Ms: 3,
  p999Ms: 4,
  lateP99Ms: 1,
  generatorShare: 0.5,
  offeredPerSecond: 200,
  serverShare: 0.4,
  framesPerCpuSecond: 100,
  books: {
    sent: 10,
    skipped: 0,
    expected: 1_000,
    delivered: 1_000 - lost,
    lost,
    duplicates: 0,
    messageGaps: 0,
    strays: 0,
    pauses: 0,
    closed: 0,
  },
  ...changes,
});
const plan: Plan = {
  shape: { name: 'one', rooms: 1, publishers: 5, listeners: 300, talkShare: 1, intervalMs: 20 },
  tls: false,
  pairs: 3,
  windowMs: 5_000,
  cores: { about: '' },
};
const bar = { floor: 0.7, aim: 0.95, addedP99Ms: 2 };
const result = (bare: Measured[], edge: Measured[]): PlanResult => ({
  idleShare: { bare: 0, edge: 0 },
  rssBytes: { bare: 0, edge: 0 },
  windows: { bare, edge },
});
const three = (changes: Partial<Measured> = {}): Measured[] => [
  window(changes),
  window(changes),
  window(changes),
];

describe('the verdict on a shape', () => {
  it('takes the median of the pairs, so that one bad window decides nothing', () => {
    const edge = [
      window({ framesPerCpuSecond: 90 }),
      window({ framesPerCpuSecond: 10 }),
      window({ framesPerCpuSecond: 80 }),
    ];
    const figures = judge(plan, result(three(), edge), bar, 1);
    expect(figures.ratio).toBe(0.8);
    expect(figures.failures).toEqual([]);
  });
  it('fails below the floor and above the added latency', () => {
    const slow = judge(plan, result(three(), three({ framesPerCpuSecond: 60 })), bar, 1);
    expect(slow.failures.join()).toMatch(/ratio 0.6 is below the floor 0.7/);
    const late = three({ p99Ms: 6 });
    expect(judge(plan, result(three(), late), bar, 1).failures.join()).toMatch(/adds 3 ms/);
    expect(judge(plan, result(three(), late), bar, 3).failures).toEqual([]);
  });
  it('fails for a single lost frame, whatever the speed', () => {
    const figures = judge(plan, result(three(), [window(), window({}, 1), window()]), bar, 3);
    expect(figures.failures.join()).toMatch(/the edge server lost 1 of 3000 useful frames/);
  });
  it('calls a run invalid in which the generator set the pace', () => {
    expect(judge(plan, result(three({ generatorShare: 0.97 }), three()), bar, 3).failures.join()).toMatch(
      /invalid/,
    );
    expect(judge(plan, result(three({ lateP99Ms: 50 }), three()), bar, 3).failures).toEqual([]);
    expect(
      judge(plan, result(three({ lateP99Ms: 50 }), three({ lateP99Ms: 50 })), bar, 3).failures.join(),
    ).toMatch(/invalid/);
  });
});
