import { createDecoder, createEncoder } from '@partyline/codecs';
import { assert, integer, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concealed, packetSamples, silence } from './opus-packet.ts';

const decode = async (packets: readonly Uint8Array[]): Promise<Float32Array[]> => {
  const heard: Float32Array[] = [];
  const decoder = await createDecoder('opus', { engine: 'wasm' }, (pcm) => heard.push(pcm));
  for (const [tag, packet] of packets.entries()) decoder.decode(packet, tag);
  expect(decoder.corruptPackets).toBe(0);
  decoder.close();
  return heard;
};

const tone = (frame: number): Float32Array =>
  Float32Array.from(
    { length: 960 },
    (_, i) => 0.3 * Math.sin((2 * Math.PI * 300 * (frame * 960 + i)) / 48_000),
  );

const voice = async (frames: number): Promise<Uint8Array[]> => {
  const packets: Uint8Array[] = [];
  const encoder = await createEncoder('opus', { engine: 'wasm' }, (packet) => packets.push(packet.slice()));
  for (let i = 0; i < frames; i += 1) encoder.encode(tone(i), i);
  encoder.close();
  return packets;
};

describe('the length of an Opus packet', () => {
  it('is what libopus decodes it to, for every configuration and number of frames', async () => {
    for (let configuration = 0; configuration < 32; configuration += 1) {
      for (const packet of [
        Uint8Array.of(configuration << 3),
        Uint8Array.of((configuration << 3) | 1),
        Uint8Array.of((configuration << 3) | 3, 2),
      ]) {
        const samples = packetSamples(packet);
        if (samples === undefined) continue;
        const [pcm] = await decode([packet]);
        expect(pcm?.length).toBe(samples);
      }
    }
  });

  it('is unknown for what is no packet, and never more than 120 ms whatever the bytes', () => {
    expect(packetSamples(new Uint8Array())).toBeUndefined();
    expect(packetSamples(Uint8Array.of(0x03, 0))).toBeUndefined();
    expect(packetSamples(Uint8Array.of(0x1b, 3))).toBeUndefined();
    assert(
      property(uint8Array({ maxLength: 40 }), (packet) => {
        const samples = packetSamples(packet);
        return samples === undefined || (samples > 0 && samples <= 5_760 && samples % 120 === 0);
      }),
    );
  });
});

describe('filling', () => {
  it('makes silence of any multiple of 2.5 ms: zeros, exactly as long as asked for', () => {
    assert(
      property(integer({ min: 0, max: 200 }), (steps) => {
        const fillings = [...silence(steps * 120)];
        const told = fillings.reduce((sum, { samples }) => sum + samples, 0);
        const said = fillings.reduce((sum, { payload }) => sum + packetSamples(payload)!, 0);
        return told === steps * 120 && said === told;
      }),
    );
  });

  it('is digital silence for a decoder, also after voice', async () => {
    const before = await voice(10);
    const fillings = [...silence(48_000 + 360)];
    const heard = await decode([...before, ...fillings.map(({ payload }) => payload)]);
    const pcm = heard.slice(before.length);
    expect(pcm.reduce((sum, { length }) => sum + length, 0)).toBe(48_360);
    const rest = pcm.slice(1).map((block) => Math.max(...block.map(Math.abs)));
    // What is left of the filter after the decoder: a tenth of a 16-bit step at most.
    for (const [at, loudest] of rest.entries()) expect(loudest, `block ${at}`).toBeLessThan(3e-6);
  });

  it('conceals what was lost, of the same kind as the packet before, and as long', async () => {
    const before = await voice(10);
    const fillings = [...concealed(before.at(-1)!, 1_920 + 120)];
    const heard = await decode([...before, ...fillings.map(({ payload }) => payload)]);
    const [first] = heard.slice(before.length);
    expect(fillings.reduce((sum, { samples }) => sum + samples, 0)).toBe(2_040);
    // A tone goes on for a moment: somebody who listens hears no hole.
    expect(Math.max(...first!)).toBeGreaterThan(0.1);
  });
});
