import type { Listener } from './call.ts';
import type { FollowedFrame } from './followed-frames.ts';

/** Marks heard this close to a frame tell how long it took: half a second lies between two of them. */
const NEAR_MS = 1_000;
/** A stamp is at most this much before the one that it follows: what two estimates of a clock differ by, ms. */
const CLOCK_SLACK_MS = 2;

/** How the sums over the hops of single frames compare with what the ear heard. */
export interface Sums {
  edge: string;
  frames: number;
  /** Sum of the hops minus the time from capture to sound, of the frame that is the furthest off, ms. */
  worstMs: number;
  /** Frames of which one stamp lies before the one that it follows. */
  disordered: number;
  /** Means, ms. */
  hops: FollowedFrame['hops'];
  heardMs: number;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Compares the frames that the listener followed from the given one on. */
export const sumsOf = ({ edge, ear, followed }: Listener, from: number): Sums => {
  let worstMs = 0;
  const frames = followed.frames.slice(from);
  for (const { arrivedMs, sumMs } of frames) {
    const marks = ear.mouthToEar.filter(({ atMs }) => Math.abs(atMs - arrivedMs) < NEAR_MS);
    const offMs = sumMs - mean(marks.map(({ ms }) => ms));
    if (!(Math.abs(offMs) <= Math.abs(worstMs))) worstMs = offMs;
  }
  const names = ['capture', 'uplink', 'edge', 'downlink', 'playout'] as const;
  return {
    edge,
    frames: frames.length,
    worstMs,
    disordered: frames.filter(({ hops }) => names.some((name) => hops[name] < -CLOCK_SLACK_MS)).length,
    hops: Object.fromEntries(
      names.map((name) => [name, mean(frames.map(({ hops }) => hops[name]))]),
    ) as unknown as FollowedFrame['hops'],
    heardMs: mean(
      ear.mouthToEar.filter(({ atMs }) => atMs >= (frames[0]?.arrivedMs ?? 0)).map(({ ms }) => ms),
    ),
  };
};
