import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { ofEdges, rateBy, sum } from '../series.ts';

const CUT = 'A subscriber is cut off by its output buffer limit';

/** Bundles of frames. */
export const bundles: Row = {
  title: 'Bundles',
  panels: [
    lines(
      'Bundles a second',
      'short',
      {
        '{{direction}}': rateBy('partyline_bus_bundles_total', ofEdges(), 'direction'),
        'heartbeats in': rateBy('partyline_bus_heartbeats_total', ofEdges()),
      },
      {
        shows: 'Bundles to and from the bus, and those without frames that tell of the last loss.',
        good: 'far fewer than frames: several share a bundle.',
        otherwise: 'see frames in a bundle.',
      },
    ),
    lines(
      'Frames in a bundle',
      'none',
      {
        in: `${sum(`rate(partyline_frames_total${ofEdges('hop="bus"', 'direction="in"')}[$__rate_interval])`)} / ${rateBy('partyline_bus_bundles_total', ofEdges('direction="in"'))}`,
        out: `${sum(`rate(partyline_frames_total${ofEdges('hop="bus"', 'direction="out"')}[$__rate_interval])`)} / ${rateBy('partyline_bus_bundles_total', ofEdges('direction="out"'))}`,
      },
      {
        shows: 'How many frames share a bundle.',
        good: '1 to 2 with few speakers, more with many.',
        otherwise: 'low at a high rate: rooms are spread over many edges.',
      },
    ),
    lines(
      'Lost and refused bundles a second',
      'short',
      {
        lost: rateBy('partyline_bus_bundles_lost_total', ofEdges()),
        'refused: {{reason}}': rateBy('partyline_bus_bundles_refused_total', ofEdges(), 'reason'),
      },
      {
        shows: 'Bundles missing in the numbering, and bundles that came and were not taken.',
        good: '0.',
        otherwise:
          'lost: a subscriber was cut off or a server failed over. Late: Redis is slow. Unknown_version: see rollouts.',
        runbook: CUT,
      },
    ),
  ],
};
