import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestMatch, concat, syntheticVoice } from '../../test/voice.ts';
import {
  type CodecError,
  createDecoder,
  createEncoder,
  MAX_CONCEALED_FRAMES,
  type OpusEncoderOptions,
} from '../index.ts';

async function encodeAll(voice: Float32Array, options: OpusEncoderOptions = {}) {
  const frames: { payload: Uint8Array; tag: number }[] = [];
  const encoder = await createEncoder('opus', options, (payload, tag) => frames.push({ payload, tag }));
  const { frameSamples } = encoder;
  for (let tag = 0; (tag + 1) * frameSamples <= voice.length; tag += 1) {
    encoder.encode(voice.subarray(tag * frameSamples, (tag + 1) * frameSamples), tag);
  }
  encoder.close();
  return frames;
}

async function openDecoder() {
  const output: { pcm: Float32Array; tag: number; concealed: boolean }[] = [];
  const errors: CodecError[] = [];
  const decoder = await createDecoder(
    'opus',
    { onError: (error) => errors.push(error) },
    (pcm, tag, concealed) => output.push({ pcm, tag, concealed }),
  );
  return { decoder, output, errors };
}

describe('Opus through WebAssembly', () => {
  const voice = syntheticVoice(2);

  it.each([10, 20, 40, 60] as const)('gives back a voice in frames of %i ms', async (frameMs) => {
    const frames = await encodeAll(voice, { frameMs });
    const { decoder, output } = await openDecoder();
    for (const { payload, tag } of frames) decoder.decode(payload, tag);
    expect(decoder.engine).toBe('wasm');
    expect(output.map(({ tag }) => tag)).toEqual(frames.map((_, index) => index));
    expect(output.every(({ pcm }) => pcm.length === frameMs * 48)).toBe(true);
    const { correlation, delaySamples } = bestMatch(voice, concat(output.map(({ pcm }) => pcm)));
    expect(correlation).toBeGreaterThan(0.95);
    expect(delaySamples).toBeLessThan(480);
  });

  it('keeps to the bitrate, also after it changed', async () => {
    const sizes: number[] = [];
    const encoder = await createEncoder('opus', { bitrate: 32000 }, (payload) => sizes.push(payload.length));
    for (let tag = 0; tag < 50; tag += 1) encoder.encode(voice.subarray(tag * 960, tag * 960 + 960), tag);
    encoder.setBitrate(12000);
    for (let tag = 50; tag < 100; tag += 1) encoder.encode(voice.subarray(tag * 960, tag * 960 + 960), tag);
    const bitsPerSecond = (from: number) => sizes.slice(from, from + 50).reduce((sum, n) => sum + n * 8, 0);
    expect(bitsPerSecond(0)).toBeGreaterThan(16000);
    expect(bitsPerSecond(0)).toBeLessThan(48000);
    expect(bitsPerSecond(50)).toBeLessThan(18000);
    encoder.close();
  });

  it('rebuilds a lost frame from FEC better than silence or plain concealment would', async () => {
    const frames = await encodeAll(voice, {});
    const whole = await openDecoder();
    for (const { payload, tag } of frames) whole.decoder.decode(payload, tag);
    const errorAgainstWhole = async (rebuild: 'fec' | 'concealment') => {
      const { decoder, output } = await openDecoder();
      for (let tag = 0; tag < frames.length; tag += 1) {
        if (tag % 5 === 3) continue;
        const { payload } = frames[tag]!;
        if (tag % 5 !== 4) decoder.decode(payload, tag);
        else if (rebuild === 'fec') decoder.decodeAfterLoss(1, payload, tag, 960);
        // A packet without FEC data makes the same call conceal: the table-of-contents byte of an empty frame.
        else {
          decoder.decodeAfterLoss(1, payload.subarray(0, 1), tag, 960);
          decoder.decode(payload, tag);
        }
      }
      const lost = output.filter(({ concealed }) => concealed);
      expect(lost.map(({ tag }) => tag)).toEqual(frames.map((_, tag) => tag).filter((tag) => tag % 5 === 3));
      let errorEnergy = 0;
      let energy = 0;
      for (const { pcm, tag } of lost) {
        const truth = whole.output[tag]!.pcm;
        for (let i = 0; i < pcm.length; i += 1) {
          errorEnergy += (pcm[i]! - truth[i]!) ** 2;
          energy += truth[i]! ** 2;
        }
      }
      return errorEnergy / energy;
    };
    const fec = await errorAgainstWhole('fec');
    expect(fec).toBeLessThan(0.5);
    expect(fec).toBeLessThan((await errorAgainstWhole('concealment')) * 0.7);
  });

  it('conceals a long gap up to its limit, in order, and goes on', async () => {
    const frames = await encodeAll(voice);
    const { decoder, output } = await openDecoder();
    for (let tag = 0; tag < 10; tag += 1) decoder.decode(frames[tag]!.payload, tag);
    decoder.decodeAfterLoss(40, frames[50]!.payload, 50, 960);
    const tags = output.slice(10).map(({ tag }) => tag);
    expect(tags).toEqual([...Array.from({ length: MAX_CONCEALED_FRAMES - 1 }, (_, i) => 10 + i), 49, 50]);
  });

  it('reports and counts corrupt packets without throwing, and decodes the next one', async () => {
    const frames = await encodeAll(voice);
    const { decoder, output, errors } = await openDecoder();
    decoder.decode(frames[0]!.payload, 0);
    decoder.decode(new Uint8Array(0), 1);
    decoder.decode(Uint8Array.of(0x03, 0x00), 2);
    decoder.decodeAfterLoss(1, Uint8Array.of(0xff, 0xff, 0xff), 4, 960);
    decoder.decode(frames[5]!.payload, 5);
    expect(decoder.corruptPackets).toBe(3);
    expect(errors.map(({ code }) => code)).toEqual(['corrupt_packet', 'corrupt_packet', 'corrupt_packet']);
    expect(output.map(({ tag, concealed }) => [tag, concealed])).toEqual([
      [0, false],
      [3, true],
      [5, false],
    ]);
  });

  it('never throws for random bytes', async () => {
    const { decoder } = await openDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(3), (payload, missing) => {
        decoder.decodeAfterLoss(missing, payload, 9, 960);
      }),
      { numRuns: 300 },
    );
  });

  it('ignores work after close', async () => {
    const frames = await encodeAll(voice);
    const { decoder, output } = await openDecoder();
    decoder.close();
    decoder.close();
    decoder.decode(frames[0]!.payload, 0);
    decoder.decodeAfterLoss(2, frames[3]!.payload, 3, 960);
    expect(output).toEqual([]);
  });

  it.each([
    [{ bitrate: 100 }, 'invalid_option'],
    [{ frameMs: 25 as 20 }, 'invalid_option'],
    [{ complexity: 11 }, 'invalid_option'],
    [{ expectedLossPercent: 101 }, 'invalid_option'],
    [{ engine: 'webcodecs' as const }, 'engine_unavailable'],
  ])('refuses %j with a typed error', async (options, code) => {
    await expect(createEncoder('opus', options, () => undefined)).rejects.toMatchObject({ code });
  });

  it('refuses a frame of the wrong length with a typed error', async () => {
    const encoder = await createEncoder('opus', {}, () => undefined);
    expect(() => encoder.encode(new Float32Array(100), 0)).toThrow(/exactly 960 samples/);
    encoder.close();
  });
});
