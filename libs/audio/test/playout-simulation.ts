import { PlayoutBuffer } from '../src/playout-buffer.ts';
import type { FrameOptions, PlayoutOptions } from '../src/playout-stats.ts';

/** A frame on its way: when it was captured, and when it gets there. */
export interface SimulatedFrame {
  sequence: number;
  captureTimeMs: number;
  arrivalMs: number;
  pcm: Float32Array;
  options?: FrameOptions;
}

/** Frames of 20 ms of one sine wave without a break. */
export function sineFrames(
  count: number,
  transitMs: (captureTimeMs: number) => number,
  { hz = 440, amplitude = 0.5, ppm = 0, inOrder = true } = {},
): SimulatedFrame[] {
  let lastArrivalMs = Number.NEGATIVE_INFINITY;
  return Array.from({ length: count }, (_, sequence) => {
    // A speaker whose clock runs fast captures its frames a little more often than every 20 ms.
    const captureTimeMs = sequence * 20 * (1 - ppm / 1e6);
    const pcm = Float32Array.from(
      { length: 960 },
      (_, i) => amplitude * Math.sin((2 * Math.PI * hz * (sequence * 960 + i)) / 48000),
    );
    const arrivalMs = captureTimeMs + 20 + transitMs(captureTimeMs);
    lastArrivalMs = inOrder ? Math.max(lastArrivalMs, arrivalMs) : arrivalMs;
    return { sequence, captureTimeMs, arrivalMs: lastArrivalMs, pcm };
  });
}

/** Plays frames at their times, pulling `block` samples at a time, and calls `observe` after every pull. */
export function play(
  frames: readonly SimulatedFrame[],
  {
    block = 128,
    options,
    observe,
  }: {
    block?: number;
    options?: PlayoutOptions;
    observe?: (buffer: PlayoutBuffer, nowMs: number) => void;
  } = {},
) {
  const buffer = new PlayoutBuffer(options);
  const queue = [...frames].sort((a, b) => a.arrivalMs - b.arrivalMs || a.sequence - b.sequence);
  const endMs = (queue.at(-1)?.arrivalMs ?? 0) + 200;
  const output = new Float32Array(Math.ceil((endMs * 48) / block) * block);
  let next = 0;
  for (let at = 0; at < output.length; at += block) {
    const nowMs = at / 48;
    for (; next < queue.length && queue[next]!.arrivalMs <= nowMs; next += 1) {
      const frame = queue[next]!;
      buffer.push(frame.pcm, frame.sequence, frame.captureTimeMs, frame.arrivalMs, frame.options);
    }
    buffer.pull(output.subarray(at, at + block));
    observe?.(buffer, nowMs);
  }
  return { buffer, output, stats: buffer.stats };
}

/** Greatest difference of two neighbouring samples: a click shows here. */
export function steepest(pcm: Float32Array): number {
  let greatest = 0;
  for (let i = 1; i < pcm.length; i += 1) greatest = Math.max(greatest, Math.abs(pcm[i]! - pcm[i - 1]!));
  return greatest;
}

/** Stretches of samples quieter than `threshold` for at least `minSamples`, as [start, end). */
export function silences(pcm: Float32Array, threshold = 1e-4, minSamples = 96): [number, number][] {
  const found: [number, number][] = [];
  let start = 0;
  for (let i = 0; i <= pcm.length; i += 1) {
    if (i < pcm.length && Math.abs(pcm[i]!) < threshold) continue;
    if (i - start >= minSamples) found.push([start, i]);
    start = i + 1;
  }
  return found;
}
