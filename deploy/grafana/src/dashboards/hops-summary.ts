import { HOP_COLOURS, type ShownHop, VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { query } from '../panels/query.ts';
import { stat } from '../panels/stat.ts';
import { timeSeries } from '../panels/time-series.ts';
import {
  HOPS_WITH_LOSSES,
  latencyMean,
  latencyQuantile,
  lossName,
  lossRatio,
  MOUTH_TO_EAR,
  VOICE_HOPS,
} from '../voice-hops.ts';
import { LATE_BOUNDS } from './overview-voice.ts';

const shownHops: readonly { name: ShownHop; latency: readonly string[] }[] = [
  ...VOICE_HOPS,
  { name: 'mouth to ear', latency: MOUTH_TO_EAR },
];

const colours = Object.fromEntries(shownHops.map(({ name }) => [name, HOP_COLOURS[name]]));

/** All hops beside each other: which lane to look at. */
export const summary: Row = {
  title: 'Which lane to look at',
  height: 7,
  panels: [
    stat({
      title: 'p95 now',
      advice: {
        shows: 'What 95 of 100 frames stay below, hop by hop, and on the whole way from mouth to ear.',
        good: 'edges and bus in milliseconds; the whole below 150 ms.',
        otherwise: 'look at the lane of the hop whose line went up.',
      },
      unit: 's',
      queries: shownHops.map(({ name, latency }) => query(latencyQuantile(0.95, latency), name)),
      thresholds: LATE_BOUNDS,
      noValue: 'no voice',
      width: 24,
      height: 4,
    }),
    stat({
      title: 'Lost now',
      advice: {
        shows:
          'The share of the frames before each hop that it lost. Edges count both of their sides together.',
        good: '0, or far below 1 %.',
        otherwise: 'look at the lane of that hop for the reason.',
      },
      unit: 'percentunit',
      queries: HOPS_WITH_LOSSES.map((hop) => query(lossRatio(hop), lossName(hop))),
      thresholds: [
        { from: 0.005, colour: VERDICT_COLOURS.warning },
        { from: 0.02, colour: VERDICT_COLOURS.bad },
      ],
      decimals: 2,
      noValue: 'no voice',
      width: 10,
    }),
    timeSeries({
      title: 'Where the time goes',
      advice: {
        shows:
          'The mean of each hop, one on top of the other, and the mean from mouth to ear as clients tell it. A frame for listeners of its own edge passes neither bus nor edge egress, one for others no edge ingress, so the pile is as high as the longest way.',
        good: 'play-out and the networks of people make up most of it.',
        otherwise: 'the layer that became thicker is the lane to look at.',
      },
      unit: 's',
      queries: shownHops.map(({ name, latency }) => query(latencyMean(latency), name)),
      stacked: 'amount',
      apart: 'mouth to ear',
      colours,
      figures: true,
      width: 14,
    }),
  ],
};
