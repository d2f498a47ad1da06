import { HOP_COLOURS, VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { query } from '../panels/query.ts';
import { stat } from '../panels/stat.ts';
import { increaseInRange, ofEdges, rateBy, sum } from '../series.ts';
import { FRAMES, LOST, latencyQuantile, MOUTH_TO_EAR, VOICE_HOPS } from '../voice-hops.ts';

const hopsAndWhole = [...VOICE_HOPS, { name: 'mouth to ear' as const, latency: MOUTH_TO_EAR }];

/** The load, which a soak test keeps level. */
export const offered: Row = {
  title: 'Load: level, if the test is right',
  panels: [
    lines(
      'Connections',
      'short',
      { '{{edge}}': sum(`partyline_edge_connections${ofEdges()}`, 'edge') },
      {
        shows: 'WebSocket connections of each edge.',
        good: 'level.',
        otherwise: 'steps down: clients that were closed; see close codes on the dashboard of edges.',
      },
    ),
    lines(
      'Frames in, a second',
      'short',
      { '{{edge}}': rateBy(FRAMES, ofEdges('hop="uplink"', 'direction="in"'), 'edge') },
      {
        shows: 'Frames from speakers.',
        good: 'level, 50 for each speaker with frames of 20 ms.',
        otherwise: 'it sinks: the generator of the load is at its end, or speakers were closed.',
      },
    ),
    lines(
      'Frames out, a second',
      'short',
      { '{{edge}}': rateBy(FRAMES, ofEdges('hop="downlink"', 'direction="out"'), 'edge') },
      {
        shows: 'Frames times listeners that edges sent.',
        good: 'level.',
        otherwise: 'it sinks while frames in are level: listeners were closed or are paused.',
      },
    ),
  ],
};

/** What came out of it, over the whole range. */
export const quality: Row = {
  title: 'Voice over the whole range',
  panels: [
    stat({
      title: 'p99 of each hop, over the whole range',
      advice: {
        shows: 'What 99 of 100 frames of the whole range stayed below, hop by hop.',
        good: 'as in the first minutes of the test.',
        otherwise: 'the line below shows when it began.',
      },
      unit: 's',
      queries: hopsAndWhole.map(({ name, latency }) =>
        query(latencyQuantile(0.99, latency, '$__range'), name),
      ),
      thresholds: [{ from: 0.4, colour: VERDICT_COLOURS.bad }],
      noValue: 'no voice',
      ofRange: true,
      width: 24,
      height: 4,
    }),
    lines(
      'p99 of each hop, over ten minutes each',
      's',
      Object.fromEntries(
        hopsAndWhole.map(({ name, latency }) => [name, latencyQuantile(0.99, latency, '10m')]),
      ),
      {
        shows: 'What 99 of 100 frames of the ten minutes before stayed below.',
        good: 'level: no hop rises with the hours.',
        otherwise: 'one that rises slowly: a queue or a table that grows; see memory.',
      },
      {
        colours: Object.fromEntries(hopsAndWhole.map(({ name }) => [name, HOP_COLOURS[name]])),
        figures: true,
        width: 12,
      },
    ),
    lines(
      'Lost since the beginning, by hop and reason',
      'short',
      {
        '{{hop}}, {{reason}}': sum(increaseInRange(LOST, ofEdges()), 'hop', 'reason'),
      },
      {
        shows: 'Frames lost in a range as long as the one that is shown, up to each moment.',
        good: 'level: what joins and leaves explain.',
        otherwise: 'the reason says where to look; it is the same as in the lanes of the hops.',
      },
      { figures: true, width: 12 },
    ),
  ],
};

/** What the generator of the load measured, if it is k6 and writes to the same Prometheus. */
export const k6: Row = {
  title: 'k6, if it writes its results to this Prometheus (--out experimental-prometheus-rw)',
  collapsed: true,
  panels: [
    lines(
      'Virtual users',
      'short',
      { users: 'sum(k6_vus)' },
      {
        shows: 'Virtual users of k6. Empty without k6.',
        good: "as the test's plan says.",
        otherwise: 'the generator is at its end: see its CPU.',
      },
    ),
    lines(
      'Sessions and messages a second',
      'short',
      {
        'sessions opened': 'sum(rate(k6_ws_sessions_total[$__rate_interval]))',
        'messages received': 'sum(rate(k6_ws_msgs_received_total[$__rate_interval]))',
        'messages sent': 'sum(rate(k6_ws_msgs_sent_total[$__rate_interval]))',
      },
      {
        shows: 'WebSocket sessions that k6 opened, and messages. Empty without k6.',
        good: 'level.',
        otherwise:
          'fewer received than edges sent: the generator does not keep up; what it measures is then about itself.',
      },
    ),
    lines(
      'Connecting, p99',
      's',
      { p99: 'max(k6_ws_connecting_p99)' },
      {
        shows: 'How long connecting took as k6 saw it. Empty without k6.',
        good: 'below 100 ms.',
        otherwise: 'edges or the generator are busy.',
      },
    ),
  ],
};
