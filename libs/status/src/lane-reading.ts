import { type Grade, latencyGrade, lossGrade, worseGrade } from './budgets.ts';
import type { LaneMoment } from './lane-history.ts';
import { isLoss, type Lane } from './lanes.ts';
import { observations, quantile } from './quantile.ts';

/** Of fewer observations no percentile is judged. */
const JUDGED_FROM = 5;

/** How a lane did over some time. */
export interface LaneReading {
  key: string;
  hop: string;
  title: string;
  observations: number;
  meanSeconds: number | undefined;
  p50Seconds: number | undefined;
  p95Seconds: number | undefined;
  p99Seconds: number | undefined;
  /** Undefined where nobody counts frames. */
  framesPerSecond: number | undefined;
  /** Of all frames that came or should have come: 0 … 1. */
  lostShare: number;
  /** Frames lost by reason, most first, without those that were left out on purpose. */
  lost: [reason: string, frames: number][];
  /** Frames left out on purpose, as of somebody who is muted. */
  leftOut: [reason: string, frames: number][];
  latencyGrade: Grade;
  lossGrade: Grade;
  grade: Grade;
}

/** Reads what was seen of a lane over some time. */
export const readLane = (
  lane: Pick<Lane, 'key' | 'hop' | 'title' | 'budget' | 'passed'>,
  seen: LaneMoment,
  boundsSeconds: readonly number[],
): LaneReading => {
  const { key, hop, title, budget } = lane;
  const count = observations(seen.counts);
  const reasons = Object.entries(seen.lost)
    .filter(([, frames]) => frames > 0)
    .sort((one, other) => other[1] - one[1]);
  const lost = reasons.filter(([reason]) => isLoss(reason));
  const lostFrames = lost.reduce((total, [, frames]) => total + frames, 0);
  const p95Seconds = quantile(seen.counts, boundsSeconds, 0.95);
  const lostShare = lostFrames === 0 ? 0 : lostFrames / (lostFrames + seen.passed);
  const ofLatency = latencyGrade(count < JUDGED_FROM ? undefined : p95Seconds, budget);
  const ofLoss = seen.passed + lostFrames === 0 ? 'idle' : lossGrade(lostShare);
  return {
    key,
    hop,
    title,
    observations: count,
    meanSeconds: count === 0 ? undefined : seen.sumSeconds / count,
    p50Seconds: quantile(seen.counts, boundsSeconds, 0.5),
    p95Seconds,
    p99Seconds: quantile(seen.counts, boundsSeconds, 0.99),
    framesPerSecond:
      lane.passed === undefined || seen.durationMs === 0
        ? undefined
        : (seen.passed / seen.durationMs) * 1_000,
    lostShare,
    lost,
    leftOut: reasons.filter(([reason]) => !isLoss(reason)),
    latencyGrade: ofLatency,
    lossGrade: ofLoss,
    // Of a lane that nothing passed, loss alone is worth a word.
    grade: ofLatency === 'idle' && ofLoss === 'good' ? 'idle' : worseGrade(ofLatency, ofLoss),
  };
};
