import type { FrameOptions } from '../playout-stats.ts';

/** Length of a simulated frame, and its samples at 48 kHz. */
export const FRAME_MS = 20;
export const FRAME_SAMPLES = 960;

/** A frame on its way. Times in ms of one true clock, capture excepted: that is by the speaker's own. */
export interface StreamFrame {
  readonly sequence: number;
  readonly captureTimeMs: number;
  /** True moment of capture of its first sample. */
  readonly capturedAtMs: number;
  /** When the listener's program gets it from the network, and stamps it. */
  readonly arrivalMs: number;
  /** When, decoded, it reaches the buffer. */
  readonly handedOverMs: number;
  readonly options: FrameOptions;
}

/** How a speaker talks. Times in ms. */
export interface TalkOptions {
  lengthMs: number;
  /** How much faster the speaker's clock runs than the true one, in millionths. */
  ppm?: number;
  /** Whether a moment of the talk is left out, as by DTX or a mute button. */
  silentAt?: (ms: number) => boolean;
}

/** A delay of a frame that is captured at a moment, ms. */
export type Delay = (ms: number) => number;

/**
 * Frames of a talk over an ordered stream, as a WebSocket is: a slow frame holds up those behind it, and they
 * arrive together.
 * @param transit from the end of capture to arrival
 * @param handOver from arrival to the buffer; in order too, for one thread does it
 */
export function talk(options: TalkOptions, transit: Delay, handOver: Delay = () => 0): StreamFrame[] {
  const frames: StreamFrame[] = [];
  const ownMs = FRAME_MS * (1 - (options.ppm ?? 0) / 1e6);
  let arrivalMs = Number.NEGATIVE_INFINITY;
  let handedOverMs = Number.NEGATIVE_INFINITY;
  let talking = false;
  for (let slot = 0; slot * ownMs < options.lengthMs; slot += 1) {
    const capturedAtMs = slot * ownMs;
    if (options.silentAt?.(capturedAtMs) === true) {
      talking = false;
      continue;
    }
    arrivalMs = Math.max(arrivalMs, capturedAtMs + ownMs + transit(capturedAtMs));
    handedOverMs = Math.max(handedOverMs, arrivalMs + handOver(arrivalMs));
    frames.push({
      sequence: frames.length,
      captureTimeMs: slot * FRAME_MS,
      capturedAtMs,
      arrivalMs,
      handedOverMs,
      options: {
        spurtStart: !talking,
        spurtEnd: options.silentAt?.(capturedAtMs + ownMs) === true,
      },
    });
    talking = true;
  }
  return frames;
}

/** Frames as they arrived once: sequence, capture and arrival in ms, each counted from the first frame's capture. */
export function recorded(arrivals: readonly (readonly [number, number, number])[]): StreamFrame[] {
  const firstSequence = arrivals[0]?.[0];
  return arrivals.map(([sequence, captureTimeMs, arrivalMs]) => ({
    sequence,
    captureTimeMs,
    capturedAtMs: captureTimeMs,
    arrivalMs,
    handedOverMs: arrivalMs,
    options: { spurtStart: sequence === firstSequence },
  }));
}
