// Copyright (C) 2026 the Partyline authors. Licensed under the GPL, version 3 or later: see ../LICENSE.
import { testVoice } from '@partyline/audio';
import { resample } from '@partyline/audio/node';
import { createDecoder, createEncoder, type FrameMs, registerCodec } from '@partyline/codecs';
import { beforeAll, describe, expect, it } from 'vitest';
import { g729 } from './index.ts';

const SECONDS = 8;
let voiceWithPauses: Float32Array;

beforeAll(async () => {
  registerCodec(g729);
  voiceWithPauses = await resample(testVoice(SECONDS), 48000, 8000);
  // A room is never quite silent. (A linear congruence: the same noise at every run.)
  let state = 1;
  voiceWithPauses = voiceWithPauses.map((sample) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return sample + (state / 2 ** 32 - 0.5) * 0.002;
  });
});

const encode = async (options: { dtx?: boolean; frameMs: FrameMs }): Promise<Uint8Array[]> => {
  const packets: Uint8Array[] = [];
  const encoder = await createEncoder('g729', options, (payload) => packets.push(payload));
  const { frameSamples } = encoder;
  for (let at = 0; at + frameSamples <= voiceWithPauses.length; at += frameSamples) {
    encoder.encode(voiceWithPauses.subarray(at, at + frameSamples), packets.length);
  }
  return packets;
};

describe('G.729', () => {
  it.each([10, 20, 40, 60] as const)('has 8 kbit/s in packets of %i ms', async (frameMs) => {
    const packets = await encode({ frameMs });
    expect(packets.length).toBe(Math.floor((SECONDS * 1000) / frameMs));
    expect(packets.every((packet) => packet.length === frameMs)).toBe(true);
  });

  it.each([10, 20, 40, 60] as const)(
    'describes silence or leaves it out, and sends words from their beginning, in packets of %i ms',
    async (frameMs) => {
      const packets = await encode({ dtx: true, frameMs });
      const lengths = packets.map((packet) => packet.length);
      // Voice, and at the end perhaps what silence is like; a packet of nothing but voice is a whole one.
      expect(lengths.every((bytes) => bytes % 10 === 2 || bytes === 0 || bytes === frameMs)).toBe(true);
      const share = (wanted: (bytes: number) => boolean) => lengths.filter(wanted).length / lengths.length;
      expect(share((bytes) => bytes === 0)).toBeGreaterThan(0.05);
      expect(share((bytes) => bytes % 10 === 2)).toBeGreaterThan(0);
      expect(share((bytes) => bytes === frameMs)).toBeGreaterThan(0.3);

      const heard: Float32Array[] = [];
      const decoder = await createDecoder('g729', { frameMs }, (pcm) => heard.push(pcm));
      for (const [tag, payload] of packets.entries()) decoder.decode(payload, tag);
      expect(heard.every((pcm) => pcm.length === frameMs * 8)).toBe(true);
      const loudness = (pcm: Float32Array) => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length);
      const silent = heard.filter((_, index) => lengths[index] === 0).map(loudness);
      // Noise about as loud as the room, neither nothing nor a voice.
      const mean = silent.reduce((sum, rms) => sum + rms, 0) / silent.length;
      expect(mean).toBeGreaterThan(0.0001);
      expect(mean).toBeLessThan(0.01);
    },
  );

  it('takes other lengths for packets of nothing', async () => {
    const errors: string[] = [];
    const decoder = await createDecoder(
      'g729',
      { onError: ({ code }) => errors.push(code) },
      () => undefined,
    );
    for (const bytes of [1, 3, 9, 11, 14, 19, 123, 130, 500]) decoder.decode(new Uint8Array(bytes), 0);
    expect(errors).toEqual(Array(9).fill('corrupt_packet'));
  });

  it('decodes the frames beside a loss once more, and makes up what is between', async () => {
    const packets = await encode({ frameMs: 20 });
    const at = 51;
    const heardOf = async (play: (decoder: Awaited<ReturnType<typeof createDecoder>>) => void) => {
      const heard: Float32Array[] = [];
      const decoder = await createDecoder('g729', { frameMs: 20 }, (pcm) => heard.push(pcm));
      for (let tag = 0; tag < at; tag += 1) decoder.decode(packets[tag]!, tag);
      play(decoder);
      return heard.slice(at).map((pcm) => pcm.slice());
    };
    const last = packets[at - 1]!.subarray(10);
    const one = await heardOf((decoder) => decoder.decodeAfterLoss(1, packets[at + 1]!, at + 1, 160));
    const first = packets[at + 1]!.subarray(0, 10);
    expect(one).toEqual(
      await heardOf((decoder) => {
        decoder.decode(Uint8Array.from([...last, ...first]), at);
        decoder.decode(packets[at + 1]!, at + 1);
      }),
    );
    const three = await heardOf((decoder) => decoder.decodeAfterLoss(3, packets[at + 3]!, at + 3, 160));
    const [begin] = await heardOf((decoder) => decoder.decode(Uint8Array.from([...last, ...last]), at));
    expect(three).toHaveLength(4);
    expect(three[0]).toEqual(begin);
    expect(three[1]).not.toEqual(begin);
    // Silence is beside it: then voice is not repeated into it.
    const silence = await heardOf((decoder) => decoder.decodeAfterLoss(1, new Uint8Array(0), at + 1, 160));
    expect(silence[0]).not.toEqual(one[0]);
  });
});
