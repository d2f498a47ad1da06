import { describe, expect, it } from 'vitest';
import { Resampler, resample } from './resampler.ts';

function tone(hz: number, sampleRate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: sampleRate * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / sampleRate),
  );
}

describe('resampler', () => {
  it.each([
    [8000, 48000],
    [44100, 48000],
    [16000, 48000],
    [48000, 16000],
    [48000, 8000],
    [96000, 48000],
  ])('turns a 1 kHz tone of %i Hz into one of %i Hz at 90 dB or better, in time', async (fromHz, toHz) => {
    const output = await resample(tone(1000, fromHz, 1), fromHz, toHz);
    expect(output).toHaveLength(toHz);
    const expected = tone(1000, toHz, 1);
    let signal = 0;
    let noise = 0;
    // The ends, where the tone begins and breaks off, have frequencies that no resampler can keep.
    for (let i = toHz / 10; i < toHz * 0.9; i += 1) {
      signal += expected[i]! ** 2;
      noise += (output[i]! - expected[i]!) ** 2;
    }
    expect(10 * Math.log10(signal / noise)).toBeGreaterThan(90);
  });

  it('gives the same for a stream in small pieces as for the whole', async () => {
    const input = tone(440, 44100, 1);
    const whole = await resample(input, 44100, 48000);
    const resampler = await Resampler.create(44100, 48000);
    const pieces: number[] = [];
    for (let at = 0; at < input.length; at += 441)
      pieces.push(...resampler.process(input.subarray(at, at + 441)));
    pieces.push(...resampler.flush());
    expect(pieces).toHaveLength(whole.length);
    const furthest = pieces.reduce((worst, sample, i) => Math.max(worst, Math.abs(sample - whole[i]!)), 0);
    expect(furthest).toBeLessThan(1e-5);
  });

  it('has nothing to give for no input, and says what is wrong with a rate', async () => {
    expect(await resample(new Float32Array(0), 8000, 48000)).toHaveLength(0);
    await expect(Resampler.create(10, 48000)).rejects.toThrow(/1000 to 768000/);
    const closed = await Resampler.create(8000, 48000);
    closed.close();
    closed.close();
    expect(() => closed.process(new Float32Array(10))).toThrow(/closed/);
  });
});
