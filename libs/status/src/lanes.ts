import { type Budget, budgetOf } from './budgets.ts';
import type { FrameSeries, HopTotals, LatencySeries } from './series.ts';

/** One hop as the page shows it: totals since some beginning. */
export interface Lane {
  /** Unique among the lanes, such as `bus eu us`. */
  key: string;
  hop: string;
  /** For people, such as `bus eu → us`. */
  title: string;
  /** What this part of the way is, in a few words. */
  about: string;
  budget: Budget;
  counts: number[];
  sumSeconds: number;
  /** Frames that passed; undefined where nobody counts them. */
  passed: number | undefined;
  /** Frames lost, by reason. */
  lost: Record<string, number>;
}

/** Reasons for which a frame is left out on purpose: nobody misses it. */
const ON_PURPOSE = new Set(['muted', 'moderated', 'no_grant', 'not_ready', 'handed_over']);

type FrameFilter = (series: FrameSeries) => boolean;

const of =
  (hop: string, kind?: string): FrameFilter =>
  (series) =>
    series.hop === hop && (kind === undefined || series.kind === kind);

/** The lanes in the order in which a frame passes them; of the bus one for each pair of regions that there is. */
export const lanesOf = (totals: HopTotals, buckets: number): Lane[] => {
  const { passed } = totals;
  const has = (filter: FrameFilter): boolean => passed.some((series) => filter(series) && series.frames > 0);
  const lane = (hop: string, title: string, about: string, options: LaneOptions): Lane =>
    makeLane(totals, buckets, { hop, title, about, ...options });
  return [
    lane('capture', 'capture', 'microphone to socket', {
      passed: has(of('capture', 'out')) ? of('capture', 'out') : of('uplink', 'in'),
      lost: of('capture'),
    }),
    lane('uplink', 'uplink', 'client to its edge', { passed: of('uplink', 'in'), lost: of('uplink') }),
    lane('edge', 'edge, ingress', 'in the edge of the speaker', {
      side: 'ingress',
      passed: of('uplink', 'in'),
      lost: of('edge'),
    }),
    ...busLanes(totals, buckets),
    lane('edge', 'edge, egress', 'in the edge of the listener', { side: 'egress', passed: of('bus', 'in') }),
    lane('downlink', 'downlink', 'edge to listener; frames × listeners', {
      passed: has(of('downlink', 'in')) ? of('downlink', 'in') : of('downlink', 'out'),
      lost: of('downlink'),
    }),
    lane('playout', 'playout', 'buffer and loudspeaker', {
      passed: of('playout', 'in'),
      lost: of('playout'),
    }),
    lane('mouth_to_ear', 'mouth to ear', 'the whole way, as clients see it', {}),
  ];
};

interface LaneOptions {
  side?: string;
  from?: string;
  to?: string;
  passed?: FrameFilter;
  lost?: FrameFilter;
}

const busLanes = (totals: HopTotals, buckets: number): Lane[] => {
  const series = [...totals.latency, ...totals.passed, ...totals.lost].filter(({ hop }) => hop === 'bus');
  const pairs = new Map(
    series.map(({ fromRegion, toRegion }) => [
      `${fromRegion} ${toRegion}`,
      { from: fromRegion, to: toRegion },
    ]),
  );
  const lanes = [...pairs.values()].map(({ from, to }) => {
    const filter: FrameFilter = (one) => one.hop === 'bus' && one.fromRegion === from && one.toRegion === to;
    return makeLane(totals, buckets, {
      hop: 'bus',
      title: `bus ${from || 'any'} → ${to || 'any'}`,
      about: from === to ? 'edge to edge, one region' : 'edge to edge, between regions',
      from,
      to,
      passed: (one) => filter(one) && one.kind === 'in',
      lost: filter,
    });
  });
  // What was lost with nobody knowing where it came from is a lane of its own, once there is something to tell.
  const shown = lanes.filter(
    ({ key, counts, lost }) =>
      !key.includes('*') || counts.some((count) => count > 0) || Object.values(lost).some((n) => n > 0),
  );
  return shown.sort((one, other) => one.key.localeCompare(other.key));
};

const makeLane = (
  totals: HopTotals,
  buckets: number,
  lane: LaneOptions & { hop: string; title: string; about: string },
): Lane => {
  const { hop, title, about, side = '', from = '', to = '', passed, lost } = lane;
  const key = hop === 'bus' ? `bus ${from || '*'} ${to || '*'}` : side === '' ? hop : `${hop} ${side}`;
  const counts = new Array<number>(buckets).fill(0);
  let sumSeconds = 0;
  for (const series of totals.latency) {
    if (!isOfLane(series, lane)) continue;
    for (let bucket = 0; bucket < buckets; bucket++) counts[bucket]! += series.counts[bucket] ?? 0;
    sumSeconds += series.sumSeconds;
  }
  const reasons: Record<string, number> = {};
  for (const series of lost === undefined ? [] : totals.lost.filter(lost)) {
    reasons[series.kind] = (reasons[series.kind] ?? 0) + series.frames;
  }
  return {
    key,
    hop,
    title,
    about,
    budget: budgetOf(hop, from !== to),
    counts,
    sumSeconds,
    passed: passed && totals.passed.filter(passed).reduce((total, { frames }) => total + frames, 0),
    lost: reasons,
  };
};

const isOfLane = (series: LatencySeries, { hop, side = '', from, to }: LaneOptions & { hop: string }) =>
  series.hop === hop &&
  (hop !== 'edge' || series.side === side) &&
  (hop !== 'bus' || (series.fromRegion === from && series.toRegion === to));

/** Whether a reason says that voice was lost, and not that nobody was to hear it. */
export const isLoss = (reason: string): boolean => !ON_PURPOSE.has(reason);
