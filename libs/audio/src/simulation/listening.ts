import { PlayoutBuffer } from '../playout-buffer.ts';
import type { PlayoutOptions, PlayoutStats } from '../playout-stats.ts';
import { type Device, device } from './devices.ts';
import { FRAME_SAMPLES, type StreamFrame } from './stream.ts';

/** Nine periods in a frame, so that every frame is the same and follows the one before without a seam. */
const TONE_HZ = 450;
const AMPLITUDE = 0.5;
/** How often the buffer is looked at, ms of true time. */
const LOOK_MS = 20;

/** Greatest difference of two neighbouring samples of the tone itself: a click is a multiple of it. */
export const TONE_STEP = AMPLITUDE * ((2 * Math.PI * TONE_HZ) / 48000);

/** What the buffer was like at a moment. */
export interface Look {
  readonly atMs: number;
  readonly bufferedMs: number;
  readonly targetMs: number;
  /** From capture to play-out; undefined while the speaker is not heard. */
  readonly delayMs: number | undefined;
}

/** What was heard of a talk. */
export interface Heard {
  readonly stats: PlayoutStats;
  readonly looks: readonly Look[];
  /** Greatest difference of two neighbouring samples. */
  readonly steepest: number;
  /** Silence or made-up sound where the speaker talked, as a share of the talk. */
  readonly missingShare: number;
  /** Of the looks with sound, ms. */
  readonly meanDelayMs: number;
}

/** Words of 420 ms with 80 ms between them, about what speech has. */
const WORD_FRAMES = 21;
const WORD_AND_GAP_FRAMES = 25;
const gap = new Float32Array(FRAME_SAMPLES);
const tone = Float32Array.from(
  { length: FRAME_SAMPLES },
  (_, i) => AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * i) / 48000),
);

/** Plays frames through a buffer and a device, in simulated time. */
export function listen(
  frames: readonly StreamFrame[],
  options: { device?: Device; playout?: PlayoutOptions } = {},
): Heard {
  const buffer = new PlayoutBuffer(options.playout);
  const looks: Look[] = [];
  const endMs = (frames.at(-1)?.handedOverMs ?? 0) + 200;
  let steepest = 0;
  let lastSample = 0;
  let next = 0;
  let lookMs = 0;
  let lastCaptureMs: number | undefined;
  let out = new Float32Array(0);
  for (const { atMs, samples } of (options.device ?? device(128))(endMs)) {
    for (let frame = frames[next]; frame !== undefined && frame.handedOverMs <= atMs; frame = frames[next]) {
      const pcm = frame.sequence % WORD_AND_GAP_FRAMES < WORD_FRAMES ? tone : gap;
      buffer.push(pcm, frame.sequence, frame.captureTimeMs, frame.arrivalMs, frame.options);
      next += 1;
    }
    if (out.length !== samples) out = new Float32Array(samples);
    buffer.pull(out);
    for (let i = 0; i < samples; i += 1) {
      const step = Math.abs(out[i]! - lastSample);
      if (step > steepest) steepest = step;
      lastSample = out[i]!;
    }
    if (atMs < lookMs) continue;
    lookMs = atMs + LOOK_MS;
    const { bufferedMs, targetMs, lastPlayedCaptureTimeMs } = buffer.stats;
    const moved = lastPlayedCaptureTimeMs !== undefined && lastPlayedCaptureTimeMs !== lastCaptureMs;
    lastCaptureMs = lastPlayedCaptureTimeMs;
    const delayMs = moved ? atMs + samples / 48 - trueTime(frames, lastPlayedCaptureTimeMs) : undefined;
    looks.push({ atMs, bufferedMs, targetMs, delayMs });
  }
  const { stats } = buffer;
  const delays = looks.flatMap(({ delayMs }) => delayMs ?? []);
  return {
    stats,
    looks,
    steepest,
    missingShare: stats.concealedMs / Math.max(1, frames.length * 20),
    meanDelayMs: delays.reduce((sum, ms) => sum + ms, 0) / Math.max(1, delays.length),
  };
}

/** The speaker's clock runs evenly, so two frames say how to read it. */
function trueTime(frames: readonly StreamFrame[], captureTimeMs: number): number {
  const first = frames[0]!;
  const last = frames.at(-1)!;
  const pace =
    (last.capturedAtMs - first.capturedAtMs) / Math.max(1, last.captureTimeMs - first.captureTimeMs);
  return first.capturedAtMs + (captureTimeMs - first.captureTimeMs) * pace;
}
