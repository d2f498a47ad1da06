import type { Row } from '../layout.ts';
import { latencyPanels } from '../panels/lane.ts';
import { query } from '../panels/query.ts';
import { timeSeries } from '../panels/time-series.ts';
import { ofEdges, rateBy } from '../series.ts';
import { FRAMES, hopCalled, LOST, lossRatioByReason } from '../voice-hops.ts';

const capture = hopCalled('capture');
const uplink = hopCalled('uplink');

/** What nobody misses. */
const UNWANTED = 'reason=~"muted|moderated|no_grant|not_ready|handed_over"';

/** In the speaker's client: from the microphone to the socket. */
export const captureLane: Row = {
  title: '1  Capture: microphone → socket (said by clients)',
  panels: [
    ...latencyPanels({
      hop: 'capture',
      latency: capture.latency,
      advice: {
        good: "one frame and a little: 20 to 30 ms, or what a speaker's buffer adds.",
        otherwise: 'p99 alone: slow devices of some people. All of it: a new version of the page or the SDK.',
        runbook: 'A hop is late: capture',
      },
    }),
    timeSeries({
      title: 'Capture: lost by reason',
      advice: {
        shows:
          'The share of frames that clients dropped before sending, as they had waited beyond their deadline.',
        good: '0.',
        otherwise: 'uplinks of people that are too slow for voice; the uplink lane shows it too.',
        runbook: 'A hop loses frames: capture and uplink',
      },
      unit: 'percentunit',
      queries: [query(lossRatioByReason(capture), '{{reason}}')],
      softMax: 0.01,
      width: 5,
    }),
    timeSeries({
      title: 'Capture: frames a second',
      advice: {
        shows: 'Frames that clients dropped before sending, and frames that came to edges in their place.',
        good: '50 for each speaker with frames of 20 ms, none dropped.',
        otherwise: 'fewer than speakers explain: see which reason the uplink has.',
        runbook: 'A hop loses frames: capture and uplink',
      },
      unit: 'short',
      queries: [
        query(rateBy(LOST, ofEdges(...capture.lost)), 'dropped by clients'),
        query(rateBy(FRAMES, ofEdges('hop="uplink"', 'direction="in"')), 'came to edges'),
      ],
      width: 5,
    }),
  ],
};

/** From the speaker's socket to the first edge. */
export const uplinkLane: Row = {
  title: '2  Uplink: socket → first edge',
  panels: [
    ...latencyPanels({
      hop: 'uplink',
      latency: uplink.latency,
      advice: {
        good: 'half of the round trip between people and their edge, such as 10 to 60 ms.',
        otherwise:
          'one edge alone: its way into the internet or its CPU. All: clocks; see the round trips of listeners below, which need none.',
        runbook: 'A hop is late: uplink',
      },
    }),
    timeSeries({
      title: 'Uplink: lost by reason',
      advice: {
        shows:
          'The share of frames that edges missed in the numbering (gap), got too late (late), or that were over the rate of voice (rate).',
        good: '0.',
        otherwise:
          "late: a network that stalls, so that frames come in heaps. Gap, rate: a client's own fault.",
        runbook: 'A hop loses frames: capture and uplink',
      },
      unit: 'percentunit',
      queries: [query(lossRatioByReason(uplink), '{{reason}}')],
      softMax: 0.01,
      width: 5,
    }),
    timeSeries({
      title: 'Uplink: frames a second',
      advice: {
        shows:
          'Frames that came to edges from speakers, and those that were not to be heard: of people who are muted or have no grant, and second copies while people change edges (not_ready, handed_over).',
        good: '50 for each speaker with frames of 20 ms; of the others what people muted.',
        otherwise:
          'fewer than speakers explain: clients do not send; see the capture lane. Not_ready, handed_over for long: moves that do not end; see the dashboard of edges.',
        runbook: 'A hop loses frames: capture and uplink',
      },
      unit: 'short',
      queries: [
        query(rateBy(FRAMES, ofEdges('hop="uplink"', 'direction="in"'), 'region'), 'in, {{region}}'),
        query(rateBy(LOST, ofEdges('hop="uplink"', UNWANTED), 'reason'), '{{reason}}'),
      ],
      width: 5,
    }),
  ],
};
