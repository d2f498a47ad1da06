import { describe, expect, it } from 'vitest';
import type { BusWindow } from './bus-run.ts';
import { judgeLinks } from './bus-verdict.ts';
import { oneDestination } from './shape.ts';
import type { BusWindows } from './windows.ts';

const BAR = { floor: 3, aim: 10 };
const window = (senderShare: number, more: Partial<BusWindow> = {}): BusWindow => ({
  framesPerSecond: 20_000,
  messagesPerSecond: 200,
  senderShare,
  framesPerCpuSecond: 20_000 / senderShare,
  share: 0.1,
  latenessP99Ms: 1,
  p50Ms: 3,
  p99Ms: 6,
  p999Ms: 8,
  sent: 100_000,
  lost: 0,
  late: 0,
  missed: 0,
  skipped: 0,
  ...more,
});
const windows = (bundles: Partial<BusWindow> = {}, share = 0.07): BusWindows => ({
  nothing: [window(0.02), window(0.03), window(0.02)],
  frames: [window(0.32), window(0.33), window(0.32)],
  bundles: [window(share, bundles), window(share + 0.01, bundles), window(share, bundles)],
});
const judge = (all: BusWindows, timingSlack = 1) => judgeLinks(all, oneDestination, BAR, timingSlack);

describe('verdict on links', () => {
  it('compares what sending costs, the making of the frames subtracted round by round', () => {
    const figures = judge(windows());
    expect(figures).toMatchObject({ ratio: 6, ratios: [6, 6, 6], failures: [] });
    expect(figures.wholeRatio).toBeCloseTo(4.57, 1);
  });
  it('fails below the floor, and in CI below a third of it', () => {
    expect(judge(windows({}, 0.22)).failures).toEqual(['1 x 20,000: ratio 1.5 is below the floor 3']);
    expect(judge(windows({}, 0.22), 3).failures).toEqual([]);
  });
  it.each([
    [{ lost: 5 }, /bundles: 5 of 100000 frames did not come/],
    [{ missed: 2 }, /2 frames or messages were dropped, failed or lost/],
    [{ late: 9 }, /invalid: 9 of 100000 frames were over 300 ms late/],
    [{ framesPerSecond: 15_000 }, /invalid: bundles were sent at 75 % of the pace/],
  ])('fails when the books do not balance, also in CI: %o', (more, reason) => {
    expect(judge(windows(more), 3).failures.join()).toMatch(reason);
  });
});
