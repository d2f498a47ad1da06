import { describe, expect, it } from 'vitest';
import { seeded } from '../test/playout-simulation.ts';
import { ArrivalJitter } from './arrival-jitter.ts';

/** Lets frames of 20 ms arrive, each `transitMs` after its capture, and returns the last answer. */
function arrive(
  jitter: ArrivalJitter,
  fromMs: number,
  toMs: number,
  transitMs: (timeMs: number) => number,
): number {
  let slowerMs = 0;
  for (let timeMs = fromMs; timeMs < toMs; timeMs += 20) {
    slowerMs = jitter.update(timeMs + transitMs(timeMs), timeMs);
  }
  return slowerMs;
}

describe('arrival jitter', () => {
  it('needs no agreement of the two clocks', () => {
    const jitter = new ArrivalJitter();
    expect(arrive(jitter, 0, 12000, () => -1e9)).toBe(0);
    expect(jitter.spreadMs).toBe(0);
    expect(jitter.jitterMs).toBe(0);
    expect(jitter.baseMs).toBe(-1e9);
  });

  it('takes one bad moment for an accident and two for a pattern', () => {
    const random = seeded(1);
    const jitter = new ArrivalJitter();
    const stallAt =
      (...startsMs: number[]) =>
      (timeMs: number) => {
        const start = startsMs.find((startMs) => timeMs >= startMs && timeMs < startMs + 300);
        return random() * 4 + (start === undefined ? 0 : start + 300 - timeMs);
      };
    arrive(jitter, 0, 16000, stallAt(14500));
    expect(jitter.spreadMs).toBeLessThan(10);
    arrive(jitter, 16000, 18000, stallAt(17000));
    expect(jitter.spreadMs).toBeGreaterThan(290);
    arrive(jitter, 18000, 31000, stallAt());
    expect(jitter.spreadMs).toBeLessThan(10);
  });

  it('follows a clock that was set, in either direction', () => {
    const jitter = new ArrivalJitter();
    arrive(jitter, 0, 5000, () => 1000);
    expect(arrive(jitter, 5000, 5020, () => 100)).toBe(0);
    arrive(jitter, 5020, 17000, () => 900);
    expect(jitter.baseMs).toBe(900);
  });

  it('measures jitter as RFC 3550 does', () => {
    const jitter = new ArrivalJitter();
    arrive(jitter, 0, 20000, (timeMs) => (timeMs % 40 === 0 ? 0 : 8));
    expect(jitter.jitterMs).toBeCloseTo(8, 1);
  });
});
