import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecCensus, commonCodecs } from './codec-census.ts';

describe('the codecs that a room has in common (rule 48)', () => {
  it('are those that each listener named, whoever comes and goes', () => {
    const names = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1 }), fc.nat(), (all, gone) => {
        const census = new CodecCensus();
        for (const codecs of all) census.add(codecs);
        const left = gone % all.length;
        census.remove(all[left]!);
        const rest = all.filter((_, index) => index !== left);
        const expected = [...new Set(rest.flat())].filter((id) =>
          rest.every((codecs) => codecs.includes(id)),
        );
        if (rest.length === 0) expect(census.common).toBeUndefined();
        else expect(census.common).toEqual(expected.sort((a, b) => a - b));
      }),
    );
  });

  it('are none of several edges that have none in common, and all where nobody listens', () => {
    expect(
      commonCodecs([
        [0, 1, 2],
        [1, 2],
        [2, 3],
      ]),
    ).toEqual([2]);
    expect(commonCodecs([[1], [2]])).toEqual([]);
    expect(commonCodecs([])).toContain(1);
  });
});
