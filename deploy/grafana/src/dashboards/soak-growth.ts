import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofEdges, rateBy } from '../series.ts';

/** Long enough that collecting garbage does not look like a slope. */
const SLOPE_WINDOW = '30m';

const slope = (metric: string): string =>
  `max by (edge) (deriv(${metric}${ofEdges()}[${SLOPE_WINDOW}])) * 3600`;

/** What must not grow. */
export const growth: Row = {
  title: 'Growth: nothing may rise with the hours',
  panels: [
    lines(
      'Memory',
      'bytes',
      {
        '{{edge}}, all': max(`process_resident_memory_bytes${ofEdges()}`, 'edge'),
        '{{edge}}, heap': max(`nodejs_heap_size_used_bytes${ofEdges()}`, 'edge'),
        '{{edge}}, outside of the heap': max(`nodejs_external_memory_bytes${ofEdges()}`, 'edge'),
      },
      {
        shows:
          'Memory of each edge, the part that is the heap of JavaScript, and what it holds outside of it.',
        good: 'level after the first half hour.',
        otherwise: 'heap: objects that are kept. Outside: buffers; see unsent bytes. All alone: native code.',
      },
    ),
    lines(
      'Growth of memory, bytes an hour',
      'bytes',
      {
        '{{edge}}, all': slope('process_resident_memory_bytes'),
        '{{edge}}, heap': slope('nodejs_heap_size_used_bytes'),
      },
      {
        shows: `The slope of memory and heap over ${SLOPE_WINDOW}, in bytes an hour.`,
        good: 'about 0, to both sides of it.',
        otherwise: 'above 5 MB an hour for hours: take heap snapshots an hour apart and compare them.',
      },
      { signed: true },
    ),
    lines(
      'Event-loop lag',
      's',
      {
        '{{edge}}, p99': max(`nodejs_eventloop_lag_p99_seconds${ofEdges()}`, 'edge'),
        '{{edge}}, last tick': max(`partyline_edge_event_loop_lag_seconds${ofEdges()}`, 'edge'),
      },
      {
        shows: 'How late an edge comes to what is to be done.',
        good: 'level.',
        otherwise: 'it rises with the hours: work that grows, such as tables that are gone through.',
      },
    ),
    lines(
      'Collecting garbage, share of time',
      'percentunit',
      { '{{edge}}, {{kind}}': rateBy('nodejs_gc_duration_seconds_sum', ofEdges(), 'edge', 'kind') },
      {
        shows: 'The share of time that edges spend collecting garbage, by kind.',
        good: 'below 2 %, level.',
        otherwise:
          'major rises: the heap is nearly full. Minor rises: more is allocated for each frame than before.',
      },
    ),
    lines(
      'CPU',
      'percentunit',
      { '{{edge}}': rateBy('process_cpu_seconds_total', ofEdges(), 'edge') },
      {
        shows: 'Cores that each edge uses.',
        good: 'level at a level load.',
        otherwise: 'it rises: work that grows with the hours.',
      },
    ),
    lines(
      'Tables and queues',
      'short',
      {
        '{{edge}}, used tickets': max(`partyline_edge_used_tickets${ofEdges()}`, 'edge'),
        '{{edge}}, rooms': max(`partyline_edge_rooms${ofEdges()}`, 'edge'),
        '{{edge}}, handles': `sum by (edge) (nodejs_active_handles${ofEdges()})`,
        '{{edge}}, paused listeners': max(`partyline_edge_paused_listeners${ofEdges()}`, 'edge'),
      },
      {
        shows: 'Things that edges hold: tickets remembered, rooms, handles of Node, paused listeners.',
        good: 'level.',
        otherwise: 'the one that rises is what is not let go.',
      },
    ),
  ],
};
