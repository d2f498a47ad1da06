import type { ShownHop } from './hop-colours.ts';
import { ofEdges, quantile, rate, rateBy, sum } from './series.ts';

/** The histogram of all hops. */
const LATENCY = 'partyline_hop_latency_seconds';

/** The counters of all hops. */
export const FRAMES = 'partyline_frames_total';
export const LOST = 'partyline_frames_lost_total';

/** Without frames that somebody wanted not to be heard, second copies, and what nobody waits for. */
const MISSED = 'reason!~"muted|moderated|no_grant|not_ready|handed_over|unknown_room"';

/** One hop and where its numbers are. */
export interface VoiceHop {
  name: ShownHop;
  /** Matchers of its latencies. */
  latency: readonly string[];
  /** Matchers of its losses; the edge counts them for both of its sides together. */
  lost: readonly string[];
  /** Frames a second that had the hop before them, lost ones included. */
  offered: string;
}

const hopIs = (hop: string): string => `hop="${hop}"`;

const passed = (hop: string, direction: string): string =>
  rateBy(FRAMES, ofEdges(hopIs(hop), `direction="${direction}"`));

const lostOn = (...matchers: readonly string[]): string => rateBy(LOST, ofEdges(...matchers));

/** Frames that arrived and frames that did not. */
const arrivedOrLost = (hop: string, lost: string): string => `(${passed(hop, 'in')} + ${lost})`;

/** The hops of a frame, in the order in which it passes them. */
export const VOICE_HOPS: readonly VoiceHop[] = [
  {
    name: 'capture',
    latency: [hopIs('capture')],
    lost: [hopIs('capture')],
    offered: arrivedOrLost('uplink', lostOn(hopIs('capture'))),
  },
  {
    name: 'uplink',
    latency: [hopIs('uplink')],
    lost: [hopIs('uplink'), MISSED],
    // All other reasons are of frames that count as arrived.
    offered: arrivedOrLost('uplink', lostOn(hopIs('uplink'), 'reason=~"gap|rate"')),
  },
  {
    name: 'edge ingress',
    latency: [hopIs('edge'), 'side="ingress"'],
    lost: [hopIs('edge')],
    offered: arrivedOrLost('edge', lostOn(hopIs('edge'))),
  },
  {
    name: 'bus',
    latency: [hopIs('bus')],
    lost: [hopIs('bus'), MISSED],
    offered: arrivedOrLost('bus', lostOn(hopIs('bus'))),
  },
  {
    name: 'edge egress',
    latency: [hopIs('edge'), 'side="egress"'],
    lost: [hopIs('edge')],
    offered: arrivedOrLost('edge', lostOn(hopIs('edge'))),
  },
  {
    name: 'downlink',
    latency: [hopIs('downlink')],
    lost: [hopIs('downlink')],
    offered: rateBy('partyline_frames_offered_total', ofEdges()),
  },
  {
    name: 'playout',
    latency: [hopIs('playout')],
    lost: [hopIs('playout')],
    // Late ones arrived too.
    offered: passed('playout', 'in'),
  },
];

/** Hops whose losses are counted apart: both sides of the edge have one counter. */
export const HOPS_WITH_LOSSES: readonly VoiceHop[] = VOICE_HOPS.filter(({ name }) => name !== 'edge egress');

/** A hop's name where losses are shown. */
export const lossName = ({ name }: VoiceHop): string => (name === 'edge ingress' ? 'edge' : name);

/** A hop by its name. */
export const hopCalled = (name: ShownHop): VoiceHop => VOICE_HOPS.find((hop) => hop.name === name)!;

/** The share of frames that a hop lost. */
export const lossRatio = ({ lost, offered }: VoiceHop): string => `${lostOn(...lost)} / ${offered}`;

/** The share of frames that a hop lost, by reason. */
export const lossRatioByReason = ({ lost, offered }: VoiceHop): string =>
  `${rateBy(LOST, ofEdges(...lost), 'reason')} / on () group_left () ${offered}`;

/** A percentile of a hop's latency, in seconds. */
export const latencyQuantile = (q: number, matchers: readonly string[], window?: string): string =>
  quantile(q, LATENCY, ofEdges(...matchers), window === undefined ? {} : { window });

/** The mean of a hop's latency, in seconds. */
export const latencyMean = (matchers: readonly string[]): string =>
  `${rateBy(`${LATENCY}_sum`, ofEdges(...matchers))} / ${rateBy(`${LATENCY}_count`, ofEdges(...matchers))}`;

/** How many latencies fell into each bucket, a second. */
export const latencyBuckets = (matchers: readonly string[]): string =>
  sum(rate(`${LATENCY}_bucket`, ofEdges(...matchers)), 'le');

/** From the speaker's mouth to the listener's ear. */
export const MOUTH_TO_EAR = [hopIs('mouth_to_ear')] as const;

/** Seconds from mouth to ear from which on people notice, and from which on they talk over each other. */
export const NOTICED_SECONDS = 0.15;
export const LATE_SECONDS = 0.4;
