import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { ofDirectories, quantile, rateBy } from '../series.ts';

const FULL = 'A room is over its limit, or cannot grow';

/** Joins, and where people are sent to. */
export const placement: Row = {
  title: 'Joins and placement',
  panels: [
    lines(
      'Joins a second, by outcome',
      'short',
      { '{{outcome}}': rateBy('partyline_directory_joins_total', ofDirectories(), 'outcome') },
      {
        shows: 'Joins that were accepted and refused.',
        good: 'next to nothing refused.',
        otherwise: 'see the reasons beside it.',
        runbook: 'Joins fail or are slow',
      },
      { colours: { accepted: VERDICT_COLOURS.good, refused: VERDICT_COLOURS.bad } },
    ),
    lines(
      'Refused joins a second, by reason',
      'short',
      {
        '{{reason}}': rateBy('partyline_directory_joins_total', ofDirectories('outcome="refused"'), 'reason'),
        'rate limit: {{limit}}': rateBy('partyline_directory_rate_limited_total', ofDirectories(), 'limit'),
      },
      {
        shows: 'Why joins were refused, and requests of any kind over a rate limit.',
        good: 'expired tokens and full rooms now and then.',
        otherwise: 'no_edge: more edges. Unavailable: Redis. Rate limits: somebody tries too often.',
        runbook: FULL,
      },
    ),
    lines(
      'Placements a second, by reason',
      'short',
      { '{{reason}}': rateBy('partyline_directory_placements_total', ofDirectories(), 'reason') },
      {
        shows: 'Why an edge was chosen, or why there was none.',
        good: "most go to an edge that has the room, or to the room's first edge.",
        otherwise:
          'all_full, no_edges, all_draining: edges are missing. Much spilling over: rooms that are large for one edge.',
        runbook: FULL,
      },
    ),
    lines(
      'Requests: p95 by route',
      's',
      {
        '{{method}} {{route}}': quantile(
          0.95,
          'partyline_directory_request_duration_seconds',
          ofDirectories(),
          { by: ['method', 'route'] },
        ),
      },
      {
        shows: 'What 95 of 100 requests stay below, by route.',
        good: 'below 50 ms.',
        otherwise: "all routes: Redis is slow. Moderation alone: it waits for an edge's answer.",
        runbook: 'Redis is frozen or slow',
      },
    ),
    lines(
      'Requests a second, by status',
      'short',
      {
        '{{status}}': rateBy('partyline_directory_request_duration_seconds_count', ofDirectories(), 'status'),
      },
      {
        shows: 'Answers by HTTP status.',
        good: 'no 5xx.',
        otherwise: '503: Redis or edges are missing. 401, 403: keys and tokens of a backend.',
        runbook: 'No directory answers',
      },
    ),
    lines(
      "Joining, the directory's part",
      's',
      Object.fromEntries(
        [0.5, 0.95, 0.99].map((q) => [
          `p${q * 100}`,
          quantile(q, 'partyline_join_duration_seconds', ofDirectories('stage="directory"')),
        ]),
      ),
      {
        shows: 'What 50, 95 and 99 of 100 join requests stay below.',
        good: 'p95 below 30 ms.',
        otherwise: "Redis is slow, or the directory's CPU is used up: start another.",
        runbook: 'Redis is frozen or slow',
      },
    ),
  ],
};
