import { levelDb, type Timeline } from './timeline.ts';

/** A tone is looked for in pieces of this length, in ms: some thirty periods of the lowest one asked for. */
const PIECE_MS = 20;
/** Quieter is silence. */
const QUIET_DB = -50;
/** Of a piece's power; a voice or a hum has a small part of its power in any one tone. */
const LEAST_SHARE = 0.6;
/** Pieces further apart than this belong to two tones. */
const BREAK_MS = 200;

/** When tones of a frequency begin, in epoch ms. */
export function tonesAt(timeline: Timeline, frequencyHz: number): number[] {
  const { sampleRate, samples, startsAtMs } = timeline;
  const length = Math.round((PIECE_MS * sampleRate) / 1_000);
  const begins: number[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let from = 0; from + length <= samples.length; from += length / 2) {
    const piece = samples.subarray(from, from + length);
    if (levelDb({ samples: piece }) < QUIET_DB) continue;
    if (toneShare(piece, sampleRate, frequencyHz) < LEAST_SHARE) continue;
    const atMs = startsAtMs + (1_000 * from) / sampleRate;
    if (atMs - lastMs > BREAK_MS) begins.push(atMs);
    lastMs = atMs;
  }
  return begins;
}

/** The part of the power that is at one frequency: 1 for a pure tone (one bin of a Fourier transform). */
function toneShare(samples: Float32Array, sampleRate: number, frequencyHz: number): number {
  let real = 0;
  let imaginary = 0;
  let power = 0;
  const step = (2 * Math.PI * frequencyHz) / sampleRate;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    real += sample * Math.cos(step * i);
    imaginary += sample * Math.sin(step * i);
    power += sample * sample;
  }
  return power === 0 ? 0 : (2 * (real ** 2 + imaginary ** 2)) / (samples.length * power);
}
