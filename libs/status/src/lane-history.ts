import { isLoss, type Lane } from './lanes.ts';

/** What lies further apart, as after a pause of who watches, is not told as one moment. */
const LONGEST_MOMENT_MS = 10_000;

import { observations } from './quantile.ts';

/** What happened on a lane between two looks. */
export interface LaneMoment {
  /** End of the time it covers: epoch, ms. */
  atMs: number;
  durationMs: number;
  counts: number[];
  sumSeconds: number;
  passed: number;
  lost: Record<string, number>;
}

/** A piece of the picture of a lane. */
export interface LaneColumn {
  counts: number[];
  passed: number;
  /** Without what was left out on purpose. */
  lost: number;
}

/** The last minutes of one lane, from cumulative totals that are taken every second or so. */
export class LaneHistory {
  /** Oldest first. */
  readonly moments: LaneMoment[] = [];
  readonly #keptMs: number;
  #last: { lane: Lane; atMs: number } | undefined;

  /** @param keptMs how far back it reaches */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Takes the lane's totals; the first ones, and any that fall behind the last, are only a beginning. */
  take(lane: Lane, atMs: number): void {
    const last = this.#last;
    if (last !== undefined && atMs <= last.atMs) return;
    this.#last = { lane, atMs };
    if (last === undefined || atMs - last.atMs > LONGEST_MOMENT_MS) return;
    if (observations(lane.counts) < observations(last.lane.counts)) return;
    this.moments.push({
      atMs,
      durationMs: atMs - last.atMs,
      counts: lane.counts.map((count, bucket) => Math.max(0, count - (last.lane.counts[bucket] ?? 0))),
      sumSeconds: Math.max(0, lane.sumSeconds - last.lane.sumSeconds),
      passed: Math.max(0, (lane.passed ?? 0) - (last.lane.passed ?? 0)),
      lost: Object.fromEntries(
        Object.entries(lane.lost).map(([reason, frames]) => [
          reason,
          Math.max(0, frames - (last.lane.lost[reason] ?? 0)),
        ]),
      ),
    });
    while (this.moments.length > 0 && this.moments[0]!.atMs <= atMs - this.#keptMs) this.moments.shift();
  }

  /** Everything after a moment, put together; `durationMs` is the time that is covered. */
  since(fromMs: number): LaneMoment {
    const sum: LaneMoment = { atMs: 0, durationMs: 0, counts: [], sumSeconds: 0, passed: 0, lost: {} };
    for (const moment of this.moments) {
      if (moment.atMs <= fromMs) continue;
      sum.atMs = moment.atMs;
      sum.durationMs += moment.durationMs;
      sum.sumSeconds += moment.sumSeconds;
      sum.passed += moment.passed;
      for (let bucket = 0; bucket < moment.counts.length; bucket++) {
        sum.counts[bucket] = (sum.counts[bucket] ?? 0) + moment.counts[bucket]!;
      }
      for (const [reason, frames] of Object.entries(moment.lost)) {
        sum.lost[reason] = (sum.lost[reason] ?? 0) + frames;
      }
    }
    return sum;
  }

  /**
   * The distribution over time: columns of equal width that end at a moment, oldest first; undefined where nothing is known.
   * Columns stand on a fixed grid of time, so that a picture moves instead of flickering.
   */
  columns(untilMs: number, columnMs: number, count: number): (LaneColumn | undefined)[] {
    const last = Math.floor(untilMs / columnMs);
    const columns = new Array<LaneColumn | undefined>(count).fill(undefined);
    for (const { atMs, durationMs, counts, passed, lost } of this.moments) {
      const index = count - 1 - (last - Math.floor((atMs - durationMs / 2) / columnMs));
      if (index < 0 || index >= count) continue;
      const column = columns[index] ?? { counts: counts.map(() => 0), passed: 0, lost: 0 };
      columns[index] = column;
      for (let bucket = 0; bucket < counts.length; bucket++) column.counts[bucket]! += counts[bucket]!;
      column.passed += passed;
      for (const [reason, frames] of Object.entries(lost)) if (isLoss(reason)) column.lost += frames;
    }
    return columns;
  }
}
