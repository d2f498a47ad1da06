import type { Metrics } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';

type Labels = Partial<
  Record<'hop' | 'source' | 'direction' | 'reason' | 'from_region' | 'to_region', string>
>;
type Row = [Labels, number];

const CLIENT = { source: 'client' } as const;
/** Inter-arrival jitter and round trips, from a quiet LAN to a bad mobile network. */
const JITTER_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2,
];
const ROUND_TRIP_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5,
  2,
];

/** The clients' rows of `partyline_frames_total`. */
export const reportedFrames = ({ reported }: EdgeCounters): Row[] => [
  [{ hop: 'playout', direction: 'in', ...CLIENT }, reported.receivedFrames],
];

/** The clients' rows of `partyline_frames_lost_total`: what only they can know. */
export const reportedLosses = ({ reported, gapFrames }: EdgeCounters): Row[] => [
  [{ hop: 'capture', reason: 'deadline', ...CLIENT }, reported.droppedFrames],
  [{ hop: 'downlink', reason: 'gap', ...CLIENT }, gapFrames],
  [{ hop: 'playout', reason: 'late', ...CLIENT }, reported.lateFrames],
];

/** Exports the series that rest on clients' reports alone. */
export const exportReportMetrics = (metrics: Metrics, { reported }: EdgeCounters): void => {
  metrics.counter({
    name: 'partyline_receiver_reports_total',
    help: 'Receiver reports, taken or left out as too frequent.',
    labelNames: ['outcome'],
    collect: () => [
      { labels: { outcome: 'taken' }, value: reported.reports },
      { labels: { outcome: 'rate' }, value: reported.refused },
    ],
  });
  metrics.counter({
    name: 'partyline_voice_seconds_total',
    help: 'Voice that listeners heard, by whether it was in time (late: over 400 ms from mouth to ear) and whole (broken: over 2 % lost or late, or over 5 % invented), per report and speaker.',
    labelNames: ['verdict', 'source'],
    collect: () =>
      Object.entries(reported.heardMs).map(([verdict, ms]) => ({
        labels: { verdict, ...CLIENT },
        value: ms / 1000,
      })),
  });
  metrics.counter({
    name: 'partyline_listener_missing_frames_total',
    help: "Frames that listeners found missing in speakers' numbering, wherever they were lost.",
    labelNames: ['source'],
    collect: () => [{ labels: CLIENT, value: reported.missingFrames }],
  });
  metrics.counter({
    name: 'partyline_listener_concealed_seconds_total',
    help: 'Voice that listeners had invented to bridge gaps.',
    labelNames: ['source'],
    collect: () => [{ labels: CLIENT, value: reported.concealedMs / 1000 }],
  });
};

/** Histograms of what clients measure that is no hop. */
export const listenerHistograms = (metrics: Metrics) => ({
  jitter: metrics
    .histogram({
      name: 'partyline_listener_jitter_seconds',
      help: 'Inter-arrival jitter (RFC 3550) of the speakers that a listener hears, one value a report and speaker.',
      labelNames: ['source'],
      boundsSeconds: JITTER_SECONDS,
    })
    .series(CLIENT),
  roundTrip: metrics
    .histogram({
      name: 'partyline_listener_round_trip_seconds',
      help: 'Round trip of a ping between client and edge, the newest of each report.',
      labelNames: ['source'],
      boundsSeconds: ROUND_TRIP_SECONDS,
    })
    .series(CLIENT),
});
