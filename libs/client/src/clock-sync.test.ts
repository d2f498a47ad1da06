import { describe, expect, it } from 'vitest';
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

describe('ClockSync', () => {
  const OFFSET_MS = 5_000;
  /** One ping with the given delays of the two ways. */
  const exchange = (
    sync: ClockSync,
    clock: ReturnType<typeof manualClock>,
    upMs: number,
    downMs: number,
  ): void => {
    const { t0 } = sync.nextPing();
    clock.advance(upMs);
    const t1 = clock.now() + OFFSET_MS;
    clock.advance(3);
    const t2 = clock.now() + OFFSET_MS;
    clock.advance(downMs);
    sync.sample(t0, t1, t2);
  };

  it('knows round trip and offset from four timestamps (rule 27)', () => {
    const clock = manualClock(1_000);
    const sync = new ClockSync(clock);
    sync.connected('a');
    expect(sync.inStep).toBe(false);
    exchange(sync, clock, 10, 10);
    expect(sync.inStep).toBe(true);
    expect(sync.rttMs).toBe(20);
    expect(sync.offsetMs).toBe(OFFSET_MS);
    expect(sync.now()).toBe(clock.now() + OFFSET_MS);
  });

  it('believes the sample with the smallest round trip', () => {
    const clock = manualClock(1_000);
    const sync = new ClockSync(clock);
    sync.connected('a');
    exchange(sync, clock, 5, 5);
    exchange(sync, clock, 300, 5);
    expect(sync.offsetMs).toBe(OFFSET_MS);
    expect(sync.rttMs).toBe(305);
  });

  it('forgets samples after ten minutes, as clocks drift', () => {
    const clock = manualClock(1_000);
    const sync = new ClockSync(clock);
    sync.connected('a');
    exchange(sync, clock, 1, 1);
    clock.advance(600_001);
    exchange(sync, clock, 30, 10);
    expect(sync.offsetMs).toBe(OFFSET_MS + 10);
  });

  it('begins anew on another edge, and keeps what it knows of the same one', () => {
    const clock = manualClock(1_000);
    const sync = new ClockSync(clock);
    sync.connected('a');
    exchange(sync, clock, 1, 1);
    sync.connected('a');
    expect(sync.inStep).toBe(true);
    sync.connected('b');
    expect(sync.inStep).toBe(false);
    sync.guess(clock.now() - 20, clock.now(), clock.now() + 90);
    expect(sync.offsetMs).toBe(100);
  });

  it('ignores answers that cannot be', () => {
    const clock = manualClock(1_000);
    const sync = new ClockSync(clock);
    sync.sample(9_999, 1, 2);
    sync.sample(0, 0, 5_000);
    expect(sync.rttMs).toBeUndefined();
  });

  it('pings in quick succession first, then every 5 s', () => {
    const sync = new ClockSync(manualClock(0));
    const delays = Array.from({ length: 8 }, () => sync.nextPing().nextInMs);
    expect(delays).toEqual([40, 80, 160, 320, 640, 5_000, 5_000, 5_000]);
  });
});
