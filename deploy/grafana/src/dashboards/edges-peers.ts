import type { Row } from '../layout.ts';
import { lines } from '../panels/lines.ts';
import { max, ofEdges, rateBy } from '../series.ts';

const PARTED = 'Regions cannot reach each other';

/** What edges tell each other about rooms. */
export const peers: Row = {
  title: 'Edges among each other',
  panels: [
    lines(
      'Edges known, and silent ones',
      'short',
      {
        '{{edge}} knows': max(`partyline_edge_peers${ofEdges()}`, 'edge'),
        'silences a second': rateBy('partyline_peer_silences_total', ofEdges()),
      },
      {
        shows:
          'How many other edges each edge knows, as it shares rooms with them, and edges of which nothing was heard for 3 s.',
        good: 'no silences outside of restarts.',
        otherwise: 'silences of one edge: it is dead. Of a region: the way to it.',
        runbook: 'An edge is dead',
      },
    ),
    lines(
      'Messages lost between edges, a second',
      'short',
      { '{{reason}}': rateBy('partyline_peer_messages_lost_total', ofEdges(), 'reason') },
      {
        shows: 'Messages about rooms that could not be sent, reached nobody, or were not taken.',
        good: '0; a few deaf while edges restart.',
        otherwise: 'bus: Redis. Unknown_version: a rollout over too many versions. Rate, bound: report it.',
        runbook: PARTED,
      },
    ),
    lines(
      'Waiting for other edges, a second',
      'short',
      { '{{outcome}}': rateBy('partyline_join_barriers_total', ofEdges(), 'outcome') },
      {
        shows: "Joins that waited for the answers of a room's other edges; at a timeout they go on without.",
        good: 'opened alone.',
        otherwise: 'timeout: an edge that does not answer, or a slow bus.',
        runbook: 'Redis is frozen or slow',
      },
    ),
    lines(
      'Parts of rooms told, a second',
      'short',
      { '{{kind}}': rateBy('partyline_peer_parts_total', ofEdges(), 'kind') },
      {
        shows:
          'What edges told each other of rooms: whole parts, changes, digests to compare, questions, and gaps found.',
        good: 'digests and changes; hardly any gap.',
        otherwise: 'gaps: messages between edges were lost, and are repaired within 2 s.',
        runbook: PARTED,
      },
    ),
    lines(
      'Messages about rooms, bytes a second',
      'Bps',
      { '{{direction}}': rateBy('partyline_peer_bytes_total', ofEdges(), 'direction') },
      {
        shows: 'Bytes of what edges tell each other about rooms.',
        good: 'little against voice.',
        otherwise: 'large rooms on many edges, with people coming and going.',
      },
    ),
    lines(
      'Clocks of other edges',
      's',
      { '{{edge}}': max(`partyline_peer_clock_offset_seconds${ofEdges()}`, 'edge') },
      {
        shows: "The greatest distance of another edge's clock from that of this edge.",
        good: 'below 50 ms.',
        otherwise: 'NTP on the node; latencies of hops between edges are off by as much as cannot be known.',
        runbook: 'Clocks of nodes are apart',
      },
    ),
  ],
};

/** The registry as edges see it, and the long tail of the above. */
export const registryDetails: Row = {
  title: 'Details: registry, orders, rooms on several edges',
  collapsed: true,
  panels: [
    lines(
      'Registry as edges see it, a second',
      'short',
      {
        'lease renewed': rateBy('partyline_lease_renewals_total', ofEdges()),
        failed: rateBy('partyline_registry_failures_total', ofEdges()),
        'came back or had lost its state': rateBy('partyline_registry_returns_total', ofEdges()),
        'id taken by another edge': rateBy('partyline_edge_id_taken_total', ofEdges()),
      },
      {
        shows: 'Renewals of leases, calls that failed, and times that everything was told anew.',
        good: 'one renewal a second and edge, nothing else.',
        otherwise: 'failed: Redis. Id taken: two edges with one `PARTYLINE_EDGE_ID`.',
        runbook: 'Redis of a region is gone',
      },
    ),
    lines(
      'Orders of directories a second',
      'short',
      {
        received: rateBy('partyline_orders_total', ofEdges()),
        'refused: {{reason}}': rateBy('partyline_edge_orders_refused_total', ofEdges(), 'reason'),
      },
      {
        shows: 'Moderation and other orders that edges received, and those not carried out.',
        good: 'nothing refused.',
        otherwise: 'busy: too many at once. Invalid, error: versions that do not go together.',
      },
    ),
    lines(
      'Rooms told to the registry, a second',
      'short',
      { '{{outcome}}': rateBy('partyline_room_entries_total', ofEdges(), 'outcome') },
      {
        shows: 'Calls that tell the registry which rooms an edge has.',
        good: 'done alone.',
        otherwise: "failed: Redis; newcomers may be placed on another edge than the room's.",
        runbook: 'Redis of a region is gone',
      },
    ),
    lines(
      'Messages about rooms, a second',
      'short',
      { '{{direction}}': rateBy('partyline_peer_messages_total', ofEdges(), 'direction') },
      {
        shows: 'Messages that edges sent each other about rooms.',
        good: 'out and in alike over all edges.',
        otherwise: 'see what is lost between edges.',
        runbook: PARTED,
      },
    ),
    lines(
      'Data between edges, a second',
      'short',
      { '{{outcome}}': rateBy('partyline_peer_data_total', ofEdges(), 'outcome') },
      {
        shows: 'Chat and data messages for people on other edges.',
        good: 'none unanswered.',
        otherwise: 'unanswered: the other edge is gone or busy.',
        runbook: PARTED,
      },
    ),
    lines(
      'Sessions and rooms given up, a second',
      'short',
      {
        'newer session elsewhere': rateBy('partyline_sessions_superseded_elsewhere_total', ofEdges()),
        'parts of rooms given up': rateBy('partyline_peer_parts_reaped_total', ofEdges()),
      },
      {
        shows:
          'Sessions of which another edge has a newer one, and parts of rooms given up as their edge is gone.',
        good: '0 outside of restarts.',
        otherwise: 'parts given up: an edge died.',
        runbook: 'An edge is dead',
      },
    ),
  ],
};
