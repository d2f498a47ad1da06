import { registerCodec } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CodecUnderTest, likeness, openDecoder, openEncoder, voiceAt } from './codec-under-test.ts';

const subjects: [string, CodecUnderTest][] = [
  ...(
    [
      ['nb', 8000],
      ['wb', 16000],
      ['uwb', 32000],
    ] as const
  ).map(([mode, sampleRate]): [string, CodecUnderTest] => [
    `Speex ${mode}`,
    {
      codec: 'speex',
      sampleRate,
      framesMs: [20, 40, 60],
      encoder: { mode },
      decoder: { mode },
      likeness: 0.65,
    },
  ]),
  [
    'G.722',
    {
      codec: 'g722',
      sampleRate: 16000,
      framesMs: [10, 20, 40, 60],
      encoder: {},
      decoder: {},
      likeness: 0.95,
    },
  ],
  [
    'G.729',
    {
      codec: 'g729',
      sampleRate: 8000,
      framesMs: [10, 20, 40, 60],
      encoder: {},
      decoder: {},
      likeness: 0.65,
    },
  ],
];

beforeAll(() => registerCodec(g729));

describe.each(subjects)('%s', (_, subject) => {
  const { sampleRate } = subject;
  let voice: Float32Array;
  beforeAll(async () => {
    voice = await voiceAt(sampleRate, 2);
  });

  it.each(subject.framesMs)('gives back a voice in frames of %i ms', async (frameMs) => {
    const { encoder, encode } = await openEncoder(subject, { frameMs });
    expect(encoder).toMatchObject({ codec: subject.codec, engine: 'wasm', sampleRate });
    expect(encoder.frameSamples).toBe((sampleRate / 1000) * frameMs);
    const { decoder, heard, errors, sound } = await openDecoder(subject);
    const packets = encode(voice);
    for (const [tag, payload] of packets.entries()) decoder.decode(payload, tag);
    expect(errors).toEqual([]);
    expect(heard.map(({ pcm, tag, concealed }) => [pcm.length, tag, concealed])).toEqual(
      packets.map((_packet, tag) => [encoder.frameSamples, tag, false]),
    );
    expect(likeness(voice, sound(), sampleRate)).toBeGreaterThan(subject.likeness);
  });

  it('begins anew after a reset', async () => {
    const { encoder, encode } = await openEncoder(subject);
    const { decoder, heard } = await openDecoder(subject);
    const once = encode(voice);
    for (const [tag, payload] of once.entries()) decoder.decode(payload, tag);
    const heardOnce = heard.splice(0).map(({ pcm }) => pcm);
    await encoder.reset();
    await decoder.reset();
    const again = encode(voice);
    for (const [tag, payload] of again.entries()) decoder.decode(payload, tag);
    expect(again).toEqual(once);
    expect(heard.map(({ pcm }) => pcm)).toEqual(heardOnce);
  });

  it('does nothing once closed', async () => {
    const { encoder, encode, packets } = await openEncoder(subject);
    const { decoder, heard, errors } = await openDecoder(subject);
    const [packet] = encode(voice);
    encoder.close();
    encoder.close();
    expect(encode(voice)).toEqual([]);
    await encoder.reset();
    expect(packets.length).toBeGreaterThan(0);
    decoder.close();
    decoder.close();
    decoder.decode(packet!, 0);
    decoder.decodeAfterLoss(2, packet!, 3, encoder.frameSamples);
    await decoder.reset();
    expect([...heard, ...errors]).toEqual([]);
  });

  it('refuses frames and options that it does not have, saying which it has', async () => {
    const { encoder } = await openEncoder(subject);
    expect(() => encoder.encode(new Float32Array(encoder.frameSamples - 1), 0)).toThrow(
      expect.objectContaining({ code: 'wrong_frame_size' }),
    );
    await expect(openEncoder(subject, { frameMs: 30 })).rejects.toMatchObject({
      code: 'invalid_option',
      message: `frameMs is 30; give one of ${subject.framesMs.join(', ')}`,
    });
    const { decoder } = await openDecoder(subject);
    for (const frameSamples of [0, 7, 1.5, sampleRate]) {
      expect(() => decoder.decodeAfterLoss(1, new Uint8Array(10), 1, frameSamples)).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      );
    }
  });

  it('takes what is no sample, or beyond full scale, without harm', async () => {
    const { encoder, encode } = await openEncoder(subject);
    for (const odd of [Number.NaN, 5, -5, Number.POSITIVE_INFINITY]) {
      encode(new Float32Array(encoder.frameSamples).fill(odd));
    }
    await encoder.reset();
    const { encode: encodeFresh } = await openEncoder(subject);
    expect(encode(voice)).toEqual(encodeFresh(voice));
  });

  it('makes up what was lost, and says so', async () => {
    const { encoder, encode } = await openEncoder(subject);
    const { frameSamples } = encoder;
    const packets = encode(voice);
    const { decoder, heard } = await openDecoder(subject);
    // In the middle of a syllable.
    for (let tag = 0; tag < 14; tag += 1) decoder.decode(packets[tag]!, tag);
    decoder.decodeAfterLoss(2, packets[16]!, 16, frameSamples);
    decoder.decodeAfterLoss(40, packets[57]!, 57, frameSamples);
    const concealed = heard.filter((one) => one.concealed);
    const gap = Array.from({ length: 10 }, (_made, index) => 17 + index);
    expect(concealed.map(({ tag }) => tag)).toEqual([14, 15, ...gap]);
    expect(concealed.every(({ pcm }) => pcm.length === frameSamples)).toBe(true);
    const loudness = (pcm: Float32Array) => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length);
    expect(loudness(concealed[0]!.pcm)).toBeGreaterThan(loudness(heard[13]!.pcm) / 4);
  });

  it('is as before after a packet that is none', async () => {
    const { encode } = await openEncoder(subject);
    const packets = encode(voice).slice(0, 40);
    const undisturbed = await openDecoder(subject);
    const disturbed = await openDecoder(subject);
    const longest = new Uint8Array(2000).fill(0x55);
    for (const [tag, payload] of packets.entries()) {
      undisturbed.decoder.decode(payload, tag);
      disturbed.decoder.decode(longest, tag);
      disturbed.decoder.decode(payload, tag);
    }
    expect(disturbed.sound()).toEqual(undisturbed.sound());
    expect(disturbed.decoder.corruptPackets).toBe(packets.length);
    expect(disturbed.errors.map(({ code }) => code)).toEqual(packets.map(() => 'corrupt_packet'));
  });

  it('makes PCM or a counted error of any payload, never more than 120 ms, and hears well afterwards', async () => {
    const { encode } = await openEncoder(subject);
    const packets = encode(voice);
    const { decoder, heard, errors, sound } = await openDecoder(subject);
    const damaged = fc.tuple(fc.nat(packets.length - 1), fc.nat(), fc.nat(7)).map(([index, cut, bit]) => {
      const payload = packets[index]!.slice(0, cut % packets[index]!.length);
      if (payload.length > 0) payload[cut % payload.length]! ^= 1 << bit;
      return payload;
    });
    let tag = 0;
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 1100 }), damaged), (payload) => {
        decoder.decode(payload, tag);
        tag += 1;
      }),
      { numRuns: 2000 },
    );
    expect(heard.length + decoder.corruptPackets).toBe(tag);
    expect(errors.every(({ code }) => code === 'corrupt_packet')).toBe(true);
    expect(heard.every(({ pcm }) => pcm.length <= (sampleRate * 120) / 1000)).toBe(true);
    expect(heard.every(({ pcm }) => pcm.every((sample) => Math.abs(sample) <= 1))).toBe(true);
    heard.length = 0;
    for (const payload of packets) decoder.decode(payload, 0);
    expect(likeness(voice, sound(), sampleRate)).toBeGreaterThan(subject.likeness - 0.1);
  });
});
