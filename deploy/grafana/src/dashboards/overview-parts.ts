import { VERDICT_COLOURS } from '../hop-colours.ts';
import type { Row } from '../layout.ts';
import { alertTable } from '../panels/alert-table.ts';
import { query } from '../panels/query.ts';
import { stat } from '../panels/stat.ts';
import { ofAllDirectories, ofEdges } from '../series.ts';

const { good, bad } = VERDICT_COLOURS;

/** Red below everything, green from 1 on. */
const allOrNothing = { below: bad, thresholds: [{ from: 1, colour: good }] };

/** The parts, and what is wrong with them. */
export const parts: Row = {
  title: 'Is everything up?',
  panels: [
    stat({
      title: 'Edges up',
      advice: {
        shows: 'The share of edges that answer Prometheus, and how many of those take newcomers.',
        good: '100 %, and as many take newcomers as there are.',
        otherwise: 'see which one is missing or drains, on the dashboard of edges.',
        runbook: 'An edge is dead',
      },
      unit: 'percentunit',
      queries: [query(`avg(up${ofEdges()})`, 'up')],
      ...allOrNothing,
      width: 3,
    }),
    stat({
      title: 'Ready edges',
      advice: {
        shows:
          'Edges that are up, do not drain, know the keys of tickets, and whose region the directories know.',
        good: 'as many as there are.',
        otherwise: '`/readyz` of the missing one says why.',
        runbook: 'An edge does not start, or is not ready',
      },
      unit: 'none',
      queries: [
        query(
          `sum((partyline_edge_draining${ofEdges()} == bool 0) * partyline_edge_ticket_keys_known${ofEdges()} * partyline_edge_region_known${ofEdges()})`,
          'ready',
        ),
      ],
      ...allOrNothing,
      width: 3,
    }),
    stat({
      title: 'Directories up',
      advice: {
        shows: 'The share of directories that answer Prometheus.',
        good: '100 %.',
        otherwise: 'calls go on; nobody new gets in when all are gone.',
        runbook: 'No directory answers',
      },
      unit: 'percentunit',
      queries: [query(`avg(up${ofAllDirectories()})`, 'up')],
      ...allOrNothing,
      width: 3,
    }),
    stat({
      title: 'Redis and bus up',
      advice: {
        shows:
          'The least of all connections to Redis for state and for the bus: 100 % if every one of every edge and directory stands.',
        good: '100 %.',
        otherwise: 'see which server it is, on the dashboard of directories and Redis.',
        runbook: 'Redis of a region is gone',
      },
      unit: 'percentunit',
      queries: [
        query(`min(partyline_edge_redis_up${ofEdges()} or partyline_bus_up${ofEdges()})`, 'edges'),
        query(
          `min(partyline_directory_redis_up${ofAllDirectories()} or partyline_directory_bus_up${ofAllDirectories()})`,
          'directories',
        ),
      ],
      ...allOrNothing,
      width: 3,
    }),
    alertTable({
      title: 'Alerts that are firing',
      advice: {
        shows: 'Alerts of Partyline that are firing now. Empty when all is well.',
        good: 'empty.',
        otherwise: 'each alert has a heading of its name in the runbook.',
        runbook: 'Alerts',
      },
      queries: [query('ALERTS{alertstate="firing",cluster=~"$cluster|"}', '{{alertname}}')],
      width: 12,
    }),
  ],
};
