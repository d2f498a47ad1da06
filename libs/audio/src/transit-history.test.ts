import { describe, expect, it } from 'vitest';
import { seeded } from './simulation/seeded.ts';
import { TransitHistory } from './transit-history.ts';

/** Lets frames of 20 ms arrive, each `transitMs` after its capture and none before the one ahead of it. */
function arrive(
  history: TransitHistory,
  fromMs: number,
  toMs: number,
  transitMs: (timeMs: number) => number,
): number {
  let slowerMs = 0;
  let arrivalMs = Number.NEGATIVE_INFINITY;
  for (let timeMs = fromMs; timeMs < toMs; timeMs += 20) {
    arrivalMs = Math.max(arrivalMs, timeMs + transitMs(timeMs));
    slowerMs = history.update(arrivalMs - timeMs, arrivalMs);
  }
  return slowerMs;
}

const quiet = (seed: number) => {
  const random = seeded(seed);
  return () => random() * 4;
};

/** A way that stands still for `lengthMs` at each of some moments. */
const stallingAt =
  (seed: number, lengthMs: number, ...startsMs: number[]) =>
  (timeMs: number) => {
    const start = startsMs.find((startMs) => timeMs >= startMs && timeMs < startMs + lengthMs);
    return quiet(seed)() + (start === undefined ? 0 : start + lengthMs - timeMs);
  };

describe('transit history', () => {
  it('needs no agreement of the two clocks', () => {
    const history = new TransitHistory();
    expect(arrive(history, 0, 120_000, () => -1e9)).toBe(0);
    expect(history.spreadMs).toBe(0);
    expect(history.baseMs).toBe(-1e9);
  });

  it('waits at once for a short break, and forgets it when it stays alone', () => {
    const history = new TransitHistory();
    arrive(history, 0, 100_000, quiet(1));
    expect(history.spreadMs).toBeLessThan(5);
    arrive(history, 100_000, 104_000, stallingAt(1, 40, 100_500));
    expect(history.spreadMs).toBeGreaterThan(35);
    arrive(history, 104_000, 200_000, quiet(2));
    expect(history.spreadMs).toBeLessThan(5);
  });

  it('does not wait for a long break that was alone, but for several', () => {
    const history = new TransitHistory();
    arrive(history, 0, 100_000, quiet(1));
    arrive(history, 100_000, 102_000, stallingAt(1, 300, 100_500));
    expect(history.spreadMs).toBeLessThan(5);
    const often = Array.from({ length: 20 }, (_, i) => 102_500 + 1_200 * i);
    arrive(history, 102_000, 126_000, stallingAt(1, 300, ...often));
    expect(history.spreadMs).toBeGreaterThan(290);
  });

  it('knows within two seconds what happens all the time', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = seeded(seed);
      const history = new TransitHistory();
      arrive(history, 0, 2_000, () => random() * 120);
      expect(history.spreadMs).toBeGreaterThan(85);
    }
  });

  it.each([80, -80])('gets over a way that became slower by %i ms', (byMs) => {
    const history = new TransitHistory();
    const random = seeded(3);
    arrive(history, 0, 30_000, () => 100 + random() * 6);
    arrive(history, 30_000, 45_000, () => 100 + byMs + random() * 6);
    expect(history.spreadMs).toBeLessThan(25);
    expect(history.baseMs).toBeGreaterThan(99 + byMs);
    expect(history.baseMs).toBeLessThan(102 + byMs);
  });

  it('keeps how much frames differ over a silence in which the clocks drifted', () => {
    const history = new TransitHistory();
    const random = seeded(4);
    arrive(history, 0, 60_000, () => 100 + random() * 60);
    arrive(history, 400_000, 400_100, () => 160 + random() * 60);
    expect(history.spreadMs).toBeGreaterThan(50);
    expect(history.spreadMs).toBeLessThan(65);
    expect(history.baseMs).toBeGreaterThan(155);
  });
});
