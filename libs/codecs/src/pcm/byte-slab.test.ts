import { describe, expect, it } from 'vitest';
import { ByteSlab } from './byte-slab.ts';

describe('a slab', () => {
  it('gives arrays that nobody else has, of any length', () => {
    const slab = new ByteSlab();
    const taken = [160, 8192, 20_000, 0, 1, 8000, 400].map((bytes, index) =>
      slab.take(bytes).fill(index + 1),
    );
    expect(taken.map(({ length }) => length)).toEqual([160, 8192, 20_000, 0, 1, 8000, 400]);
    for (const [index, array] of taken.entries()) {
      expect(array.every((byte) => byte === index + 1)).toBe(true);
    }
    expect(slab.take(160).every((byte) => byte === 0)).toBe(true);
  });

  it('goes on when an array was transferred to another thread', () => {
    const slab = new ByteSlab();
    const sent = slab.take(160);
    structuredClone(sent, { transfer: [sent.buffer] });
    expect(slab.take(160)).toHaveLength(160);
  });
});
