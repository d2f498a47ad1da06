import type { Row } from '../layout.ts';
import { latencyPanels } from '../panels/lane.ts';
import { query } from '../panels/query.ts';
import { timeSeries } from '../panels/time-series.ts';
import { ofEdges, rateBy } from '../series.ts';
import { FRAMES, hopCalled, lossRatioByReason } from '../voice-hops.ts';

const ingress = hopCalled('edge ingress');
const egress = hopCalled('edge egress');

const advice = {
  good: 'below 1 ms while edges are idle; up to 10 ms when a busy edge coalesces.',
  otherwise: 'the edge is busy: see its event loop lag and CPU on the dashboard of edges; add edges.',
  runbook: 'A hop is late: edge',
};

/** From the first edge's message handler to its listeners. */
export const ingressLane: Row = {
  title: '3  Edge, ingress: first edge, message in → published to its own listeners',
  panels: [
    ...latencyPanels({ hop: 'edge ingress', latency: ingress.latency, advice }),
    timeSeries({
      title: 'Edge: lost by reason',
      advice: {
        shows:
          "The share of frames that were chosen for listeners and are neither published nor waiting: the edge's own check of its books, of both of its sides.",
        good: '0 without exception.',
        otherwise: 'a bug of the edge. Keep its logs and metrics, and report it.',
        runbook: 'A hop loses frames: edge',
      },
      unit: 'percentunit',
      queries: [query(lossRatioByReason(ingress), '{{reason}}')],
      softMax: 0.01,
      width: 5,
    }),
    timeSeries({
      title: 'Edge: frames a second',
      advice: {
        shows: 'Frames chosen for listeners (in) and published (out), each once, on both sides of edges.',
        good: 'both lines are one.',
        otherwise: 'they part: frames wait, the edge is too busy.',
        runbook: 'A hop loses frames: edge',
      },
      unit: 'short',
      queries: [query(rateBy(FRAMES, ofEdges('hop="edge"'), 'direction'), '{{direction}}')],
      width: 5,
    }),
  ],
};

/** From the arrival of a bundle to the listeners of the edge that it came to. */
export const egressLane: Row = {
  title: '5  Edge, egress: other edges, bundle in → published to their listeners',
  panels: [
    ...latencyPanels({ hop: 'edge egress', latency: egress.latency, advice }),
    timeSeries({
      title: 'Edge egress: what becomes of frames from other edges',
      advice: {
        shows:
          'Frames a second that came from other edges: sent to listeners (selected, pre_roll), held back by the selector, or of no use as nobody listens (unheard).',
        good: 'most are selected.',
        otherwise: 'much unheard: the bus carries what nobody wants; see peers on the dashboard of edges.',
      },
      unit: 'short',
      queries: [query(rateBy('partyline_bus_selector_frames_total', ofEdges(), 'decision'), '{{decision}}')],
      width: 5,
    }),
    timeSeries({
      title: 'Edge egress: ignored frames a second',
      advice: {
        shows:
          'Frames that came from other edges and had been heard already: by another way (duplicate), or as a speaker of this edge (own_stream).',
        good: '0, but for moments in which people move from edge to edge.',
        otherwise: 'standing duplicates: a room is carried twice, by its channel and by inboxes.',
      },
      unit: 'short',
      queries: [query(rateBy('partyline_bus_frames_ignored_total', ofEdges(), 'reason'), '{{reason}}')],
      width: 5,
    }),
  ],
};
