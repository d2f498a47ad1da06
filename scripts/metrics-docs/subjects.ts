/** A section of docs/metrics.md; a metric belongs to the first one whose pattern matches its name. */
export interface Subject {
  title: string;
  about: string;
  names: RegExp;
}

export const SUBJECTS: readonly Subject[] = [
  {
    title: 'Hops',
    about:
      'Where voice gets late or lost, hop by hop: see [architecture](architecture.md). Every lost frame is counted once, where it happened.',
    names: /^partyline_(?:hop_|frames_)/,
  },
  {
    title: 'What listeners hear',
    about:
      'What clients report every 2 s and what the edge does for slow listeners. It is their word, clamped, and never drives autoscaling.',
    names: /^partyline_(?:voice_|listener_|receiver_reports_|sends_dropped_)/,
  },
  {
    title: 'Media and selection',
    about: 'Messages of voice, and which of the speakers an edge lets through.',
    names: /^partyline_(?:media_|selector_|edge_speakers)/,
  },
  {
    title: 'The edge itself',
    about:
      'How full an edge is. `partyline_edge_connections`, `partyline_edge_egress_frames_per_second` and `partyline_edge_load` are made for autoscaling.',
    names:
      /^partyline_edge_(?:connections|egress|load|event_loop|rooms|participants|reconnecting|paused|buffered|used_tickets|websocket)/,
  },
  {
    title: 'Joining',
    about: 'From the request to a directory to the first frame that is heard.',
    names:
      /^partyline_(?:join_|welcomes_|hellos_refused_|upgrades_|sessions_resumed_|ticket_renewals_|used_tickets_|edge_ticket_key|directory_(?:joins|placements|replacements))/,
  },
  {
    title: 'Moving between edges',
    about: 'Drains, sheds, and connections that are made beside an older one.',
    names:
      /^partyline_(?:moves_|move_tickets_|handovers_|sessions_moved_|shadows_|hellos_sent_on_|drains_|sheds_|edge_draining)/,
  },
  {
    title: 'Sessions and control messages',
    about: 'Ends of sessions, and what clients say beside voice.',
    names: /^partyline_(?:sessions_closed_|protocol_errors_|control_messages_|data_messages_|announcements_)/,
  },
  {
    title: 'The bus',
    about: 'Bundles of frames between edges, and the connections that carry them.',
    names: /^partyline_(?:bus_|directory_bus_)/,
  },
  {
    title: 'Edges among each other',
    about: 'What edges tell each other about rooms, and whom they know.',
    names: /^partyline_(?:peer_|room_entries_|sessions_superseded_|edge_peers)/,
  },
  {
    title: 'Registry, Redis and regions',
    about: 'The shared state. An edge goes on forwarding voice without it.',
    names:
      /^partyline_(?:edge_redis_|directory_redis_|registry_|lease_|edge_id_taken|edge_region|directory_(?:region|registry|edges|sweep))/,
  },
  {
    title: 'The API and moderation',
    about: 'Requests to directories, moderation and its way to the edges.',
    names: /^partyline_(?:orders_|edge_orders_|directory_(?:request|rate|order|moderation))/,
  },
  {
    title: 'Webhooks and events',
    about: 'Events for the application.',
    names: /^partyline_directory_(?:webhook|events)/,
  },
  {
    title: 'Recording',
    about: 'What recorders keep: see [recording](recording.md).',
    names: /^partyline_recorder_/,
  },
  {
    title: 'The programs',
    about: 'Which version runs, and its traces.',
    names: /^partyline_(?:build_|trace_)/,
  },
];

/** Labels whose values are not known beforehand. */
export const OPEN_LABELS: Readonly<Record<string, string>> = {
  from_region: 'a region',
  to_region: 'a region',
  asked_region: 'a region',
  edge_region: 'a region',
  redis: 'a region, or `control`',
  method: 'an HTTP method',
  route: 'a route of the API',
  status: 'an HTTP status',
  package: 'a package',
  version: 'a version',
  node: 'a version of Node.js',
};
