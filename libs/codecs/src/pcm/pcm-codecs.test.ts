import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CodecError, type CodecName, createDecoder, createEncoder } from '../index.ts';

const PLAIN = ['l16', 'pcma', 'pcmu'] as const;

const open = async (codec: (typeof PLAIN)[number]) => {
  const heard: { pcm: Float32Array; tag: number; concealed: boolean }[] = [];
  const errors: CodecError[] = [];
  const decoder = await createDecoder(
    codec,
    { onError: (error) => errors.push(error) },
    (pcm, tag, concealed) => heard.push({ pcm, tag, concealed }),
  );
  return { decoder, heard, errors };
};

describe('L16', () => {
  it('carries every 16-bit sample exactly, high byte first', async () => {
    const packets: Uint8Array[] = [];
    const encoder = await createEncoder('l16', { sampleRate: 48000 }, (payload) => packets.push(payload));
    const decoder = await createDecoder('l16', { sampleRate: 48000 }, (pcm) => heard.push(pcm));
    const heard: Float32Array[] = [];
    for (let first = -32768; first < 32768; first += encoder.frameSamples) {
      const pcm = Float32Array.from(
        { length: encoder.frameSamples },
        (_, i) => Math.min(32767, first + i) / 32768,
      );
      encoder.encode(pcm, 0);
      decoder.decode(packets.at(-1)!, 0);
      expect(heard.at(-1)).toEqual(pcm);
    }
    expect([...packets[0]!.subarray(0, 4)]).toEqual([0x80, 0x00, 0x80, 0x01]);
  });

  it('takes what is beyond full scale for the loudest there is', async () => {
    const packets: Uint8Array[] = [];
    const encoder = await createEncoder('l16', { sampleRate: 8000, frameMs: 10 }, (payload) =>
      packets.push(payload),
    );
    encoder.encode(new Float32Array(80).fill(3), 0);
    encoder.encode(new Float32Array(80).fill(-3), 1);
    encoder.encode(new Float32Array(80).fill(Number.NaN), 2);
    expect(packets.map((packet) => [...packet.subarray(0, 2)])).toEqual([
      [0x7f, 0xff],
      [0x80, 0x00],
      [0x00, 0x00],
    ]);
  });
});

describe.each(PLAIN)('%s', (codec) => {
  it('makes PCM or a counted error of any payload, and no more of it than 120 ms', async () => {
    const { decoder, heard, errors } = await open(codec);
    let packets = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), (payload) => {
        decoder.decode(payload, packets);
        packets += 1;
      }),
    );
    expect(heard.length + errors.length).toBe(packets);
    expect(decoder.corruptPackets).toBe(errors.length);
    expect(errors.every(({ code }) => code === 'corrupt_packet')).toBe(true);
    expect(Math.max(...heard.map(({ pcm }) => pcm.length))).toBeLessThanOrEqual(decoder.sampleRate * 0.12);
  });

  it('gives a frame in place of each lost one, and at most ten', async () => {
    const { decoder, heard } = await open(codec);
    const bytes = (decoder.sampleRate / 50) * (codec === 'l16' ? 2 : 1);
    decoder.decode(new Uint8Array(bytes).fill(1), 0);
    decoder.decodeAfterLoss(3, new Uint8Array(bytes).fill(1), 4, decoder.sampleRate / 50);
    expect(heard.map(({ tag, concealed }) => [tag, concealed])).toEqual([
      [0, false],
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ]);
    decoder.decodeAfterLoss(1000, new Uint8Array(bytes).fill(1), 1005, decoder.sampleRate / 50);
    expect(heard).toHaveLength(5 + 10 + 1);
    expect(() => decoder.decodeAfterLoss(1, new Uint8Array(bytes), 1006, 0)).toThrow(/frameSamples/);
  });

  it('gives nothing after close, and begins anew after reset', async () => {
    const { decoder, heard } = await open(codec);
    const loud = new Uint8Array(decoder.sampleRate / 50).fill(0x10);
    decoder.decode(loud, 0);
    await decoder.reset();
    decoder.decodeAfterLoss(1, loud, 2, decoder.sampleRate / 50);
    expect(heard[1]!.pcm.every((sample) => sample === 0)).toBe(true);
    decoder.close();
    decoder.decode(loud, 3);
    expect(heard).toHaveLength(3);
  });
});

describe('the interface of all codecs', () => {
  it('says what there is for a name it does not know, and where G.729 is', async () => {
    const make = (codec: string) => createEncoder(codec as CodecName, {}, () => {});
    await expect(make('mp3')).rejects.toMatchObject({ code: 'unknown_codec', message: /there are .*opus/ });
    await expect(make('constructor')).rejects.toMatchObject({ code: 'unknown_codec' });
    await expect(createDecoder('g729', {}, () => {})).rejects.toThrow(/codecs-g729/);
  });

  it('names an option that is out of range, and the range', async () => {
    const wrong = { sampleRate: 44100 } as never;
    await expect(createEncoder('pcmu', wrong, () => {})).rejects.toThrow(
      'sampleRate is 44100; give one of 8000, 16000',
    );
    await expect(createEncoder('l16', { frameMs: 30 as never }, () => {})).rejects.toThrow(
      'frameMs is 30; give one of 10, 20, 40, 60',
    );
    const encoder = await createEncoder('pcma', {}, () => {});
    expect(() => encoder.encode(new Float32Array(5), 0)).toThrow('give frames of exactly 160 samples');
  });
});
