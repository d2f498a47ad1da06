import type { AlertRule, GroupOf } from '../rule.ts';

/** Observations a second below which a percentile is one or two people's bad line. */
const LEAST_OBSERVATIONS = 1;
const MS = '{{ $value | humanizeDuration }}';
const HERE = '{{ $labels.region }} of {{ $labels.cluster }}';

const late = (hop: string, seconds: number): string =>
  `partyline:hop_latency_seconds:p95{hop="${hop}"} > ${seconds} and partyline:hop_latency_seconds_count:rate5m{hop="${hop}"} > ${LEAST_OBSERVATIONS}`;

const hop = (
  alert: string,
  name: string,
  budgetSeconds: number,
  runbook: string,
  words: { summary: string; description: string },
): AlertRule => ({
  alert,
  expr: late(name, budgetSeconds),
  forMinutes: 10,
  severity: 'ticket',
  summary: `${words.summary} (p95 ${MS}, ${HERE}).`,
  description: words.description,
  runbook,
  dashboard: 'hops',
});

/** Budgets of the hops: together they make the 400 ms from mouth to ear at which talk begins to collide. */
export const hopLatencyAlerts: GroupOf<AlertRule> = () => ({
  name: 'partyline-hop-latency-alerts',
  rules: [
    {
      alert: 'PartylineMouthToEarLate',
      expr: late('mouth_to_ear', 0.4),
      forMinutes: 5,
      severity: 'page',
      summary: `Voice takes ${MS} from mouth to ear (p95, ${HERE}).`,
      description:
        'One in twenty listeners hears others more than 400 ms late, so that people talk over each other. The alerts on single hops, or the dashboard of hops, say where the time goes.',
      runbook: 'voice-is-late-from-mouth-to-ear',
      dashboard: 'hops',
    },
    hop('PartylineCaptureLate', 'capture', 0.15, 'a-hop-is-late-capture', {
      summary: 'Clients are slow to send what they capture',
      description:
        'From capture to the hand-over to the socket more than 150 ms pass at one in twenty frames.',
    }),
    hop('PartylineUplinkLate', 'uplink', 0.15, 'a-hop-is-late-uplink', {
      summary: 'Voice is late on the way from clients to edges',
      description: 'From the client to its edge one in twenty frames takes more than 150 ms.',
    }),
    {
      alert: 'PartylineEdgeLate',
      expr: 'partyline:edge_hop_latency_seconds:p95 > 0.03',
      forMinutes: 5,
      severity: 'ticket',
      summary: `Edge {{ $labels.edge }} holds frames for ${MS} (p95, {{ $labels.side }}, ${HERE}).`,
      description:
        'An edge passes a frame on within 10 ms (20 ms on stages); one in twenty takes more than 30 ms here, so the process lacks CPU.',
      runbook: 'a-hop-is-late-edge',
      dashboard: 'edges',
    },
    {
      alert: 'PartylineBusLate',
      expr: 'partyline:bus_latency_seconds:excess > 0.05 and partyline:hop_latency_seconds_count:rate5m{hop="bus"} > 0.2',
      forMinutes: 10,
      severity: 'ticket',
      summary: `The bus from {{ $labels.from_region }} to {{ $labels.to_region }} takes ${MS} more than usual (p95).`,
      description:
        "One in twenty frames takes over 50 ms longer between these regions than it does in a day's best tenth, which is the network's own time.",
      runbook: 'a-hop-is-late-bus',
      dashboard: 'hops',
    },
    hop('PartylineDownlinkLate', 'downlink', 0.2, 'a-hop-is-late-downlink', {
      summary: 'Voice is late on the way from edges to listeners',
      description:
        'From its edge to one in twenty listeners voice takes more than 200 ms, by what clients report.',
    }),
    hop('PartylinePlayoutLate', 'playout', 0.25, 'a-hop-is-late-play-out', {
      summary: 'Clients hold voice for long before they play it',
      description:
        'From arrival to the loudspeaker more than 250 ms pass for one in twenty streams: jitter buffers have grown, or sound outputs are slow.',
    }),
  ],
});
