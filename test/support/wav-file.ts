import { WavWriter } from '@partyline/audio/node';

const SILENCE_SAMPLES = 5 * 48_000;

/** Writes mono samples at 48 kHz. */
export const writeWav = (path: string, samples: Float32Array): void => {
  const writer = new WavWriter(path);
  writer.write(samples);
  writer.close();
};

/** Writes 5 s of silence: a microphone's file, for somebody who does not talk. */
export const writeSilence = (path: string): void => writeWav(path, new Float32Array(SILENCE_SAMPLES));
