import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaPath, type Box, linePath, niceTop, stack } from './chart-paths.ts';

const box: Box = { width: 100, height: 50, places: 5, top: 10 };

describe('linePath', () => {
  it('draws the newest value at the right end, whatever the length', () => {
    expect(linePath([0, 5, 10], box)).toBe('M50 50L75 25L100 0');
    expect(linePath([0, 5, 10, 5, 0], box)).toBe('M0 50L25 25L50 0L75 25L100 50');
  });

  it('breaks where nothing is known, and shows a single value as a dot', () => {
    expect(linePath([5, undefined, 5, 5], box)).toBe('M25 25h0M75 25L100 25');
    expect(linePath([], box)).toBe('');
    expect(linePath([undefined], box)).toBe('');
  });

  it('stays inside of the box', () => {
    expect(linePath([-5, 99], box)).toBe('M75 50L100 0');
  });
});

describe('areaPath', () => {
  it('goes along the upper series and back along the lower', () => {
    expect(areaPath([0, 0, 0], [10, 5, 10], box)).toBe('M50 0L75 25L100 0L100 50L75 50L50 50Z');
    expect(areaPath([0, undefined, 0], [10, 5, undefined], box)).toBe('M50 0L50 50Z');
  });
});

describe('stack', () => {
  it('adds up, and has a gap where any part has one', () => {
    expect(
      stack([
        [1, 2, undefined],
        [10, undefined, 30],
      ]),
    ).toEqual([
      [1, undefined, undefined],
      [11, undefined, undefined],
    ]);
  });

  it('takes a part below zero for nothing', () => {
    expect(stack([[-3], [5]])).toEqual([[0], [5]]);
  });
});

describe('niceTop', () => {
  it('is 1, 2 or 5 times a power of ten', () => {
    expect([0, 3, 10, 11, 99, 101, 480].map((value) => niceTop(value, 1))).toEqual([
      1, 5, 10, 20, 100, 200, 500,
    ]);
    expect(niceTop(0.013, 0.01)).toBeCloseTo(0.02, 9);
  });

  it('holds the value, and is less than two and a half times as much', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), (value) => {
        const top = niceTop(value, 1);
        expect(top).toBeGreaterThanOrEqual(value);
        expect(top).toBeLessThan(2.5 * value + 1e-9);
      }),
    );
  });
});
