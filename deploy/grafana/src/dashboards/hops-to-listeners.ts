import type { Row } from '../layout.ts';
import { latencyPanels } from '../panels/lane.ts';
import { query } from '../panels/query.ts';
import { timeSeries } from '../panels/time-series.ts';
import { ofEdges, quantile, rateBy } from '../series.ts';
import { FRAMES, hopCalled, lossRatioByReason } from '../voice-hops.ts';

const downlink = hopCalled('downlink');
const playout = hopCalled('playout');

/** From an edge to the listener's client. */
export const downlinkLane: Row = {
  title: "6  Downlink: edge → listener's client",
  panels: [
    ...latencyPanels({
      hop: 'downlink',
      latency: downlink.latency,
      values: 'reports',
      advice: {
        good: 'half of the round trip between people and their edge, such as 10 to 60 ms.',
        otherwise:
          'p99 alone: networks of some people. One edge: its network or CPU. Everywhere: look at edge egress first.',
        runbook: 'A hop is late: downlink',
      },
    }),
    timeSeries({
      title: 'Downlink: lost by reason',
      advice: {
        shows:
          "The share of frames times listeners that were not delivered: to listeners that were paused as they did not keep up, to connections that closed, for want of room in a socket, or not there in a client's numbering (gap).",
        good: 'below 0.1 %, paused and closed alone.',
        otherwise:
          'paused: slow networks of people, or of an edge. Backpressure, gap: an edge whose sockets are full.',
        runbook: 'A hop loses frames: downlink',
      },
      unit: 'percentunit',
      queries: [query(lossRatioByReason(downlink), '{{reason}}')],
      softMax: 0.01,
      width: 5,
    }),
    timeSeries({
      title: 'Downlink: frames a second',
      advice: {
        shows: 'Frames times listeners: sent (out) and acknowledged (in).',
        good: 'both lines are one.',
        otherwise: 'they part: listeners do not keep up; see paused listeners on the dashboard of edges.',
        runbook: 'A hop loses frames: downlink',
      },
      unit: 'short',
      queries: [query(rateBy(FRAMES, ofEdges('hop="downlink"'), 'direction'), '{{direction}}')],
      width: 5,
    }),
  ],
};

/** From arrival to the loudspeaker. */
export const playoutLane: Row = {
  title: '7  Play-out: arrival → loudspeaker (said by clients)',
  panels: [
    ...latencyPanels({
      hop: 'playout',
      latency: playout.latency,
      values: 'reports',
      advice: {
        good: '40 to 100 ms: the jitter buffer, which is as long as the network is uneven, and the output.',
        otherwise: 'it follows the jitter of what comes; see the downlink and the jitter below.',
        runbook: 'A hop is late: play-out',
      },
    }),
    timeSeries({
      title: 'Play-out: lost by reason',
      advice: {
        shows: 'The share of frames that came, but too late to be played.',
        good: 'below 1 %.',
        otherwise: 'something before it stalls now and then: see p99 of the other lanes.',
        runbook: 'A hop loses frames: play-out',
      },
      unit: 'percentunit',
      queries: [query(lossRatioByReason(playout), '{{reason}}')],
      softMax: 0.01,
      width: 5,
    }),
    timeSeries({
      title: 'Play-out: frames a second',
      advice: {
        shows:
          "Frames that clients say they received, and frames that they found missing in speakers' numbering, wherever those were lost.",
        good: 'hardly any missing.',
        otherwise: 'one of the lanes above has lost them.',
        runbook: 'A hop loses frames: play-out',
      },
      unit: 'short',
      queries: [
        query(rateBy(FRAMES, ofEdges('hop="playout"', 'direction="in"')), 'received'),
        query(rateBy('partyline_listener_missing_frames_total', ofEdges()), 'missing'),
      ],
      width: 5,
    }),
  ],
};

/** What clients say beside it. */
export const clientDetails: Row = {
  title: 'Details: networks and sound of listeners (said by clients)',
  collapsed: true,
  panels: [
    timeSeries({
      title: 'Jitter',
      advice: {
        shows: 'How unevenly frames come to listeners: 50, 95 and 99 of 100 reports stay below.',
        good: 'p95 below 30 ms.',
        otherwise: 'networks of people; when all rise together, edges that coalesce or are busy.',
      },
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((q) =>
        query(quantile(q, 'partyline_listener_jitter_seconds', ofEdges()), `p${q * 100}`),
      ),
      width: 8,
    }),
    timeSeries({
      title: 'Round trip to the edge',
      advice: {
        shows: 'Round trips between listeners and their edge, which no clock can be wrong about.',
        good: 'p50 below 80 ms.',
        otherwise:
          'people are placed far from where they are: see placements on the dashboard of directories.',
        runbook: 'How to add or remove a region',
      },
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((q) =>
        query(quantile(q, 'partyline_listener_round_trip_seconds', ofEdges()), `p${q * 100}`),
      ),
      width: 8,
    }),
    timeSeries({
      title: 'Made-up voice and reports',
      advice: {
        shows:
          'Seconds of sound a second that clients made up for what was missing, and reports of listeners a second.',
        good: 'far below 1 % of the voice heard; a report every two seconds and listener.',
        otherwise: 'see what is lost. No reports: clients too old, or nobody listens.',
      },
      unit: 'short',
      queries: [
        query(rateBy('partyline_listener_concealed_seconds_total', ofEdges()), 'seconds made up'),
        query(rateBy('partyline_receiver_reports_total', ofEdges(), 'outcome'), 'reports, {{outcome}}'),
      ],
      width: 8,
    }),
  ],
};
