import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((text) => /[^0]/.test(text));

describe('traceparent', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
        const parent = { traceId, spanId, sampled };
        expect(parseTraceparent(formatTraceparent(parent))).toEqual(parent);
      }),
    );
  });

  it('of a later version may go on after its flags', () => {
    const text = `cc-${'1'.repeat(32)}-${'2'.repeat(16)}-03-more`;
    expect(parseTraceparent(text)).toEqual({
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      sampled: true,
    });
  });

  it.each([
    undefined,
    7,
    '',
    `00-${'0'.repeat(32)}-${'2'.repeat(16)}-01`,
    `00-${'1'.repeat(32)}-${'0'.repeat(16)}-01`,
    `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01-more`,
    `ff-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'2'.repeat(16)}-01`,
    ['00-1', '00-2'],
    'x'.repeat(10_000),
  ])('that is not well formed is none (%#)', (value) => {
    expect(parseTraceparent(value)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parseTraceparent(value)));
  });
});
