import { describe, expect, it } from 'vitest';
import { figureNames, figureOf, seriesOf } from './line-figures.ts';
import { lineSample } from './line-fixture.ts';

const way = (totalMs: number) => ({ uplinkMs: -1, edgeMs: 2, downlinkMs: 10, playoutMs: 60, totalMs });

describe('figureOf', () => {
  const samples = [
    lineSample({ way: way(80), jitterMs: 2 }),
    lineSample({ way: way(120), jitterMs: 8 }),
    lineSample({ way: undefined, jitterMs: undefined, lost: undefined }),
  ];

  it('has the newest value, and mean and worst of those that are known', () => {
    expect(figureOf(samples, 'mouthToEar')).toEqual({ now: undefined, mean: 100, worst: 120 });
    expect(figureOf(samples, 'jitter')).toEqual({ now: undefined, mean: 5, worst: 8 });
    expect(figureOf(samples, 'rtt')).toEqual({ now: 24, mean: 24, worst: 24 });
    expect(figureOf([], 'rtt')).toEqual({ now: undefined, mean: undefined, worst: undefined });
  });

  it('shows no time below zero, which is a clock that is a little off', () => {
    expect(seriesOf(samples, 'uplink')).toEqual([0, 0, undefined]);
  });

  it('knows every figure', () => {
    for (const name of figureNames) expect(seriesOf([lineSample()], name)[0], name).toBeTypeOf('number');
  });
});
