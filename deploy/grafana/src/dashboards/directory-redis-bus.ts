import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofDirectories, ofEdges, rateBy } from '../series.ts';

const SLOW = 'Redis is frozen or slow';
const CUT = 'A subscriber is cut off by its output buffer limit';
const CLUSTER = 'A master of a Redis Cluster is lost, or slots are moved';

/** Whether the bus carries. */
export const busHealth: Row = {
  title: 'Bus',
  panels: [
    lines(
      'Up',
      'none',
      {
        'edges, {{bus}}': `min by (bus) (partyline_bus_up${ofEdges()})`,
        'directories, control': `min(partyline_directory_bus_up${ofDirectories()})`,
      },
      {
        shows:
          '1 while every connection of the bus stands and everything is subscribed: media is voice, control what edges tell each other.',
        good: '1 on all lines.',
        otherwise: 'people on one edge hear each other, across edges there is silence.',
        runbook: 'Redis of a region is gone',
      },
      { softMax: 1, thresholds: [{ from: 1, colour: VERDICT_COLOURS.good }] },
    ),
    lines(
      'In flight',
      'short',
      {
        '{{edge}} to {{to_region}}': max(`partyline_bus_bundles_in_flight${ofEdges()}`, 'edge', 'to_region'),
      },
      {
        shows: 'Bundles that Redis has not answered yet. A link has 32 at most.',
        good: 'a few.',
        otherwise: 'it rises: Redis is slow; soon frames are dropped as dropped_full.',
        runbook: SLOW,
      },
    ),
    lines(
      'Bytes a second',
      'Bps',
      { '{{direction}}': rateBy('partyline_bus_bytes_total', ofEdges(), 'direction') },
      {
        shows: 'Bytes of bundles to Redis and from it.',
        good: 'below what Redis and network can do, about 100 MB/s.',
        otherwise: 'rooms are spread over many edges; a Redis of its own for the bus, or a Redis Cluster.',
        runbook: SLOW,
      },
    ),
    lines(
      'In vain or unanswered, bundles a second',
      'short',
      { '{{reason}}': rateBy('partyline_bus_bundles_unanswered_total', ofEdges(), 'reason') },
      {
        shows: 'Bundles that reached nobody (deaf), or that Redis did not take (failed).',
        good: '0; some deaf while edges restart.',
        otherwise: "deaf: an edge's subscription is gone. Failed: Redis.",
        runbook: CLUSTER,
      },
    ),
    lines(
      'Connections made again, frozen, cut, a second',
      'short',
      {
        '{{bus}}, made again': rateBy('partyline_bus_reconnects_total', ofEdges(), 'bus'),
        '{{bus}}, frozen': rateBy('partyline_bus_stalls_total', ofEdges(), 'bus'),
        '{{bus}}, cut by Redis': rateBy('partyline_bus_cuts_total', ofEdges(), 'bus'),
      },
      {
        shows:
          'Connections of the bus that were made again, that were ended as nothing was answered, and that Redis closed by itself.',
        good: '0.',
        otherwise: 'cut: an edge reads too slowly. Frozen: Redis hangs.',
        runbook: CUT,
      },
    ),
    lines(
      'Clocks',
      's',
      {
        'another edge, seen by {{edge}}': max(`partyline_peer_clock_offset_seconds${ofEdges()}`, 'edge'),
        'Redis {{redis}}, seen by edges': max(
          `abs(partyline_edge_redis_clock_offset_seconds${ofEdges()})`,
          'redis',
        ),
        'Redis {{redis}}, seen by directories': max(
          `abs(partyline_directory_redis_clock_offset_seconds${ofDirectories()})`,
          'redis',
        ),
      },
      {
        shows:
          "The greatest distance of another edge's clock, as each edge sees it, and by how much the clock of a Redis is ahead.",
        good: 'below 50 ms.',
        otherwise: 'NTP on the node of that edge or Redis.',
        runbook: 'Clocks of nodes are apart',
      },
    ),
  ],
};

/** The long tail of the bus. */
export const busDetails: Row = {
  title: 'Details: subscriptions, unanswered bytes, deaf frames',
  collapsed: true,
  panels: [
    lines(
      'Subscriptions a second',
      'short',
      {
        '{{bus}}, made anew': rateBy('partyline_bus_resubscribes_total', ofEdges(), 'bus'),
        'failed and tried again': rateBy('partyline_bus_subscribe_failures_total', ofEdges()),
      },
      {
        shows: 'Channels subscribed anew, and subscriptions of the inbox that failed.',
        good: '0.',
        otherwise: 'slots of a Redis Cluster are moved, or Redis refuses.',
        runbook: CLUSTER,
      },
    ),
    lines(
      'Unanswered bytes',
      'bytes',
      {
        '{{edge}} to {{to_region}}': max(`partyline_bus_unanswered_bytes${ofEdges()}`, 'edge', 'to_region'),
      },
      {
        shows: 'Bytes that were given to Redis and not answered. A link has 256 KiB at most.',
        good: 'some kilobytes.',
        otherwise: 'Redis is slow or frozen.',
        runbook: SLOW,
      },
    ),
    lines(
      'Frames and messages that reached nobody, a second',
      'short',
      {
        'frames of deaf bundles': rateBy('partyline_bus_deaf_frames_total', ofEdges()),
        '{{bus}}, messages that no server took': rateBy(
          'partyline_bus_messages_dropped_total',
          ofEdges(),
          'bus',
        ),
      },
      {
        shows: 'Frames of bundles that reached nobody, and messages that no server took.',
        good: '0.',
        otherwise: 'an edge that is gone or whose subscription is; or no server.',
        runbook: CLUSTER,
      },
    ),
  ],
};
