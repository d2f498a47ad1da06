import { HEARD_REASONS } from '../recording/hop-loss.ts';
import type { AlertRule, GroupOf } from '../rule.ts';

/** Frames lost a second below which a share is a single bad line. */
const LEAST_LOST = 1;
const SHARE = '{{ $value | humanizePercentage }}';
const HERE = '{{ $labels.region }} of {{ $labels.cluster }}';

const loses = (hop: keyof typeof HEARD_REASONS, share: number): string =>
  `partyline:frames_lost:ratio5m{hop="${hop}"} > ${share} and on (cluster, region) sum by (cluster, region) (partyline:frames_lost:rate5m{hop="${hop}",reason=~"${HEARD_REASONS[hop]}"}) > ${LEAST_LOST}`;

const busLoses = `partyline:frames_lost:ratio5m{hop="bus"} > 0.005 and on (cluster, region) sum by (cluster, region) (partyline:frames_lost:rate5m{hop="bus",reason=~"${HEARD_REASONS.busArrival}|${HEARD_REASONS.busDeparture}"}) > ${LEAST_LOST}`;

const shared = { forMinutes: 10, severity: 'ticket', dashboard: 'hops' } as const;

/** Budgets of loss: where frames go missing, each hop by its own count. */
export const hopLossAlerts: GroupOf<AlertRule> = (span) => ({
  name: 'partyline-hop-loss-alerts',
  rules: [
    {
      ...shared,
      alert: 'PartylineCaptureLosesFrames',
      expr: loses('capture', 0.01),
      summary: `Clients give up ${SHARE} of frames before they are sent (${HERE}).`,
      description: 'Clients drop what their uplink does not take in time; more than 1 % for ten minutes.',
      runbook: 'a-hop-loses-frames-capture-and-uplink',
    },
    {
      ...shared,
      alert: 'PartylineUplinkLosesFrames',
      expr: loses('uplink', 0.01),
      summary: `${SHARE} of frames do not reach edges in time (${HERE}).`,
      description: 'Frames that came late, too many at once, or not at all: more than 1 % for ten minutes.',
      runbook: 'a-hop-loses-frames-capture-and-uplink',
    },
    {
      alert: 'PartylineEdgeLosesFrames',
      expr: `sum by (cluster, region, edge) (increase(partyline_frames_lost_total{hop="edge",reason="unaccounted"}[${span(15)}])) > 0`,
      forMinutes: 5,
      severity: 'ticket',
      summary: `The books of edge {{ $labels.edge }} do not balance: {{ $value | humanize }} frames are missing.`,
      description:
        'An edge accounts for every frame that it chose for listeners; what is missing is a bug of the edge.',
      runbook: 'a-hop-loses-frames-edge',
      dashboard: 'edges',
    },
    {
      ...shared,
      alert: 'PartylineBusLosesFrames',
      expr: busLoses,
      forMinutes: 5,
      severity: 'page',
      summary: `{{ if $labels.from_region }}Edges of ${HERE} drop ${SHARE} of frames for {{ $labels.to_region }}.{{ else }}${SHARE} of frames for ${HERE} are lost or late between edges.{{ end }}`,
      description:
        'More than 0.5 % of frames between edges for five minutes. Dropped by the sender: the bus does not take them. Missing or late at the receiver: the bus, or the network, lost or held them.',
      runbook: 'a-hop-loses-frames-bus',
    },
    {
      ...shared,
      alert: 'PartylineBusGaps',
      expr: 'partyline:bus_bundles_lost:ratio5m > 0.005',
      forMinutes: 5,
      summary: `Edge {{ $labels.edge }} misses ${SHARE} of bundles of other edges.`,
      description:
        'Bundles are numbered by whoever sends them; more than 0.5 % of the numbers never came here in five minutes. Heartbeats count, so this shows in a quiet cluster as well.',
      runbook: 'a-hop-loses-frames-bus',
    },
    {
      ...shared,
      alert: 'PartylineDownlinkLosesFrames',
      expr: loses('downlink', 0.02),
      summary: `Listeners do not get ${SHARE} of their frames (${HERE}).`,
      description:
        'Frames for listeners who were paused, too far behind, or closed, or who found a gap: more than 2 % for ten minutes.',
      runbook: 'a-hop-loses-frames-downlink',
    },
    {
      ...shared,
      alert: 'PartylinePlayoutLosesFrames',
      expr: loses('playout', 0.02),
      summary: `${SHARE} of frames come too late to be played (${HERE}).`,
      description:
        'By what clients report, more than 2 % of frames arrived after their turn for ten minutes.',
      runbook: 'a-hop-loses-frames-play-out',
    },
  ],
});
