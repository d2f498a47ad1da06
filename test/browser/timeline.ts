import type { TapBlock } from './page-taps.ts';

/** Sound on the clock on the wall: sample i stands for the time `startsAtMs + 1000 · i / sampleRate`. */
export interface Timeline {
  /** Epoch ms. */
  startsAtMs: number;
  sampleRate: number;
  samples: Float32Array;
}

/**
 * Joins blocks to one timeline. Each block knows its time a little inexactly; the median over all of them is
 * the true one, unless the sound stopped in between: a block that is further off than `gapMs` starts a gap,
 * which is filled with silence.
 * @throws Error when there are no blocks
 */
export function joinBlocks(blocks: readonly TapBlock[], gapMs = 40): Timeline {
  const [first] = blocks;
  if (!first) throw new Error('Nothing was recorded: the page opened neither microphone nor loudspeaker.');
  const { sampleRate } = first;
  const positions: number[] = [];
  let expected = 0;
  for (const { startsAtMs, samples } of blocks) {
    const offMs = startsAtMs - first.startsAtMs - (1_000 * expected) / sampleRate;
    if (offMs > gapMs) expected += Math.round((offMs * sampleRate) / 1_000);
    positions.push(expected);
    expected += samples.length;
  }
  const joined = new Float32Array(expected);
  const starts = blocks.map((block, index) => {
    const position = positions[index]!;
    for (let i = 0; i < block.samples.length; i++) joined[position + i] = block.samples[i]! / 32_768;
    return block.startsAtMs - (1_000 * position) / sampleRate;
  });
  return { startsAtMs: median(starts), sampleRate, samples: joined };
}

/** The part between two times, as far as the timeline reaches. */
export function cut(timeline: Timeline, fromMs: number, toMs: number): Timeline {
  const { startsAtMs, sampleRate, samples } = timeline;
  const index = (atMs: number): number => Math.max(0, Math.round(((atMs - startsAtMs) * sampleRate) / 1_000));
  const from = Math.min(index(fromMs), samples.length);
  return {
    startsAtMs: startsAtMs + (1_000 * from) / sampleRate,
    sampleRate,
    samples: samples.subarray(from, Math.max(from, index(toMs))),
  };
}

/** Loudness over the whole timeline in dBFS; −120 for digital silence. */
export function levelDb({ samples }: Pick<Timeline, 'samples'>): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.max(-120, 10 * Math.log10(sum / Math.max(1, samples.length) || 1e-12));
}

export function endsAtMs({ startsAtMs, sampleRate, samples }: Timeline): number {
  return startsAtMs + (1_000 * samples.length) / sampleRate;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
