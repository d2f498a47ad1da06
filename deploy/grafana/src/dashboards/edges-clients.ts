import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { ofEdges, rateBy, sum } from '../series.ts';

const NOT_READY = 'An edge does not start, or is not ready';

/** Who comes, who is refused, who is closed. */
export const clients: Row = {
  title: 'Clients',
  panels: [
    lines(
      'Connections and admissions a second',
      'short',
      {
        'connections opened': rateBy('partyline_edge_connections_opened_total', ofEdges()),
        'sessions admitted': rateBy('partyline_welcomes_total', ofEdges()),
      },
      {
        shows: 'WebSocket connections that were opened, and sessions that were admitted.',
        good: 'both lines are one.',
        otherwise: 'connections without admission: see refused hellos.',
        runbook: NOT_READY,
      },
    ),
    lines(
      'Refused hellos a second',
      'short',
      { '{{reason}}': rateBy('partyline_hellos_refused_total', ofEdges(), 'reason') },
      {
        shows: 'Hellos that edges refused, by reason.',
        good: 'next to 0; some wrong_edge and draining during rollouts.',
        otherwise: 'ticket_invalid, no_keys: keys of tickets. Ticket_expired: clocks.',
        runbook: 'How to change the ticket keys',
      },
    ),
    lines(
      'Sessions closed a second, by code',
      'short',
      { '{{reason}}': rateBy('partyline_sessions_closed_total', ofEdges(), 'reason') },
      {
        shows: 'Sessions that edges closed, by the name of the close code.',
        good: 'only what moves and drains explain.',
        otherwise: 'docs/protocol.md says what each code means and whether clients come back.',
      },
    ),
    lines(
      'Refused upgrades and broken protocol a second',
      'short',
      {
        'upgrade: {{reason}}': rateBy('partyline_upgrades_refused_total', ofEdges(), 'reason'),
        'protocol: {{reason}}': rateBy('partyline_protocol_errors_total', ofEdges(), 'reason'),
      },
      {
        shows:
          'Connections refused for their origin or as the edge is full, and sessions closed for breaking the protocol.',
        good: '0.',
        otherwise: 'full: more edges. Origin: the allow-list. Protocol: a client with a bug.',
        runbook: 'A room is over its limit, or cannot grow',
      },
    ),
    lines(
      'Joining on edges, p95 by stage',
      's',
      {
        '{{stage}}, said by {{source}}': `histogram_quantile(0.95, ${rateBy('partyline_join_duration_seconds_bucket', ofEdges(), 'le', 'stage', 'source')})`,
      },
      {
        shows:
          'What 95 of 100 joins stay below, from the hello to the welcome, until ready, and until the first frame is heard.',
        good: 'welcome and ready below 50 ms.',
        otherwise: 'ready alone: other edges do not answer; see "Waiting for other edges".',
      },
    ),
    lines(
      'Participants by kind',
      'short',
      { '{{kind}}': sum(`partyline_edge_participants${ofEdges()}`, 'kind') },
      {
        shows:
          'People who may speak, who only listen, who are hidden, and shadows of people who are being moved.',
        good: 'shadows only while somebody is moved.',
        otherwise: 'standing shadows: moves that do not end.',
        runbook: 'An edge stays draining',
      },
    ),
  ],
};

/** Control and data messages, tickets. */
export const controlDetails: Row = {
  title: 'Details: messages, tickets, programs',
  collapsed: true,
  panels: [
    lines(
      'Control messages a second',
      'short',
      { '{{outcome}}': rateBy('partyline_control_messages_total', ofEdges(), 'outcome') },
      {
        shows: 'Control messages of clients by what became of them.',
        good: 'taken alone.',
        otherwise: 'rate: a client in a loop. Unknown, invalid: a client that is newer or broken.',
      },
    ),
    lines(
      'Chat, data and announcements a second',
      'short',
      {
        'data, {{outcome}}': rateBy('partyline_data_messages_total', ofEdges(), 'outcome'),
        announcements: rateBy('partyline_announcements_total', ofEdges()),
      },
      {
        shows: 'Chat and data messages, and changes of participants that rooms were told of.',
        good: 'nothing refused.',
        otherwise: 'refused: over the size or the rate, or without the grant.',
      },
    ),
    lines(
      'Renewed tickets a second',
      'short',
      { '{{outcome}}': rateBy('partyline_ticket_renewals_total', ofEdges(), 'outcome') },
      {
        shows: 'Tickets renewed over connections.',
        good: 'renewed alone.',
        otherwise: 'failed: no directory answers. Refused: people who were removed meanwhile.',
        runbook: 'No directory answers',
      },
    ),
    lines(
      'Used tickets',
      'short',
      {
        '{{edge}}, remembered': sum(`partyline_edge_used_tickets${ofEdges()}`, 'edge'),
        'forgotten early, a second': rateBy('partyline_used_tickets_forgotten_total', ofEdges()),
      },
      {
        shows:
          'Tickets that edges remember so that none is used twice, and those forgotten early as there were too many.',
        good: 'nothing forgotten early.',
        otherwise: 'shorter tickets (`PARTYLINE_TICKET_TTL`), or fewer joins an edge.',
      },
    ),
    lines(
      'Keys of tickets',
      'short',
      {
        'edges that know them': sum(`partyline_edge_ticket_keys_known${ofEdges()}`),
        'edges whose region is known': sum(`partyline_edge_region_known${ofEdges()}`),
        'fetches a second, {{outcome}}': rateBy(
          'partyline_edge_ticket_key_fetches_total',
          ofEdges(),
          'outcome',
        ),
      },
      {
        shows:
          'Edges that know the keys of tickets and whose region the directories know, and attempts to fetch keys.',
        good: 'both as many as there are edges, and no attempt failed.',
        otherwise: 'an edge without either gets nobody.',
        runbook: NOT_READY,
      },
    ),
    lines(
      'Programs',
      'short',
      {
        'version {{version}}, Node {{node}}':
          'count by (version, node) (partyline_build_info{cluster="$cluster",region=~"$region"})',
        '{{package}} {{version}}': `count by (package, version) (partyline_edge_websocket_engine_info${ofEdges()})`,
      },
      {
        shows: 'Processes by version of Partyline and of Node, and edges by WebSocket engine.',
        good: 'one version, but for rollouts.',
        otherwise: 'a rollout that has stopped half way: go on, or go back.',
        runbook: 'How to restart everything',
      },
    ),
    lines(
      'Traces',
      'short',
      {
        'spans a second, {{outcome}}':
          'sum by (outcome) (rate(partyline_trace_spans_total{cluster="$cluster",region=~"$region"}[$__rate_interval]))',
      },
      {
        shows:
          'Spans of edges and directories by what became of them. Empty while `PARTYLINE_OTLP_URL` is not set.',
        good: 'exported alone.',
        otherwise:
          'failed: the receiver of traces does not take them. Dropped: it is too slow, or `PARTYLINE_TRACE_EVERY` and `PARTYLINE_TRACE_RATIO` ask for too many.',
      },
    ),
  ],
};
