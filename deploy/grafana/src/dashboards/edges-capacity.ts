import { AUTOSCALING_TARGETS, SHED_FROM } from '../autoscaling.ts';
import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofEdges, rateBy, sum } from '../series.ts';

const { warning, bad } = VERDICT_COLOURS;
const BUSY = 'Rooms are moved because of load';

/** How full each edge is. */
export const capacity: Row = {
  title: 'Capacity',
  panels: [
    lines(
      'Load',
      'percentunit',
      { '{{edge}}': max(`partyline_edge_load${ofEdges()}`, 'edge') },
      {
        shows:
          'How full each edge is, by the worse of connections and CPU. Lines: what the autoscaler keeps, and where rooms are handed away.',
        good: 'below the lower line.',
        otherwise: 'more edges. One edge alone: a room that is too large for it.',
        runbook: BUSY,
      },
      {
        softMax: 1,
        thresholds: [
          { from: AUTOSCALING_TARGETS.load, colour: warning },
          { from: SHED_FROM, colour: bad },
        ],
      },
    ),
    lines(
      'Event-loop lag',
      's',
      {
        '{{edge}}, last tick': max(`partyline_edge_event_loop_lag_seconds${ofEdges()}`, 'edge'),
        '{{edge}}, p99': max(`nodejs_eventloop_lag_p99_seconds${ofEdges()}`, 'edge'),
      },
      {
        shows: 'How late an edge comes to what is to be done: the last tick, and what 99 of 100 stay below.',
        good: 'below 10 ms.',
        otherwise:
          'voice of all rooms of that edge waits as long. See its CPU; drain it if it does not pass.',
        runbook: BUSY,
      },
      { thresholds: [{ from: 0.05, colour: bad }] },
    ),
    lines(
      'CPU',
      'percentunit',
      { '{{edge}}': rateBy('process_cpu_seconds_total', ofEdges(), 'edge') },
      {
        shows: 'Cores that each edge uses; one does nearly all of the work.',
        good: 'below 60 % of a core.',
        otherwise: 'more edges; see frames sent and what is coalesced.',
        runbook: BUSY,
      },
    ),
    lines(
      'Memory',
      'bytes',
      {
        '{{edge}}, all': max(`process_resident_memory_bytes${ofEdges()}`, 'edge'),
        '{{edge}}, heap': max(`nodejs_heap_size_used_bytes${ofEdges()}`, 'edge'),
      },
      {
        shows: 'Memory of each edge and the part of it that is the heap of JavaScript.',
        good: 'level at the same load.',
        otherwise: 'growing for hours: see the soak dashboard for slopes.',
      },
    ),
    lines(
      'Unsent',
      'bytes',
      { '{{edge}}': max(`partyline_edge_buffered_bytes${ofEdges()}`, 'edge') },
      {
        shows: 'Bytes that wait in sockets of clients for the network to take them.',
        good: 'next to 0: voice that waits is late.',
        otherwise: 'the network of that edge, or many slow listeners; see those that are paused.',
      },
    ),
    lines(
      'Rooms and speakers',
      'short',
      {
        '{{edge}}, rooms': sum(`partyline_edge_rooms${ofEdges()}`, 'edge'),
        '{{edge}}, speakers': sum(`partyline_edge_speakers${ofEdges()}`, 'edge'),
      },
      {
        shows: 'Rooms of each edge and the streams that it lets through.',
        good: 'spread over edges, with each room on few.',
        otherwise: 'all on one edge: see whether the others are up and take newcomers.',
        runbook: 'An edge does not start, or is not ready',
      },
    ),
  ],
};

/** What autoscalers look at. */
export const autoscaling: Row = {
  title: "Autoscaling signals; the line is the autoscaler's target",
  panels: [
    lines(
      'Mean load',
      'percentunit',
      { '{{region}}': `avg by (region) (partyline_edge_load${ofEdges()})` },
      {
        shows: 'The mean load of the edges of a region. The autoscaler adds edges above the line.',
        good: 'it swings about the line, or is below it at the smallest number of edges.',
        otherwise: 'above it for minutes: the autoscaler is at its end, or new edges do not get ready.',
        runbook: 'An edge does not start, or is not ready',
      },
      { softMax: 1, thresholds: [{ from: AUTOSCALING_TARGETS.load, colour: warning }] },
    ),
    lines(
      'Connections, an edge',
      'short',
      { '{{edge}}': sum(`partyline_edge_connections${ofEdges()}`, 'edge') },
      {
        shows: 'WebSocket connections of each edge.',
        good: 'alike on all edges of a region, below the line.',
        otherwise: 'more edges, or a higher limit on edges that have memory and CPU to spare.',
        runbook: BUSY,
      },
      { thresholds: [{ from: AUTOSCALING_TARGETS.connections, colour: warning }] },
    ),
    lines(
      'Frames sent a second, an edge',
      'short',
      { '{{edge}}': sum(`partyline_edge_egress_frames_per_second${ofEdges()}`, 'edge') },
      {
        shows: 'Frames times listeners that each edge sent in the last second.',
        good: 'below the line.',
        otherwise: 'more edges; large rooms on an edge of their own.',
        runbook: BUSY,
      },
      { thresholds: [{ from: AUTOSCALING_TARGETS.egressFramesPerSecond, colour: warning }] },
    ),
  ],
};
