import type { EdgeStatus } from './edge-status.ts';
import { type FrameSeries, framesKey, type HopTotals, type LatencySeries, latencyKey } from './series.ts';

/** Series kept of all edges together, of latency and of frames each; what comes beyond is left out and counted. */
const MAX_SERIES = 2_048;

/**
 * Puts the totals of many edges together. An edge's own totals begin anew when it restarts and vanish with it, so sums of them
 * would fall; what is added up here is by how much each edge's grew between two of its answers, and so only grows.
 */
export class ClusterTotals {
  /** Series left out because there are too many. */
  leftOut = 0;
  readonly #boundsSeconds: readonly number[];
  readonly #latency = new Map<string, LatencySeries>();
  readonly #passed = new Map<string, FrameSeries>();
  readonly #lost = new Map<string, FrameSeries>();
  /** The last answer of each edge. */
  readonly #last = new Map<string, EdgeStatus>();

  /** @param boundsSeconds buckets of this program; latencies in others, as of another version, are left out */
  constructor(boundsSeconds: readonly number[]) {
    this.#boundsSeconds = boundsSeconds;
  }

  /** Everything since the first answers. The arrays are the caller's to read now, not to keep. */
  get totals(): HopTotals {
    return {
      latency: [...this.#latency.values()],
      passed: [...this.#passed.values()],
      lost: [...this.#lost.values()],
    };
  }

  /** Takes the answers of one round; an edge that is not among the living is forgotten. */
  take(answers: readonly EdgeStatus[], living: ReadonlySet<string>): void {
    this.leftOut = 0;
    for (const answer of answers) {
      const last = this.#last.get(answer.edge);
      // Who is seen for the first time counts from now: its totals reach back to its start.
      const before = last?.boot === answer.boot ? last : answer;
      if (this.#hasBounds(answer)) this.#addLatency(answer.latency, before.latency);
      this.#addFrames(this.#passed, answer.passed, before.passed);
      this.#addFrames(this.#lost, answer.lost, before.lost);
      this.#last.set(answer.edge, answer);
    }
    for (const edge of this.#last.keys()) if (!living.has(edge)) this.#last.delete(edge);
  }

  #hasBounds({ boundsSeconds }: EdgeStatus): boolean {
    return (
      boundsSeconds.length === this.#boundsSeconds.length &&
      boundsSeconds.every((bound, index) => bound === this.#boundsSeconds[index])
    );
  }

  #addLatency(now: readonly LatencySeries[], before: readonly LatencySeries[]): void {
    const earlier = new Map(before.map((series) => [latencyKey(series), series]));
    for (const series of now) {
      const key = latencyKey(series);
      const total = this.#total(this.#latency, key, () => ({
        ...series,
        counts: series.counts.map(() => 0),
        sumSeconds: 0,
      }));
      if (total === undefined) continue;
      const last = earlier.get(key);
      for (let bucket = 0; bucket < series.counts.length; bucket++) {
        total.counts[bucket]! += grown(series.counts[bucket]!, last?.counts[bucket]);
      }
      total.sumSeconds += grown(series.sumSeconds, last?.sumSeconds);
    }
  }

  #addFrames(totals: Map<string, FrameSeries>, now: readonly FrameSeries[], before: readonly FrameSeries[]) {
    const earlier = new Map(before.map((series) => [framesKey(series), series]));
    for (const series of now) {
      const key = framesKey(series);
      const total = this.#total(totals, key, () => ({ ...series, frames: 0 }));
      if (total !== undefined) total.frames += grown(series.frames, earlier.get(key)?.frames);
    }
  }

  #total<T>(totals: Map<string, T>, key: string, make: () => T): T | undefined {
    const known = totals.get(key);
    if (known !== undefined) return known;
    if (totals.size >= MAX_SERIES) {
      this.leftOut += 1;
      return undefined;
    }
    const made = make();
    totals.set(key, made);
    return made;
  }
}

/** A series that was not there before, at an edge that was, began at 0. */
const grown = (now: number, before: number | undefined): number => Math.max(0, now - (before ?? 0));
