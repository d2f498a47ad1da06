import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { query } from '../panels/query.ts';
import { timeSeries } from '../panels/time-series.ts';
import { ofAllDirectories, ofEdges, quantile, rateBy, sum } from '../series.ts';

/** Who is in calls, and who comes in. */
export const people: Row = {
  title: 'Who is here',
  panels: [
    timeSeries({
      title: 'Participants',
      advice: {
        shows:
          'People by what they may do, and copies of people who are being moved to another edge. A room with people on two edges counts twice.',
        good: 'as many as there should be at this time of the day.',
        otherwise: 'a sudden drop: see edges, close codes and refused joins.',
        runbook: 'An edge is dead',
      },
      unit: 'short',
      queries: [
        query(sum(`partyline_edge_participants${ofEdges()}`, 'kind'), '{{kind}}'),
        query(sum(`partyline_edge_reconnecting_participants${ofEdges()}`), 'reconnecting'),
      ],
      width: 8,
    }),
    timeSeries({
      title: 'Rooms and speakers',
      advice: {
        shows: 'Rooms that edges have, and streams that are let through now.',
        good: 'some speakers in every room that is in use, three at most unless set otherwise.',
        otherwise:
          'rooms without any speaker while people talk: see what the selector decides, on the dashboard of edges.',
      },
      unit: 'short',
      queries: [
        query(sum(`partyline_edge_rooms${ofEdges()}`), 'rooms'),
        query(sum(`partyline_edge_speakers${ofEdges()}`), 'speakers'),
      ],
      width: 8,
    }),
    timeSeries({
      title: 'Listeners paused',
      advice: {
        shows: 'Listeners that do not keep up, so that nothing is sent to them until they do.',
        good: '0 or a few, for seconds.',
        otherwise:
          'a few people: their networks. Many on one edge: its network or CPU; see the dashboard of edges.',
      },
      unit: 'short',
      queries: [query(sum(`partyline_edge_paused_listeners${ofEdges()}`, 'edge'), '{{edge}}')],
      softMax: 4,
      width: 8,
    }),
    timeSeries({
      title: 'Joins a second',
      advice: {
        shows: 'Joins that directories accepted and refused.',
        good: 'next to nothing refused.',
        otherwise: 'see the reasons on the dashboard of directories.',
        runbook: 'Joins fail or are slow',
      },
      unit: 'short',
      queries: [
        query(
          sum(`rate(partyline_directory_joins_total${ofAllDirectories()}[$__rate_interval])`, 'outcome'),
          '{{outcome}}',
        ),
      ],
      colours: { accepted: VERDICT_COLOURS.good, refused: VERDICT_COLOURS.bad },
      width: 8,
    }),
    timeSeries({
      title: 'How long joining takes, p95 by stage',
      advice: {
        shows:
          "What 95 of 100 joins stay below: the request to a directory, the edge's welcome, until it is ready, and until the first frame is heard.",
        good: 'the first frame within 250 ms where somebody talks; the stages of ours within 100 ms.',
        otherwise:
          'directory: see Redis. Ready: other edges do not answer; see peers on the dashboard of edges.',
        runbook: 'Joins fail or are slow',
      },
      unit: 's',
      queries: [
        query(quantile(0.95, 'partyline_join_duration_seconds', ofEdges(), { by: ['stage'] }), '{{stage}}'),
        query(
          quantile(0.95, 'partyline_join_duration_seconds', ofAllDirectories(), { by: ['stage'] }),
          '{{stage}}',
        ),
      ],
      width: 8,
    }),
    timeSeries({
      title: 'Sessions ended by edges',
      advice: {
        shows: 'Sessions that edges closed, a second, by close code.',
        good: 'only what leaving, moving and drains explain.',
        otherwise: 'the code says why; docs/protocol.md lists them.',
        runbook: 'An edge stays draining',
      },
      unit: 'short',
      queries: [query(rateBy('partyline_sessions_closed_total', ofEdges(), 'reason'), '{{reason}}')],
      width: 8,
    }),
  ],
};
