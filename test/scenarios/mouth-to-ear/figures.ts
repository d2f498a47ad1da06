import { disagreementMs } from '../../browser/claims.ts';
import { measureDelays } from '../../browser/delay.ts';
import { cut, median } from '../../browser/timeline.ts';
import { percentile } from '../../support/reception.ts';
import type { MeasuredCall } from './measured-call.ts';
import type { Row } from './rows.ts';

/** Length of a piece of speech whose delay is measured by itself: some syllables' worth, so that it is like no other. */
export const PIECE_MS = 160;
/** The longest delay that is looked for. */
const MOST_MS = 1_200;
/** Less likeness than this, and the piece was not heard as it was spoken. */
const LEAST_CORRELATION = 0.7;
/** Pieces quieter than this are breath and room. */
const QUIET_DB = -45;

/** What one row came to; times in ms. */
export interface Figures {
  row: string;
  /** Pieces of speech that were looked for. */
  pieces: number;
  /** Share of them that was not found in what was played: concealed, stretched beyond likeness, lost. */
  missing: number;
  p50: number;
  p95: number;
  p99: number;
  /** The percentile that the row is judged by. */
  judged: number;
  /** What getStats() said while a piece was heard, minus what that took: median. */
  claimOff: number;
  claimedP50: number;
  claimedP95: number;
  /** Means of the hops as the edge's histograms have them. */
  hops: Record<string, number>;
  packets: number;
  packetsLost: number;
  received: number;
  lost: number;
  late: number;
  pauses: number;
  pausedFrames: number;
  /** Every delay, for the picture. */
  delays: number[];
}

const round = (value: number): number => Number(value.toFixed(1));

export const figuresOf = (row: Row, call: MeasuredCall): Figures => {
  const found = measureDelays(cut(call.spoken, call.fromMs, call.toMs), call.heard, {
    windowMs: PIECE_MS,
    mostMs: MOST_MS,
    quietDb: QUIET_DB,
  });
  const heard = found.filter(({ correlation }) => correlation >= LEAST_CORRELATION);
  const delays = heard.map(({ delayMs }) => delayMs);
  const claimed = call.claims.map(({ mouthToEarMs }) => mouthToEarMs);
  return {
    row: row.name,
    pieces: found.length,
    missing: Number((1 - heard.length / found.length).toFixed(4)),
    p50: round(percentile(delays, 0.5)),
    p95: round(percentile(delays, 0.95)),
    p99: round(percentile(delays, 0.99)),
    judged: round(percentile(delays, row.share)),
    claimOff: round(disagreementMs(heard, call.claims)),
    claimedP50: round(median(claimed)),
    claimedP95: round(percentile(claimed, 0.95)),
    hops: Object.fromEntries([...call.hops.byHop].map(([hop, ms]) => [hop, round(ms)])),
    packets: call.traffic.packets,
    packetsLost: call.traffic.lost,
    ...call.counts,
    pauses: call.pauses,
    pausedFrames: call.pausedFrames,
    delays: delays.map(round),
  };
};
