import { describe, expect, it } from 'vitest';
import { ClockEstimate } from './clock-estimate.ts';
import { ClockSync } from './clock-sync.ts';

/** A clock that the test moves. */
const manualClock = (startMs: number) => {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
};

describe('the clock', () => {
  const OFFSET_MS = 5_000;
  /** One ping with the given delays of the two ways. */
  const exchange = (
    estimate: ClockEstimate,
    clock: ReturnType<typeof manualClock>,
    upMs: number,
    downMs: number,
    offsetMs = OFFSET_MS,
  ): void => {
    const { t0 } = estimate.nextPing();
    clock.advance(upMs);
    const t1 = clock.now() + offsetMs;
    clock.advance(3);
    const t2 = clock.now() + offsetMs;
    clock.advance(downMs);
    estimate.sample(t0, t1, t2);
  };
  const following = (clock: ReturnType<typeof manualClock>): { sync: ClockSync; estimate: ClockEstimate } => {
    const sync = new ClockSync(clock);
    const estimate = sync.estimate('a');
    sync.follow(estimate, false);
    return { sync, estimate };
  };

  it('forgets what it knew when a clock was set, or stood still while its machine slept', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    exchange(estimate, clock, 5, 5);
    for (let i = 0; i < 5; i += 1) {
      clock.advance(5_000);
      exchange(estimate, clock, 300, 5);
    }
    // However long the way, both are right within half of it.
    expect(sync.offsetMs).toBe(OFFSET_MS);
    exchange(estimate, clock, 40, 40, OFFSET_MS + 600_000);
    expect(sync.offsetMs).toBe(OFFSET_MS + 600_000);
  });

  it('takes 200 ppm of drift for no such thing', () => {
    const clock = manualClock(1_000);
    const { estimate } = following(clock);
    exchange(estimate, clock, 5, 5);
    let drifted = OFFSET_MS;
    for (let i = 0; i < 100; i += 1) {
      clock.advance(5_000);
      drifted += 1;
      exchange(estimate, clock, 8, 8, drifted);
      expect(estimate.offsetMs).toBe(OFFSET_MS);
    }
  });

  it('knows round trip and offset from four timestamps (rule 27)', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    expect(sync.inStep).toBe(false);
    exchange(estimate, clock, 10, 10);
    expect(sync.inStep).toBe(true);
    expect(sync.rttMs).toBe(20);
    expect(sync.offsetMs).toBe(OFFSET_MS);
    expect(sync.now()).toBe(clock.now() + OFFSET_MS);
  });

  it('believes the sample with the smallest round trip', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    exchange(estimate, clock, 5, 5);
    exchange(estimate, clock, 300, 5);
    expect(sync.offsetMs).toBe(OFFSET_MS);
    expect(sync.rttMs).toBe(305);
  });

  it('forgets samples after ten minutes, as clocks drift', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    exchange(estimate, clock, 1, 1);
    clock.advance(600_001);
    exchange(estimate, clock, 30, 10);
    expect(sync.offsetMs).toBe(OFFSET_MS + 10);
  });

  it('begins anew on another edge, and keeps what it knows of the same one', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    exchange(estimate, clock, 1, 1);
    sync.follow(sync.estimate('a'), false);
    expect(sync.inStep).toBe(true);
    const other = sync.estimate('b');
    sync.follow(other, false);
    expect(sync.inStep).toBe(false);
    other.guess(clock.now() - 20, clock.now(), clock.now() + 90);
    expect(sync.offsetMs).toBe(100);
  });

  it('glides to the clock of the edge it moves to, without a jump', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    exchange(estimate, clock, 1, 1);
    const other = sync.estimate('b');
    exchange(other, clock, 1, 1, OFFSET_MS + 20);
    const beforeMs = sync.now();
    sync.follow(other, true);
    expect(sync.now()).toBeCloseTo(beforeMs, 6);
    clock.advance(2_000);
    expect(sync.now()).toBeCloseTo(beforeMs + 2_010, 6);
    clock.advance(2_000);
    expect(sync.offsetMs).toBe(OFFSET_MS + 20);
  });

  it('does not glide over what no two edges differ by: this machine slept', () => {
    const clock = manualClock(1_000);
    const { sync, estimate } = following(clock);
    exchange(estimate, clock, 1, 1);
    const other = sync.estimate('b');
    exchange(other, clock, 1, 1, OFFSET_MS + 3_600_000);
    sync.follow(other, true);
    expect(sync.offsetMs).toBe(OFFSET_MS + 3_600_000);
  });

  it.each([1, 16.67])('is right within a step of a clock that tells every %s ms only', (stepMs) => {
    const exact = manualClock(1_000.3);
    const estimate = new ClockEstimate('a', { now: () => Math.floor(exact.now() / stepMs) * stepMs });
    for (let ping = 0; ping < 20; ping += 1) {
      // On one machine: the edge takes longer than the way, and all of it less than a step.
      const { t0 } = estimate.nextPing();
      exact.advance(0.2);
      const t1 = exact.now() + OFFSET_MS;
      exact.advance(0.3);
      const t2 = exact.now() + OFFSET_MS;
      exact.advance(0.2);
      estimate.sample(t0, t1, t2);
      expect(estimate.inStep).toBe(true);
      expect(Math.abs(estimate.offsetMs - OFFSET_MS)).toBeLessThanOrEqual(stepMs + 1);
      expect(estimate.rttMs).toBeGreaterThanOrEqual(0);
      exact.advance(487.3);
    }
  });

  it('ignores answers that cannot be', () => {
    const estimate = new ClockEstimate('a', manualClock(1_000));
    estimate.sample(9_999, 1, 2);
    estimate.sample(0, 0, 5_000);
    expect(estimate.rttMs).toBeUndefined();
  });

  it('pings in quick succession first, then every 5 s', () => {
    const estimate = new ClockEstimate('a', manualClock(0));
    const delays = Array.from({ length: 8 }, () => estimate.nextPing().nextInMs);
    expect(delays).toEqual([40, 80, 160, 320, 640, 5_000, 5_000, 5_000]);
  });
});
