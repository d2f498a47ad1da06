import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readSpeech } from '../node/wav-reader.ts';
import { seeded } from '../simulation/seeded.ts';
import { Denoiser } from './denoiser.ts';

/** Speech of a Debian package that every test machine has (alsa-utils), 48 kHz. */
const SPEECH = '/usr/share/sounds/alsa';
let speech: Float32Array;

const powerDb = (pcm: Float32Array): number =>
  10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 1e-20) / pcm.length);

/** Noise that falls by 6 dB an octave above 500 Hz, as a room's does. */
const roomNoise = (samples: number, dbfs: number): Float32Array => {
  const random = seeded(11);
  let last = 0;
  const noise = Float32Array.from({ length: samples }, () => {
    last += 0.065 * (2 * random() - 1 - last);
    return last;
  });
  const gain = 10 ** ((dbfs - powerDb(noise)) / 20);
  return noise.map((sample) => sample * gain);
};

/** Of what a recording is but the original, once it is as loud as it fits best, dB under it. */
const snrDb = (clean: Float32Array, heard: Float32Array): number => {
  let [cross, own] = [0, 0];
  clean.forEach((sample, i) => {
    cross += sample * heard[i]!;
    own += sample * sample;
  });
  const gain = cross / own;
  return (
    powerDb(clean.map((sample) => gain * sample)) -
    powerDb(heard.map((sample, i) => sample - gain * clean[i]!))
  );
};

beforeAll(async () => {
  const names = readdirSync(SPEECH).filter((name) => /^(Front|Rear|Side)_.*\.wav$/.test(name));
  const parts = await Promise.all(names.map((name) => readSpeech(readFileSync(`${SPEECH}/${name}`))));
  speech = Float32Array.from(parts.flatMap((part) => [...part]));
  expect(speech.length).toBeGreaterThan(8 * 48_000);
});

/** Without the delay. */
const denoised = (pcm: Float32Array): Float32Array => {
  const padded = new Float32Array(pcm.length + Denoiser.delaySamples);
  padded.set(pcm);
  const denoiser = new Denoiser();
  denoiser.process(padded);
  denoiser.close();
  return padded.subarray(Denoiser.delaySamples);
};

describe('denoiser', () => {
  it('leaves clean speech as it is, and is late by what it says', () => {
    expect(snrDb(speech, denoised(speech))).toBeGreaterThan(10);
  });

  it.each([
    [0, 6],
    [5, 5],
    [10, 2.5],
  ])('raises speech %i dB over its noise by %i dB and more', (snr, least) => {
    const noise = roomNoise(speech.length, powerDb(speech) - snr);
    const noisy = speech.map((sample, i) => sample + noise[i]!);
    expect(snrDb(speech, denoised(noisy)) - snrDb(speech, noisy)).toBeGreaterThan(least);
  });

  it('takes noise without speech away, and tells voice from it', () => {
    const denoiser = new Denoiser();
    const noise = denoiser.process(roomNoise(4 * 48_000, -35));
    expect(powerDb(noise.subarray(2 * 48_000))).toBeLessThan(-60);
    expect(denoiser.voiceProbability).toBeLessThan(0.2);
    denoiser.reset();
    let most = 0;
    for (let at = 0; at < 96_000; at += 480) {
      denoiser.process(speech.slice(at, at + 480));
      most = Math.max(most, denoiser.voiceProbability);
    }
    expect(most).toBeGreaterThan(0.9);
  });

  it('gives the same in pieces of any size, and again after a reset', () => {
    const input = speech.subarray(0, 48_000);
    const denoiser = new Denoiser();
    const whole = denoiser.process(input.slice());
    denoiser.reset();
    const pieces = input.slice();
    for (let at = 0, size = 1; at < pieces.length; at += size, size = (size * 7) % 1009) {
      denoiser.process(pieces.subarray(at, at + size));
    }
    expect(pieces).toEqual(whole);
  });

  it('gives its memory back: a thousand of them one after the other need no more than one', () => {
    new Denoiser().close();
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    for (let i = 0; i < 1000; i += 1) {
      const denoiser = new Denoiser();
      denoiser.process(new Float32Array(480));
      denoiser.reset();
      denoiser.close();
      denoiser.close();
    }
    expect(grow).not.toHaveBeenCalled();
    // While all of them are open, it has to grow: what would be seen of a leak.
    const open = Array.from({ length: 1000 }, () => new Denoiser());
    expect(grow).toHaveBeenCalled();
    for (const denoiser of open) denoiser.close();
  });

  it('says what is wrong with a rate, and with sound after the end', () => {
    expect(() => new Denoiser({ sampleRate: 16_000 })).toThrow(/use a Resampler/);
    const denoiser = new Denoiser();
    denoiser.process(new Float32Array(1000).fill(Number.NaN));
    expect(denoiser.process(speech.slice(0, 48_000)).every(Number.isFinite)).toBe(true);
    denoiser.close();
    expect(() => denoiser.process(new Float32Array(1))).toThrow(/closed/);
    expect(() => denoiser.reset()).toThrow(/closed/);
  });
});
