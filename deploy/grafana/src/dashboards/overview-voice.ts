import { budgetLeft, goodShare, OBJECTIVE, VOICE_SECONDS } from '../good-voice.ts';
import { HOP_COLOURS, lighter, VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import type { Bound } from '../panels/panel.ts';
import { query } from '../panels/query.ts';
import { stat } from '../panels/stat.ts';
import { timeSeries } from '../panels/time-series.ts';
import { ofEdges, rateBy } from '../series.ts';
import {
  HOPS_WITH_LOSSES,
  LATE_SECONDS,
  latencyQuantile,
  lossName,
  lossRatio,
  MOUTH_TO_EAR,
  NOTICED_SECONDS,
  VOICE_HOPS,
  type VoiceHop,
} from '../voice-hops.ts';

/** Bounds of what people hear as late. */
export const LATE_BOUNDS: readonly Bound[] = [
  { from: NOTICED_SECONDS, colour: VERDICT_COLOURS.warning },
  { from: LATE_SECONDS, colour: VERDICT_COLOURS.bad },
];

const NOT_YET = 'no voice';
const { good, warning, bad } = VERDICT_COLOURS;
const colour = HOP_COLOURS['mouth to ear'];

const figures: Row = {
  title: 'Is voice good right now?',
  height: 4,
  panels: [
    stat({
      title: 'Good voice',
      advice: {
        shows:
          'The share of voice that listeners heard in time (400 ms from mouth to ear at most), with 2 % of frames lost or late at most and 5 % made up at most.',
        good: `${OBJECTIVE * 100} % or more.`,
        otherwise: 'see below whether it is late or lost, then open the dashboard of the hops.',
        runbook: 'Good voice minutes are burning',
      },
      unit: 'percentunit',
      queries: [query(goodShare(), 'good voice')],
      below: bad,
      thresholds: [
        { from: 0.95, colour: warning },
        { from: OBJECTIVE, colour: good },
      ],
      decimals: 2,
      noValue: NOT_YET,
      width: 5,
    }),
    stat({
      title: 'Error budget left',
      advice: {
        shows: `What is left of the ${((1 - OBJECTIVE) * 100).toFixed(0)} % of voice that may be late or broken in the time that is shown above.`,
        good: 'above 50 % over the last days.',
        otherwise: 'roll out nothing risky until it is known what used it up. Below 0 the aim is missed.',
        runbook: 'Good voice minutes are burning',
      },
      unit: 'percentunit',
      queries: [query(budgetLeft(), 'left')],
      below: bad,
      thresholds: [
        { from: 0, colour: warning },
        { from: 0.5, colour: good },
      ],
      decimals: 1,
      noValue: NOT_YET,
      ofRange: true,
      width: 4,
    }),
    stat({
      title: 'Mouth to ear, p95',
      advice: {
        shows:
          "What 95 of 100 reports of listeners stay below, from the speaker's mouth to the listener's ear.",
        good: 'below 150 ms. From 400 ms on people talk over each other.',
        otherwise: 'see which hop grew: "Where the time goes", below.',
        runbook: 'Voice is late from mouth to ear',
      },
      unit: 's',
      queries: [query(latencyQuantile(0.95, MOUTH_TO_EAR), 'p95')],
      thresholds: LATE_BOUNDS,
      noValue: NOT_YET,
      width: 5,
    }),
    stat({
      title: 'Lost on the worst hop',
      advice: {
        shows:
          'The greatest share of frames that any hop loses now. What was muted by somebody does not count.',
        good: 'below 0.1 %.',
        otherwise: 'see "Lost by hop", below.',
      },
      unit: 'percentunit',
      queries: [query(`max(${HOPS_WITH_LOSSES.map(labelled).join(' or ')})`, 'lost')],
      thresholds: [
        { from: 0.005, colour: warning },
        { from: 0.02, colour: bad },
      ],
      decimals: 2,
      noValue: NOT_YET,
      width: 5,
    }),
    stat({
      title: 'Alerts',
      advice: {
        shows: 'Alerts of Partyline that are firing.',
        good: '0.',
        otherwise: 'they are listed at the end of this page; each names its heading in the runbook.',
        runbook: 'Alerts',
      },
      unit: 'none',
      queries: [query('count(ALERTS{alertstate="firing",cluster=~"$cluster|"}) or vector(0)', 'firing')],
      thresholds: [{ from: 1, colour: bad }],
      width: 5,
    }),
  ],
};

const lines: Row = {
  title: 'Where is it late or lost?',
  height: 8,
  panels: [
    timeSeries({
      title: 'Mouth to ear',
      advice: {
        shows:
          "From the speaker's mouth to the listener's ear, as clients report it; the lines are at 150 and 400 ms.",
        good: 'p95 below 150 ms, p99 below 400 ms.',
        otherwise: "p99 alone: some people's networks. p50 as well: something of ours; see which hop grew.",
        runbook: 'Voice is late from mouth to ear',
      },
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((q) => query(latencyQuantile(q, MOUTH_TO_EAR), `p${q * 100}`)),
      thresholds: LATE_BOUNDS,
      colours: { p50: lighter(colour, 0.6), p95: lighter(colour, 0.3), p99: colour },
      softMax: 0.2,
      figures: true,
      width: 12,
    }),
    timeSeries({
      title: 'Lost by hop',
      advice: {
        shows: 'The share of the frames before each hop that the hop lost, one on top of the other.',
        good: 'flat at 0, with short peaks below 1 %.',
        otherwise: "open the dashboard of the hops: that hop's lane says for which reason.",
      },
      unit: 'percentunit',
      queries: HOPS_WITH_LOSSES.map((hop) => query(lossRatio(hop), lossName(hop))),
      stacked: 'amount',
      colours: Object.fromEntries(HOPS_WITH_LOSSES.map((hop) => [lossName(hop), HOP_COLOURS[hop.name]])),
      softMax: 0.01,
      figures: true,
      width: 12,
    }),
    timeSeries({
      title: 'Where the time goes, p95 of each hop',
      advice: {
        shows:
          'What 95 of 100 frames stay below, hop by hop. Percentiles do not add up to that of the whole.',
        good: 'edges and bus a few milliseconds, uplink and downlink as long as the way is, play-out 40 to 100 ms.',
        otherwise: 'open the lane of the hop that grew.',
      },
      unit: 's',
      queries: VOICE_HOPS.map(({ name, latency }) => query(latencyQuantile(0.95, latency), name)),
      colours: Object.fromEntries(VOICE_HOPS.map(({ name }) => [name, HOP_COLOURS[name]])),
      figures: true,
      width: 12,
    }),
    timeSeries({
      title: 'Voice heard, by how it was',
      advice: {
        shows:
          'Seconds of voice that listeners heard, a second: good, late (over 400 ms) or broken (lost, late or made-up frames).',
        good: 'all of it good.',
        otherwise: "late: see the hops' latencies. Broken: see what is lost, and paused listeners.",
        runbook: 'Good voice minutes are burning',
      },
      unit: 'short',
      queries: [query(rateBy(VOICE_SECONDS, ofEdges(), 'verdict'), '{{verdict}}')],
      stacked: 'amount',
      colours: { good, late: warning, broken: bad },
      figures: true,
      width: 12,
    }),
  ],
};

/** Loss ratios have no labels, and `or` would drop all but the first without one. */
function labelled(hop: VoiceHop): string {
  return `label_replace(${lossRatio(hop)}, "hop", "${lossName(hop)}", "", "")`;
}

/** The first rows of the overview. */
export const voice: readonly Row[] = [figures, lines];
