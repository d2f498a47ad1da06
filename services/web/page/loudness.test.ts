import { describe, expect, it } from 'vitest';
import { Loudness } from './loudness.ts';

describe('Loudness', () => {
  it('maps speech levels to a ring between none and full', () => {
    const loudness = new Loudness();
    loudness.note(1, 12, true, 0);
    loudness.note(2, 60, true, 0);
    loudness.note(3, 127, true, 0);
    loudness.note(4, 0, true, 0);
    expect([1, 2, 3, 4].map((id) => loudness.of(id, 0).level)).toEqual([1, 0, 0, 1]);
  });

  it('falls slowly while frames come, and to nothing when they stop', () => {
    const loudness = new Loudness();
    loudness.note(1, 12, true, 0);
    loudness.note(1, 50, true, 20);
    expect(loudness.of(1, 20).level).toBeCloseTo(0.85);
    expect(loudness.of(1, 321)).toEqual({ level: 0, speaking: false });
  });

  it('draws nothing for frames that are no voice', () => {
    const loudness = new Loudness();
    loudness.note(1, 20, false, 0);
    expect(loudness.of(1, 0)).toEqual({ level: 0, speaking: false });
  });

  it('knows nothing of strangers and forgets who left', () => {
    const loudness = new Loudness();
    loudness.note(1, 20, true, 0);
    loudness.forget(1);
    expect(loudness.of(1, 0).speaking).toBe(false);
    expect(loudness.of(9, 0).level).toBe(0);
  });
});
