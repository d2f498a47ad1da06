import type { FrameOptions } from './playout-stats.ts';
import type { Segment } from './timeline.ts';

/** A capture time this far from what the sequence says is a pause that nobody announced. */
const UNANNOUNCED_PAUSE_MS = 60;
/** An announced spurt whose capture time is nearer than this to what the sequence says follows without a pause. */
const NO_PAUSE_MS = 10;
/** A hole in the sequence longer than this is no loss but a stream that was not sent for a while. */
const LONGEST_LOSS_MS = 500;

/** Whether what lies between `before` and a later frame was silence, rather than frames that are missing. */
export function isPause(
  before: Segment,
  frame: { sequence: number; captureTimeMs: number; samples: number },
  samplesPerMs: number,
  options: FrameOptions,
): boolean {
  const missingSamples = (frame.sequence - before.sequence - 1) * frame.samples;
  const apartMs = frame.captureTimeMs - before.captureTimeMs - before.pcm.length / samplesPerMs;
  const unexplainedMs = apartMs - missingSamples / samplesPerMs;
  if (options.spurtStart === true) return missingSamples > 0 || Math.abs(unexplainedMs) > NO_PAUSE_MS;
  if (options.preRoll === true && missingSamples > 0) return true;
  return Math.abs(unexplainedMs) > UNANNOUNCED_PAUSE_MS || missingSamples > LONGEST_LOSS_MS * samplesPerMs;
}

/** How many samples of silence lie between `before` and a frame captured at `captureTimeMs`. */
export function pauseSamples(before: Segment, captureTimeMs: number, samplesPerMs: number): number {
  return Math.max(0, Math.round((captureTimeMs - before.captureTimeMs) * samplesPerMs) - before.pcm.length);
}
