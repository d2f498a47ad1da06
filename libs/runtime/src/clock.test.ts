import { describe, expect, it } from 'vitest';
import { ManualClock, systemClock } from './clock.ts';

describe('systemClock', () => {
  it('is near the wall clock and never goes backwards', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    let lastMs = systemClock.now();
    for (let look = 0; look < 10_000; look++) {
      const nowMs = systemClock.now();
      expect(nowMs >= lastMs).toBe(true);
      lastMs = nowMs;
    }
  });
});

describe('ManualClock', () => {
  it('stands still until it is moved', () => {
    const clock = new ManualClock(1000);
    expect(clock.now()).toBe(1000);
    clock.advance(20.5);
    expect(clock.now()).toBe(1020.5);
    expect(() => clock.advance(-1)).toThrow(/zero or more/);
  });
});
