import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofEdges, rateBy } from '../series.ts';

const DRAIN = 'An edge stays draining';

/** Drains, and people who change edges. */
export const moves: Row = {
  title: 'Drain and moves',
  panels: [
    lines(
      'Drains',
      'none',
      {
        '{{edge}} drains': max(`partyline_edge_draining${ofEdges()}`, 'edge'),
      },
      {
        shows: '1 while an edge moves everybody away, or has done so.',
        good: "0, or 1 for as long as a drain's window during a rollout.",
        otherwise: 'see whether moves are completed, and the tickets for them.',
        runbook: DRAIN,
      },
      { softMax: 1, thresholds: [{ from: 1, colour: VERDICT_COLOURS.warning }] },
    ),
    lines(
      'Moves a second',
      'short',
      { '{{outcome}}': rateBy('partyline_moves_total', ofEdges(), 'outcome') },
      {
        shows: 'People told to go to another edge, and what became of it.',
        good: 'completed follows told; nothing overdue or abandoned.',
        otherwise: 'stop the rollout; see tickets and shadows.',
        runbook: DRAIN,
      },
    ),
    lines(
      'Shadows and handovers a second',
      'short',
      {
        'shadows, {{outcome}}': rateBy('partyline_shadows_total', ofEdges(), 'outcome'),
        handovers: rateBy('partyline_handovers_total', ofEdges()),
        'moved away': rateBy('partyline_sessions_moved_away_total', ofEdges()),
      },
      {
        shows:
          'New connections beside old ones, old connections whose client speaks on the new one, and sessions that another edge took over.',
        good: 'ready follows opened, and handovers follow ready.',
        otherwise: 'abandoned: clients that cannot reach the other edge.',
        runbook: DRAIN,
      },
    ),
    lines(
      'Tickets for moves a second',
      'short',
      { '{{outcome}}': rateBy('partyline_move_tickets_total', ofEdges(), 'outcome') },
      {
        shows: 'Tickets for other edges that directories gave.',
        good: 'given alone.',
        otherwise: "missing: no directory answers, or no other edge has room. Failed: see the edge's log.",
        runbook: DRAIN,
      },
    ),
    lines(
      'Rooms handed away for load',
      'short',
      { '{{outcome}}': rateBy('partyline_sheds_total', ofEdges(), 'outcome') },
      {
        shows: 'Times a second that load was over its limit for 5 s, and whether a room could be moved.',
        good: '0.',
        otherwise: 'more edges. No_target: no other edge of the region has room.',
        runbook: 'Rooms are moved because of load',
      },
    ),
    lines(
      'Drains and sent on, a second',
      'short',
      {
        'drains begun': rateBy('partyline_drains_total', ofEdges()),
        'hellos sent on': rateBy('partyline_hellos_sent_on_total', ofEdges()),
        'sessions taken up': rateBy('partyline_sessions_resumed_total', ofEdges()),
      },
      {
        shows:
          'Drains that began, hellos sent on to the edge that their ticket names, and sessions that a new connection took up.',
        good: 'next to 0 outside of rollouts.',
        otherwise: 'sent on: a load balancer that spreads clients over edges by itself; harmless, but slow.',
      },
    ),
  ],
};
