import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { AudioFileError } from './errors.ts';
import { readSpeech, readWav } from './wav-reader.ts';
import { WavWriter } from './wav-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-wav-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tone = Float64Array.from({ length: 800 }, (_, i) => 0.6 * Math.sin(i / 7));

/** A WAV file of the tone in one of wavefile's bit depths. */
function toneFile(depth: string, channels = 1): Uint8Array {
  const file = new wavefile.WaveFile();
  const bits = Number.parseInt(depth, 10);
  const isFloat = depth === '32f' || depth === '64';
  const samples = [...tone].map((sample) => {
    if (isFloat) return sample;
    return Math.round(sample * (2 ** (bits - 1) - 1)) + (bits === 8 ? 128 : 0);
  });
  file.fromScratch(channels, 16000, depth, channels === 1 ? samples : Array(channels).fill(samples));
  return file.toBuffer();
}

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AudioFileError) return error.code;
    throw error;
  }
  return 'none';
}

describe('WAV reader', () => {
  it.each([
    ['8', 0.01],
    ['16', 1e-4],
    ['24', 1e-6],
    ['32', 1e-6],
    ['32f', 1e-6],
    ['64', 1e-6],
  ])('reads %s-bit samples', (depth, tolerance) => {
    const { sampleRate, channels } = readWav(toneFile(depth));
    expect(sampleRate).toBe(16000);
    expect(channels).toHaveLength(1);
    const furthest = tone.reduce(
      (worst, sample, i) => Math.max(worst, Math.abs(sample - channels[0]![i]!)),
      0,
    );
    expect(furthest).toBeLessThan(tolerance);
  });

  it.each(['toALaw', 'toMuLaw'] as const)('reads what %s wrote', (law) => {
    const file = new wavefile.WaveFile(toneFile('16'));
    file[law]();
    const { channels } = readWav(file.toBuffer());
    const furthest = tone.reduce(
      (worst, sample, i) => Math.max(worst, Math.abs(sample - channels[0]![i]!)),
      0,
    );
    expect(furthest).toBeLessThan(0.03);
  });

  it('reads extensible float, which is how many editors write', () => {
    const plain = Buffer.from(toneFile('32f'));
    const data = plain.subarray(plain.indexOf('data'));
    const format = Buffer.alloc(48);
    format.write('fmt ', 0, 'latin1');
    format.writeUInt32LE(40, 4);
    format.writeUInt16LE(0xfffe, 8);
    format.writeUInt16LE(1, 10);
    format.writeUInt32LE(16000, 12);
    format.writeUInt32LE(64000, 16);
    format.writeUInt16LE(4, 20);
    format.writeUInt16LE(32, 22);
    format.writeUInt16LE(22, 24);
    format.writeUInt16LE(32, 26);
    format.writeUInt16LE(3, 32);
    const riff = Buffer.from('RIFF\0\0\0\0WAVE', 'latin1');
    riff.writeUInt32LE(4 + format.length + data.length, 4);
    const { channels } = readWav(Buffer.concat([riff, format, data]));
    expect(channels[0]![5]).toBeCloseTo(tone[5]!, 6);
  });

  it('mixes channels and resamples for speech', async () => {
    const speech = await readSpeech(toneFile('16', 2));
    expect(speech).toHaveLength(2400);
    expect(speech[300]).toBeCloseTo(tone[100]!, 2);
  });

  it('says what is wrong with a bad file', () => {
    const good = toneFile('16');
    expect(codeOf(() => readWav(new Uint8Array(0)))).toBe('empty');
    expect(codeOf(() => readWav(Buffer.from('ID3 this is an MP3 file')))).toBe('not_wav');
    expect(codeOf(() => readWav(good.subarray(0, 30)))).toBe('truncated');
    expect(codeOf(() => readWav(good.subarray(0, 400)))).toBe('truncated');
    const empty = Buffer.from(good.subarray(0, 44));
    empty.writeUInt32LE(0, 40);
    expect(codeOf(() => readWav(empty))).toBe('empty');
    const adpcm = Buffer.from(good);
    adpcm.writeUInt16LE(0x11, 20);
    expect(codeOf(() => readWav(adpcm))).toBe('unsupported');
  });

  it('throws nothing but its own error for damaged files', () => {
    const good = toneFile('16');
    fc.assert(
      fc.property(fc.nat(60), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const damaged = good.slice(0, length);
        if (at < damaged.length) damaged[at] = value;
        codeOf(() => readWav(damaged));
      }),
      { numRuns: 500 },
    );
  });
});

describe('WAV writer', () => {
  it('writes what the reader reads', () => {
    const writer = new WavWriter(join(folder, 'whole.wav'));
    const pcm = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i / 9) * 0.9);
    for (let at = 0; at < pcm.length; at += 700) writer.write(pcm.subarray(at, at + 700));
    expect(writer.seconds).toBeCloseTo(5000 / 48000, 6);
    writer.close();
    writer.close();
    writer.write(pcm);
    const { sampleRate, channels } = readWav(readFileSync(writer.path));
    expect(sampleRate).toBe(48000);
    expect(channels[0]).toHaveLength(5000);
    const furthest = pcm.reduce(
      (worst, sample, i) => Math.max(worst, Math.abs(sample - channels[0]![i]!)),
      0,
    );
    expect(furthest).toBeLessThan(1 / 32000);
  });

  it('clips what is too loud and writes silence for what is no number', () => {
    const writer = new WavWriter(join(folder, 'loud.wav'));
    writer.write(Float32Array.of(3, -3, Number.NaN));
    writer.close();
    const { channels } = readWav(readFileSync(writer.path));
    expect([...channels[0]!]).toEqual([32767 / 32768, -1, 0].map(Math.fround));
  });

  it('leaves a playable file, short of a second at most, when it is never closed', () => {
    const writer = new WavWriter(join(folder, 'killed.wav'));
    for (let i = 0; i < 130; i += 1) writer.write(new Float32Array(960).fill(0.1));
    const { channels } = readWav(readFileSync(writer.path));
    expect(channels[0]!.length).toBeGreaterThanOrEqual(48000 * 1.6);
    writer.close();
  });

  it('names the file that it cannot write', () => {
    expect(() => new WavWriter(join(folder, 'absent', 'x.wav'))).toThrow(/cannot write .*x\.wav/);
  });
});
