import { describe, expect, it } from 'vitest';
import { isTraced } from './tracing.ts';

const tracedOf = (streamId: number, every: number): number[] =>
  Array.from({ length: 0x1_0000 }, (_, sequence) => sequence).filter((sequence) =>
    isTraced(streamId, sequence, every),
  );

describe('frames that are followed', () => {
  it('are none unless it is asked for', () => {
    expect(tracedOf(7, 0)).toEqual([]);
    expect(isTraced(7, 7, Number.NaN)).toBe(false);
    expect(tracedOf(7, 1)).toHaveLength(0x1_0000);
  });

  it('are one in so many of every stream, whatever its number', () => {
    for (const every of [50, 64, 500, 1_000]) {
      for (const streamId of [1, 2, 3, 64, 1_000, 0x1234_5678, 0xffff_ffff]) {
        const expected = 0x1_0000 / every;
        const count = tracedOf(streamId, every).length;
        expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
      }
    }
  });

  it('are spread over a stream, and streams are not chosen in step', () => {
    const gaps = new Set(tracedOf(3, 64).map((sequence, index, all) => sequence - (all[index - 1] ?? 0)));
    expect(gaps.size).toBeGreaterThan(50);
    const others = new Set(tracedOf(4, 64));
    expect(tracedOf(3, 64).filter((sequence) => others.has(sequence)).length).toBeLessThan(100);
  });

  it('rule 46: are the same for every reader', () => {
    expect(tracedOf(1, 2_000).slice(0, 5)).toEqual([1371, 2436, 5315, 5835, 6168]);
  });
});
