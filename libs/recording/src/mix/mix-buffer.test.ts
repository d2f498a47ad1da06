import { describe, expect, it } from 'vitest';
import { MixBuffer } from './mix-buffer.ts';

const ones = (length: number): Float32Array => new Float32Array(length).fill(1);

describe('the mix', () => {
  it('adds voices where they were spoken, around the end of its ring too', () => {
    const buffer = new MixBuffer();
    for (let second = 0; second < 30; second += 1) {
      buffer.add(second * 48_000 + 100, ones(200));
      buffer.add(second * 48_000 + 200, ones(200));
      const taken = buffer.take(48_000);
      expect([taken[99], taken[100], taken[200], taken[299], taken[300], taken[400]]).toEqual([
        0, 1, 2, 2, 1, 0,
      ]);
    }
    expect(buffer.misplacedSamples).toBe(0);
  });

  it('leaves out, and counts, what comes too late or from too far ahead', () => {
    const buffer = new MixBuffer();
    buffer.take(1_000);
    buffer.add(900, ones(200));
    buffer.add(1_000 + 12 * 48_000, ones(10));
    expect(buffer.misplacedSamples).toBe(110);
    expect([...buffer.take(101)]).toEqual([...ones(100), 0]);
  });
});
