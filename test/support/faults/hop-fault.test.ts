import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HopFault } from './hop-fault.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a fault of one hop', () => {
  it('hands everything on at once until it is told otherwise', () => {
    const fault = new HopFault();
    const out: number[] = [];
    for (let i = 0; i < 100; i++) if (!fault.loses(1)) fault.hold(1, () => out.push(i));
    expect(out).toHaveLength(100);
    expect(fault.injected).toEqual({ frames: 100, droppedFrames: 0, delayedFrames: 0, heldMs: 0 });
  });

  it('loses exactly one frame in so many, and counts it', () => {
    const fault = new HopFault();
    fault.wish({ dropEvery: 33 });
    const lost = Array.from({ length: 330 }, (_, i) => i + 1).filter(() => fault.loses(1));
    expect(lost).toEqual([33, 66, 99, 132, 165, 198, 231, 264, 297, 330]);
    expect(fault.injected).toMatchObject({ frames: 330, droppedFrames: 10 });
  });

  it('loses messages of several frames whole, as often as their frames make it', () => {
    const fault = new HopFault();
    fault.wish({ dropEvery: 4 });
    expect([3, 3, 3, 3].map((frames) => fault.loses(frames))).toEqual([false, true, true, true]);
    expect(fault.injected).toMatchObject({ frames: 12, droppedFrames: 9 });
  });

  it('holds each by the same time, and lets nothing overtake when the delay is taken back', () => {
    const fault = new HopFault();
    const out: [string, number][] = [];
    const startMs = performance.now();
    const pass = (name: string): void => fault.hold(1, () => out.push([name, performance.now() - startMs]));
    fault.wish({ delayMs: 50 });
    pass('a');
    vi.advanceTimersByTime(20);
    pass('b');
    fault.wish({ delayMs: 0 });
    pass('c');
    expect(fault.holds).toBe(true);
    vi.advanceTimersByTime(100);
    expect(out).toEqual([
      ['a', 50],
      ['b', 70],
      ['c', 70],
    ]);
    expect(fault.holds).toBe(false);
    pass('d');
    expect(out.at(-1)).toEqual(['d', 120]);
    expect(fault.injected).toMatchObject({ delayedFrames: 3, heldMs: 150 });
  });
});
