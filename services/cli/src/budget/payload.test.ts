import { createEncoder, type FrameMs, VOICE_FORMATS, voiceFormat } from '@partyline/codecs';
import { describe, expect, it } from 'vitest';
import { payloadBytes } from './payload.ts';

const FRAMES_MS: readonly FrameMs[] = [10, 20, 40, 60];
const CONSTANT = VOICE_FORMATS.filter(({ codec }) => codec !== 'opus');
/** Lengths of the packets that a real encoder makes of a hum. */
const encoded = async (name: string, options: object): Promise<number[]> => {
  const format = voiceFormat(name);
  const lengths = new Set<number>();
  const encoder = await createEncoder(format.codec, { ...format.options, ...options }, ({ length }) =>
    lengths.add(length),
  );
  for (let tag = 0; tag < 5; tag += 1) {
    encoder.encode(
      Float32Array.from({ length: encoder.frameSamples }, (_, i) => Math.sin(i / 9) * 0.3),
      tag,
    );
  }
  encoder.close();
  return [...lengths];
};

describe('payloadBytes', () => {
  // G.729 is a package of its own, of 10 bytes for 10 ms; here it cannot be opened.
  const here = CONSTANT.filter(({ codec }) => codec !== 'g729');
  const cases = here.flatMap(({ name, codec, sampleRate }) =>
    FRAMES_MS.filter(
      (frameMs) =>
        !(codec === 'speex' && frameMs < 20) &&
        !(codec === 'l16' && (sampleRate * frameMs * 2) / 1_000 > 1_500),
    ).map((frameMs) => [name, frameMs] as const),
  );

  it.each(cases)('is what the encoder of %s makes of %d ms', async (name, frameMs) => {
    expect(await encoded(name, { frameMs })).toEqual([payloadBytes(voiceFormat(name), { frameMs })]);
  });

  it.each(['speex/8000', 'speex/16000', 'speex/32000'])('is right for every quality of %s', async (name) => {
    for (let quality = 0; quality <= 10; quality += 1) {
      for (const frameMs of [20, 40, 60] as const) {
        const said = payloadBytes(voiceFormat(name), { frameMs, quality });
        expect(await encoded(name, { frameMs, quality }), `quality ${quality}, ${frameMs} ms`).toEqual([
          said,
        ]);
      }
    }
  });

  it('follows the bit rate of Opus, and knows what G.729 has', () => {
    expect(payloadBytes(voiceFormat('opus/48000'), { frameMs: 20, bitrate: 32_000 })).toBe(80);
    expect(payloadBytes(voiceFormat('opus/48000'), { frameMs: 20 })).toBe(100);
    expect(payloadBytes(voiceFormat('g729/8000'), { frameMs: 60 })).toBe(60);
  });

  it('refuses frames that a codec has not, or a message does not hold', () => {
    expect(() => payloadBytes(voiceFormat('speex/8000'), { frameMs: 10 })).toThrow('20, 40 and 60 ms');
    expect(() => payloadBytes(voiceFormat('l16/48000'), { frameMs: 20 })).toThrow('1920 bytes');
    expect(() => payloadBytes(voiceFormat('opus/48000'), { frameMs: 60, bitrate: 510_000 })).toThrow(
      'lower --bitrate',
    );
  });
});
