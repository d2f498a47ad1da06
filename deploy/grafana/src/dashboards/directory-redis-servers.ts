import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofDirectories, ofEdges, rateBy } from '../series.ts';

const GONE = 'Redis of a region is gone';
const SLOW = 'Redis is frozen or slow';

const upColour = { softMax: 1, thresholds: [{ from: 1, colour: VERDICT_COLOURS.good }] };

/** The servers of state. */
export const redis: Row = {
  title: 'Redis for state',
  panels: [
    lines(
      'Up',
      'none',
      {
        'edges, {{redis}}': `min by (redis) (partyline_edge_redis_up${ofEdges()})`,
        'directories, {{redis}}': `min by (redis) (partyline_directory_redis_up${ofDirectories()})`,
      },
      {
        shows:
          "1 while the connections of all edges and of all directories to a Redis stand. Its name is a region's, or control.",
        good: '1 on all lines.',
        otherwise:
          "control: joins are slower. A region's: nobody new gets in there, calls go on within edges.",
        runbook: GONE,
      },
      upColour,
    ),
    lines(
      'Round trip',
      's',
      {
        'edges, {{redis}}': max(`partyline_edge_redis_round_trip_seconds${ofEdges()}`, 'redis'),
        'directories, {{redis}}': max(
          `partyline_directory_redis_round_trip_seconds${ofDirectories()}`,
          'redis',
        ),
      },
      {
        shows: 'How long the last answer took, of the slowest edge and directory.',
        good: 'below 5 ms within a region.',
        otherwise: 'that server is busy, or the way to it is.',
        runbook: SLOW,
      },
    ),
    lines(
      'Lost and frozen connections a second',
      'short',
      {
        'edges, {{redis}}, lost': rateBy('partyline_edge_redis_losses_total', ofEdges(), 'redis'),
        'edges, {{redis}}, frozen': rateBy('partyline_edge_redis_stalls_total', ofEdges(), 'redis'),
        'edges, {{redis}}, made': rateBy('partyline_edge_redis_connects_total', ofEdges(), 'redis'),
        'directories, {{redis}}, lost': rateBy(
          'partyline_directory_redis_losses_total',
          ofDirectories(),
          'redis',
        ),
        'directories, {{redis}}, frozen': rateBy(
          'partyline_directory_redis_stalls_total',
          ofDirectories(),
          'redis',
        ),
        'directories, {{redis}}, made': rateBy(
          'partyline_directory_redis_connects_total',
          ofDirectories(),
          'redis',
        ),
      },
      {
        shows:
          'Connections that ended by themselves, that were ended as nothing was answered, and that were made.',
        good: '0.',
        otherwise: 'lost: the server restarts or refuses. Frozen: it hangs, or the network swallows packets.',
        runbook: SLOW,
      },
    ),
  ],
};
