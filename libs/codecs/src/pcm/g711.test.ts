import { describe, expect, it } from 'vitest';
import { createDecoder, createEncoder } from '../index.ts';
import { G711_SPARE_BITS, type G711Law, g711DecodeTable, g711EncodeTable } from './g711.ts';

/**
 * The laws as the Recommendation's tables 1 and 2 give them: segments, each with the decision value it begins with and
 * the width of its 16 (µ-law's first: 15 and half a step before) intervals, for magnitudes of the uniform PCM.
 */
const TABLES = {
  a: {
    bits: 13,
    segments: [
      { from: 0, step: 2, intervals: 32 },
      { from: 64, step: 4, intervals: 16 },
      { from: 128, step: 8, intervals: 16 },
      { from: 256, step: 16, intervals: 16 },
      { from: 512, step: 32, intervals: 16 },
      { from: 1024, step: 64, intervals: 16 },
      { from: 2048, step: 128, intervals: 16 },
    ],
    // Character signals: the sign is 1 for positive, even bits are inverted.
    code: (number: number, negative: boolean) => ((negative ? 0 : 0x80) | number) ^ 0x55,
  },
  mu: {
    bits: 14,
    segments: [
      { from: 0, step: 1, intervals: 1 },
      { from: 1, step: 2, intervals: 15 },
      { from: 31, step: 4, intervals: 16 },
      { from: 95, step: 8, intervals: 16 },
      { from: 223, step: 16, intervals: 16 },
      { from: 479, step: 32, intervals: 16 },
      { from: 991, step: 64, intervals: 16 },
      { from: 2015, step: 128, intervals: 16 },
      { from: 4063, step: 256, intervals: 16 },
    ],
    // All bits but the sign are inverted; the sign is 1 for positive.
    code: (number: number, negative: boolean) => (negative ? 0 : 0x80) | (number ^ 0x7f),
  },
} as const;

const intervalsOf = (law: G711Law) =>
  TABLES[law].segments.flatMap(({ from, step, intervals }) =>
    Array.from({ length: intervals }, (_, i) => ({ from: from + i * step, step })),
  );

describe.each(['a', 'mu'] as const)('G.711 %s-law', (law) => {
  const { bits, code } = TABLES[law];
  const intervals = intervalsOf(law);

  it('has 128 intervals on each side', () => {
    expect(intervals).toHaveLength(128);
  });

  it('gives all 65,536 samples the code of the interval that the Recommendation puts them in', () => {
    const wrong: number[] = [];
    const encode = g711EncodeTable(law);
    for (let sample = -32768; sample < 32768; sample += 1) {
      const magnitude = (sample < 0 ? ~sample : sample) >> (16 - bits);
      let number = 127;
      while (intervals[number]!.from > magnitude) number -= 1;
      if (encode[(sample & 0xffff) >> G711_SPARE_BITS[law]] !== code(number, sample < 0)) wrong.push(sample);
    }
    expect(wrong).toEqual([]);
  });

  it('gives all 256 codes the value in the middle of their interval', () => {
    const decode = g711DecodeTable(law);
    intervals.forEach(({ from, step }, number) => {
      // The first interval of µ-law is one value wide and stands for 0.
      const middle = law === 'mu' && number === 0 ? 0 : from + step / 2;
      const value = (middle * 2 ** (16 - bits)) / 32768;
      expect(decode[code(number, false)]).toBe(value);
      expect(decode[code(number, true)]).toBe(-value);
    });
  });

  it.each([8000, 16000] as const)(
    'carries samples at %i Hz, whatever the length of a frame',
    async (sampleRate) => {
      const codec = law === 'a' ? 'pcma' : 'pcmu';
      for (const frameMs of [10, 20, 40, 60] as const) {
        const packets: Uint8Array[] = [];
        const encoder = await createEncoder(codec, { sampleRate, frameMs }, (payload) =>
          packets.push(payload),
        );
        expect(encoder.frameSamples).toBe((sampleRate / 1000) * frameMs);
        const pcm = Float32Array.from({ length: encoder.frameSamples }, (_, i) => Math.sin(i / 7) * 0.9);
        encoder.encode(pcm, 0);
        const heard: Float32Array[] = [];
        const decoder = await createDecoder(codec, { sampleRate }, (out) => heard.push(out));
        decoder.decode(packets[0]!, 0);
        const worst = Math.max(
          ...pcm.map((sample, i) => Math.abs(heard[0]![i]! - sample) / Math.max(0.02, Math.abs(sample))),
        );
        // Half of the widest step of a segment: 1/32 of the value.
        expect(worst).toBeLessThan(1 / 30);
      }
    },
  );
});
