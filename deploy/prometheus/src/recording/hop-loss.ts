import type { GroupOf, RecordingRule } from '../rule.ts';

const LOST = 'partyline:frames_lost:rate5m';
const PASSED = 'partyline:frames:rate5m';
const REGION = 'cluster, region';
const ARRIVAL = 'cluster, region, to_region';
const DEPARTURE = 'cluster, region, from_region, to_region';

/**
 * Reasons for which somebody misses voice. Others are orders (muted, moderated, no_grant), second copies
 * (not_ready, handed_over), or frames that nobody waits for (unknown_room).
 */
export const HEARD_REASONS = {
  capture: 'deadline',
  uplink: 'gap|late|rate',
  edge: 'unaccounted',
  busArrival: 'lost|late|too_many_streams',
  busDeparture: 'dropped_full|dropped_away|dropped_old',
  downlink: 'paused|closed|backpressure|gap',
  playout: 'late',
} as const;

const lost = (by: string, hop: string, reasons: string): string =>
  `sum by (${by}) (${LOST}{hop="${hop}",reason=~"${reasons}"})`;
const passed = (by: string, hop: string, direction: 'in' | 'out'): string =>
  `sum by (${by}) (${PASSED}{hop="${hop}",direction="${direction}"})`;
const share = (part: string, ...whole: string[]): string => `${part} / (${whole.join(' + ')} > 0)`;

const { capture, uplink, edge, busArrival, busDeparture, downlink, playout } = HEARD_REASONS;

/** Frames that set out on the hop: each lost one is in exactly one of the summands. */
const uplinkWhole = [passed(REGION, 'uplink', 'in'), lost(REGION, 'uplink', 'gap|rate')];
const arrivalWhole = [passed(ARRIVAL, 'bus', 'in'), lost(ARRIVAL, 'bus', 'lost|late')];
const playoutWhole = [passed(REGION, 'playout', 'in')];

const lossRatio = (hop: string, expr: string): RecordingRule => ({
  record: 'partyline:frames_lost:ratio5m',
  expr,
  labels: { hop },
});
const lateRatio = (hop: string, expr: string): RecordingRule => ({
  record: 'partyline:frames_late:ratio5m',
  expr,
  labels: { hop },
});

/**
 * What share of frames each hop loses, over five minutes. The bus has two shares: with `from_region` what the sending
 * edges dropped, without it what the receiving edges found missing or late.
 */
export const hopLoss: GroupOf<RecordingRule> = (span) => ({
  name: 'partyline-hop-loss',
  rules: [
    {
      record: LOST,
      expr: `sum by (cluster, region, hop, reason, from_region, to_region) (rate(partyline_frames_lost_total[${span(5)}]))`,
    },
    {
      record: PASSED,
      expr: `sum by (cluster, region, hop, direction, from_region, to_region) (rate(partyline_frames_total[${span(5)}]))`,
    },
    // What was captured and sent is what reached an edge, and the gaps on the way.
    lossRatio(
      'capture',
      share(lost(REGION, 'capture', capture), lost(REGION, 'capture', capture), ...uplinkWhole),
    ),
    lossRatio('uplink', share(lost(REGION, 'uplink', uplink), ...uplinkWhole)),
    lossRatio(
      'edge',
      share(lost(REGION, 'edge', edge), lost(REGION, 'edge', edge), passed(REGION, 'edge', 'out')),
    ),
    lossRatio(
      'bus',
      `${share(lost(ARRIVAL, 'bus', busArrival), ...arrivalWhole)} or ${share(
        lost(DEPARTURE, 'bus', busDeparture),
        lost(DEPARTURE, 'bus', busDeparture),
        passed(DEPARTURE, 'bus', 'out'),
      )}`,
    ),
    // `in` of the downlink is what listeners acknowledged.
    lossRatio(
      'downlink',
      share(
        lost(REGION, 'downlink', downlink),
        lost(REGION, 'downlink', downlink),
        passed(REGION, 'downlink', 'in'),
      ),
    ),
    lossRatio('playout', share(lost(REGION, 'playout', playout), ...playoutWhole)),
    lateRatio('uplink', share(lost(REGION, 'uplink', 'late'), ...uplinkWhole)),
    lateRatio('bus', share(lost(ARRIVAL, 'bus', 'late'), ...arrivalWhole)),
    lateRatio('playout', share(lost(REGION, 'playout', 'late'), ...playoutWhole)),
  ],
});
