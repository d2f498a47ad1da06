import { describe, expect, it } from 'vitest';
import { Timeline } from './timeline.ts';

const FRAME = { samples: 960, quiet: false, anew: false };
const ORIGIN_MS = 1_000_000;

/** Places frames of 20 ms captured at these times and tells where each begins, ms from the origin; undefined if nowhere. */
const placed = (
  timeline: Timeline,
  capturedMs: readonly number[],
  how: Partial<typeof FRAME> = {},
): (number | undefined)[] =>
  capturedMs.map((ms) => {
    const place = timeline.place({ ...FRAME, ...how, capturedAtMs: ORIGIN_MS + ms });
    return place === undefined ? undefined : (timeline.end - 960) / 48;
  });

describe('the place of a frame in a track', () => {
  it('is right after the one before, whatever the jitter of their capture times', () => {
    const timeline = new Timeline(ORIGIN_MS);
    expect(placed(timeline, [0], { anew: true })).toEqual([0]);
    expect(placed(timeline, [23, 38, 61, 80, 97])).toEqual([20, 40, 60, 80, 100]);
  });

  it('is where it was spoken after a pause, to 1.25 ms', () => {
    const timeline = new Timeline(ORIGIN_MS);
    expect(placed(timeline, [101, 5_003], { anew: true })).toEqual([100, 5_002.5]);
  });

  it('is nowhere before the origin, beyond the end, and where something is already', () => {
    const timeline = new Timeline(ORIGIN_MS);
    timeline.limit = 48_000;
    expect(placed(timeline, [-50, 0, 20, 0, 1_000], { anew: true })).toEqual([
      undefined,
      0,
      20,
      undefined,
      undefined,
    ]);
  });

  it.each([200, -200])('stays within 12 ms of the capture time with a clock that runs %i ppm off', (ppm) => {
    const timeline = new Timeline(ORIGIN_MS);
    let dropped = 0;
    let worstMs = 0;
    for (let i = 0; i < 60_000; i += 1) {
      const capturedMs = i * 20 * (1 + ppm / 1e6);
      const [at] = placed(timeline, [capturedMs], { quiet: i % 50 > 40, anew: i === 0 });
      if (at === undefined) dropped += 1;
      else worstMs = Math.max(worstMs, Math.abs(at - capturedMs));
    }
    expect(worstMs).toBeLessThan(12);
    // A clock that is too slow has 240 ms more to say in these 20 minutes: twelve frames of silence are left out.
    expect(dropped).toBe(ppm < 0 ? 12 : 0);
  });

  it('advances in steps of 2.5 ms and never back', () => {
    const timeline = new Timeline(ORIGIN_MS);
    expect([timeline.advance(1_000), timeline.advance(1_000), timeline.advance(0)]).toEqual([960, 0, 0]);
  });
});
