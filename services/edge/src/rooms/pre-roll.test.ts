import { describe, expect, it } from 'vitest';
import { PRE_ROLL_FRAMES, PreRoll } from './pre-roll.ts';

const contents = (preRoll: PreRoll, nowMs: number): string[] =>
  Array.from({ length: preRoll.fresh(nowMs) }, (_, i) =>
    Buffer.from(preRoll.at(i).subarray(0, preRoll.lengthAt(i))).toString(),
  );
const keep = (preRoll: PreRoll, text: string, nowMs: number): void => {
  const bytes = Buffer.from(`--${text}--`);
  preRoll.keep(bytes, 2, bytes.length - 2, nowMs);
};

describe('pre-roll', () => {
  it('keeps the last three frames in order, whatever their lengths', () => {
    const preRoll = new PreRoll();
    expect(contents(preRoll, 0)).toEqual([]);
    const texts = ['one', 'two', 'three', 'four', 'f'.repeat(500), 'x'];
    for (const [i, text] of texts.entries()) keep(preRoll, text, i * 20);
    expect(contents(preRoll, 100)).toEqual(['four', 'f'.repeat(500), 'x']);
    expect(PRE_ROLL_FRAMES).toBe(3);
  });

  it('forgets frames that are too old to belong to what comes now', () => {
    const preRoll = new PreRoll();
    keep(preRoll, 'old', 0);
    keep(preRoll, 'fresh', 400);
    expect(contents(preRoll, 420)).toEqual(['fresh']);
  });

  it('is empty after it was cleared, and fills again', () => {
    const preRoll = new PreRoll();
    keep(preRoll, 'a', 0);
    preRoll.clear();
    expect(contents(preRoll, 0)).toEqual([]);
    keep(preRoll, 'b', 20);
    expect(contents(preRoll, 20)).toEqual(['b']);
  });
});
