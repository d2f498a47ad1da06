import { describe, expect, it } from 'vitest';
import { syntheticVoice } from '../../test/voice.ts';
import { createDecoder, createEncoder, type SpeexEncoderOptions } from '../index.ts';

/** Every third sample of the voice at 48 kHz: it has nothing above 4 kHz. */
const voice = syntheticVoice(2).filter((_, index) => index % 3 === 0);
const silence = new Float32Array(16000);

const encode = async (pcm: Float32Array, options: SpeexEncoderOptions): Promise<Uint8Array[]> => {
  const packets: Uint8Array[] = [];
  const encoder = await createEncoder('speex', options, (payload) => packets.push(payload));
  for (let at = 0; at + encoder.frameSamples <= pcm.length; at += encoder.frameSamples) {
    encoder.encode(pcm.subarray(at, at + encoder.frameSamples), packets.length);
  }
  return packets;
};
const bytesOf = (packets: readonly Uint8Array[]) => packets.reduce((sum, { length }) => sum + length, 0);

describe('Speex', () => {
  it('has the rates of its manual at every quality, wide band, in bit/s', async () => {
    const rates: number[] = [];
    for (let quality = 0; quality <= 10; quality += 1) {
      const packets = await encode(voice, { quality });
      // A packet is filled up to whole bytes.
      rates.push((bytesOf(packets) * 8 * 50) / packets.length);
    }
    const manual = [3950, 5750, 7750, 9800, 12800, 16800, 20600, 23800, 27800, 34200, 42200];
    expect(rates).toEqual(manual.map((bps) => Math.ceil(bps / 400) * 400));
  });

  it('follows what is said with a variable rate', async () => {
    const constant = await encode(voice, { quality: 8 });
    const variable = await encode(voice, { quality: 8, vbr: true });
    expect(new Set(constant.map(({ length }) => length)).size).toBe(1);
    expect(new Set(variable.map(({ length }) => length)).size).toBeGreaterThan(2);
  });

  it.each([20, 40, 60] as const)(
    'sends nothing of silence with DTX, in packets of %i ms',
    async (frameMs) => {
      const pcm = new Float32Array([...voice, ...silence, ...voice]);
      const packets = await encode(pcm, { dtx: true, frameMs });
      const empty = packets.filter(({ length }) => length === 0);
      expect(empty.length * frameMs).toBeGreaterThan(500);
      const heard: Float32Array[] = [];
      const decoder = await createDecoder('speex', {}, (pcmOfPacket) => heard.push(pcmOfPacket));
      for (const [tag, payload] of packets.entries()) decoder.decode(payload, tag);
      expect(heard.every(({ length }) => length === frameMs * 16)).toBe(true);
    },
  );

  it.each([
    [{ quality: 11 }, 'quality is 11; give a whole number from 0 to 10'],
    [{ quality: 2.5 }, 'quality is 2.5; give a whole number from 0 to 10'],
    [{ complexity: 0 }, 'complexity is 0; give a whole number from 1 to 10'],
    [{ mode: 'swb' as 'wb' }, 'mode is swb; give one of nb, wb, uwb'],
  ])('refuses %j, saying what there is', async (options, message) => {
    await expect(encode(voice, options)).rejects.toMatchObject({ code: 'invalid_option', message });
  });

  it('decodes narrow band in a wide band decoder, as RFC 5574 wants', async () => {
    const narrow = await encode(
      voice.filter((_, index) => index % 2 === 0),
      { mode: 'nb' },
    );
    const heard: Float32Array[] = [];
    const errors: unknown[] = [];
    const options = { mode: 'wb', onError: (error: unknown) => errors.push(error) } as const;
    const decoder = await createDecoder('speex', options, (pcm) => heard.push(pcm));
    for (const [tag, payload] of narrow.entries()) decoder.decode(payload, tag);
    expect(errors).toEqual([]);
    expect(heard.every(({ length }) => length === 320)).toBe(true);
  });

  describe('for lost frames', () => {
    /** What is heard of packets that come in this order, none lost. */
    const heardOf = async (packets: readonly Uint8Array[]): Promise<Float32Array[]> => {
      const heard: Float32Array[] = [];
      const decoder = await createDecoder('speex', {}, (pcm) => heard.push(pcm));
      for (const [tag, payload] of packets.entries()) decoder.decode(payload, tag);
      return heard;
    };
    /** What is heard when so many are lost before the packet with this number. */
    const heardWithLoss = async (packets: readonly Uint8Array[], number: number, missing: number) => {
      const heard: { pcm: Float32Array; tag: number; concealed: boolean }[] = [];
      const decoder = await createDecoder('speex', {}, (pcm, tag, concealed) =>
        heard.push({ pcm, tag, concealed }),
      );
      for (let tag = 0; tag < number - missing; tag += 1) decoder.decode(packets[tag]!, tag);
      decoder.decodeAfterLoss(missing, packets[number]!, number, 320);
      expect(heard.map(({ tag }) => tag)).toEqual(Array.from({ length: number + 1 }, (_, tag) => tag));
      expect(heard.map(({ concealed }) => concealed)).toEqual(
        heard.map((_, tag) => tag >= number - missing && tag < number),
      );
      return heard.map(({ pcm }) => pcm);
    };

    it('decodes those beside the loss once more', async () => {
      const packets = await encode(voice, {});
      const before = packets.slice(0, 49);
      const behind = packets[50]!;
      expect(await heardWithLoss(packets, 50, 1)).toEqual(await heardOf([...before, behind, behind]));
      const shorter = packets.slice(0, 48);
      const last = packets[47]!;
      expect(await heardWithLoss(packets, 50, 2)).toEqual(await heardOf([...shorter, last, behind, behind]));
      // Between them is what Speex makes up.
      const long = await heardWithLoss(packets, 52, 4);
      expect(long.slice(0, 49)).toEqual(await heardOf([...shorter, last]));
    });

    it('makes up what it can where nothing came behind, or nothing that can be decoded', async () => {
      const packets = await encode(voice, {});
      const silent = [...packets.slice(0, 50), new Uint8Array(0)];
      const nonsense = [...packets.slice(0, 50), new Uint8Array(30).fill(0xff)];
      const errors: string[] = [];
      const decoder = await createDecoder(
        'speex',
        { onError: ({ code }) => errors.push(code) },
        () => undefined,
      );
      decoder.decode(nonsense[50]!, 0);
      expect(errors).toEqual(['corrupt_packet']);
      const made = (await heardWithLoss(silent, 50, 1))[49]!;
      expect(made.some((sample) => sample !== 0)).toBe(true);
      const heard: Float32Array[] = [];
      const other = await createDecoder('speex', {}, (pcm) => heard.push(pcm));
      for (let tag = 0; tag < 49; tag += 1) other.decode(nonsense[tag]!, tag);
      other.decodeAfterLoss(1, nonsense[50]!, 50, 320);
      expect(heard).toHaveLength(50);
      expect(heard[49]).toEqual(made);
    });
  });
});
