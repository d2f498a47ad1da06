/**
 * The edge's fixed bounds: each is a row of docs/limits.md. What a deployment may want to change is in config.ts.
 */

/** Between accepting a WebSocket and its hello, in ms. */
export const HELLO_TIMEOUT_MS = 5_000;
/** How often the edge looks at time-outs and tells rooms what has changed, in ms. */
export const TICK_MS = 100;
/** How often it looks at what every listener has acknowledged, in ms. */
export const FLOW_TICK_MS = 25;
/** What a client is asked for in `welcome`, in ms. */
export const ACK_MS = 200;
export const REPORT_MS = 2_000;
export const HEARTBEAT_MS = 1_000;

/**
 * A listener is paused before its oldest unacknowledged message is older than this and its round trip, in ms; at
 * most 60 ms before.
 */
const PAUSE_AFTER_MS = 500;
/** Less than that: a message may come right after a mark, and ticks come late rather than early. In ms. */
export const OVERDUE_AFTER_MS = PAUSE_AFTER_MS - 3 * FLOW_TICK_MS;
/** No more than this is allowed for a listener's round trip, which only its own acknowledgements show. In ms. */
export const MAX_ROUND_TRIP_MS = 500;
/** A listener that stays paused for this long is closed, in ms. */
export const STUCK_AFTER_MS = 10_000;
/** A listener with a message unacknowledged for this long is looked at more closely, in ms … */
export const LAGGING_AFTER_MS = 250;
/** … and paused at once if it has this much unsent in its socket, in bytes. */
export const PAUSE_BUFFERED_BYTES = 65_536;
/** What uWebSockets.js holds back for a socket before it drops; such a socket is closed. In bytes. */
export const MAX_BACKPRESSURE_BYTES = 262_144;

/**
 * uWebSockets.js closes by itself above this, with no code of ours; smaller messages that are still over
 * their limit get close code messageTooLarge. In bytes.
 */
export const MAX_WEBSOCKET_MESSAGE_BYTES = 131_072;
/** uWebSockets.js pings a silent socket after 12 s and gives it 8 s more, so half-open ones are found in 24 s. */
export const WEBSOCKET_IDLE_SECONDS = 20;
/** Heard nothing at all from a client, not even a pong, for this long: closed. In ms. */
export const IDLE_AFTER_MS = 30_000;
/** The largest body of an ordinary HTTP request, in bytes. */
export const MAX_HTTP_BODY_BYTES = 65_536;

/** Frames accepted at once from a stream that was silent. */
export const FRAME_BURST = 60;
/** Media bytes a second from one client, and at once. */
export const MAX_MEDIA_BYTES_PER_SECOND = 262_144;
export const MEDIA_BYTES_BURST = 262_144;
/** Control messages a second from one client, and at once. */
export const MAX_CONTROL_PER_SECOND = 50;
export const CONTROL_BURST = 100;
/** Data messages a second from one client, and at once. */
export const MAX_DATA_PER_SECOND = 20;
export const DATA_BURST = 40;
/** Receiver reports a second from one client that count, and at once: a stalled uplink brings several together. */
export const MAX_REPORTS_PER_SECOND = 1;
export const REPORT_BURST = 10;
/** Over a rate for this long without a second's rest: closed as flooding. In ms. */
export const FLOODING_AFTER_MS = 2_000;
export const FLOODING_REST_MS = 1_000;
/** Frames this much later than the stream's best are stale and dropped, in ms. */
export const LATE_FRAME_MS = 1_000;
/** All frames late for this long: the delay is taken as the new normal, for stale voice beats none. In ms. */
export const LATE_RESET_MS = 3_000;

/** A lost participant is `reconnecting` for this long, then left. In ms. */
export const RECONNECT_GRACE_MS = 15_000;
/** Tickets remembered as used, oldest forgotten first. */
export const MAX_USED_TICKETS = 100_000;
/** The longest that admission waits for the registry before it goes on without, in ms. */
export const REGISTRY_TIMEOUT_MS = 1_000;

/** Records of participants that are being written to the registry at once; the others wait. */
export const MAX_RECORDS_AT_ONCE = 64;
/** How often the registry is told that this edge is alive, in ms. */
export const LEASE_EVERY_MS = 1_000;

/** Distinct streams of a room that listeners may name with `always`. */
export const MAX_ROOM_SUBSCRIPTIONS = 64;
/** Streams that one listener may refuse with `never`. */
export const MAX_REFUSED_STREAMS = 64;

/** Streams of other edges followed in one room. */
export const MAX_REMOTE_STREAMS = 256;
/** A remote stream that is silent for this long is forgotten, in ms. */
export const REMOTE_STREAM_FORGOTTEN_MS = 30_000;
/** Frames of a stream that came here are taken from its former edge until none came for this long, in ms. */
export const TAKEOVER_MS = 1_000;
/** Sequence numbers of a remote stream that are remembered, to take each frame once. */
export const SEQUENCE_WINDOW = 64;
/** A stream whose numbers leap by more, or that pauses for longer (in ms), numbers anew. */
export const SEQUENCE_JUMP = 1_000;
export const SEQUENCE_PAUSE_MS = 2_000;

/** A topic id is not given out again for this long, in ms. */
export const TOPIC_ID_REST_MS = 60_000;
/** Participants named in one message; more follow in the next ones. */
export const MAX_ANNOUNCED_AT_ONCE = 5_000;
/** Ticket renewals under way at once. */
export const MAX_RENEWALS_AT_ONCE = 16;

/**
 * Every session is in one of these topics, and each tick one of them gets its heartbeat: ten thousand at once
 * would hold up voice for tens of milliseconds.
 */
export const HEARTBEAT_TOPICS: readonly string[] = Array.from(
  { length: HEARTBEAT_MS / TICK_MS },
  (_, index) => `heartbeat${index}`,
);

// What edges tell each other: see peering/.

/** Other edges that this one has rooms in common with. */
export const MAX_PEERS = 1_000;
/** Edges that one room is on, this one not counted. */
export const MAX_PARTS_PER_ROOM = 256;
/** Messages a second from one peer, and at once; what is dropped is found by the next digest. */
export const PEER_MESSAGES_PER_SECOND = 2_000;
export const PEER_MESSAGE_BURST = 4_000;
/** Changes of a room are collected for this long, in ms. */
export const PART_CHANGES_EVERY_MS = 20;
/** Peers say that they are there this often, in ms; with the versions of all rooms every second time. */
export const PEER_DIGEST_EVERY_MS = 1_000;
/** A peer that was silent for this long: its participants are `reconnecting`. In ms. */
export const PEER_SILENT_AFTER_MS = 3_000;
/** Before a silent peer's participants are taken for gone, the registry must have been without it for this long. In ms. */
export const PEER_LACKING_MS = 10_000;
/** A departure to another edge is kept to oneself for this long, in ms. */
export const MOVED_HOLD_MS = 5_000;
/** Whoever left for good is named in whole parts for so long, in ms: a split between regions may hide the change. */
export const TOLD_DEPARTURE_MS = 60_000;
/** Departures named there, of one room. */
export const MAX_TOLD_DEPARTURES = 500;
/** Departures held back in one room. */
export const MAX_HELD_DEPARTURES = 10_000;
/** The longest that `ready` waits for the answers of a room's other edges, in ms. */
export const JOIN_BARRIER_MS = 500;
/** An unanswered part is sent again after so many ms, each counted from the first time. */
export const JOIN_BARRIER_RETRIES_MS: readonly number[] = [50, 100, 200];
/** The longest that a sender of data waits for what other edges answer, in ms. */
export const DATA_ANSWER_MS = 500;
/** Data messages that wait for answers of other edges; further ones count local recipients only. */
export const MAX_DATA_WAITING = 4_096;
/** Calls of the registry about rooms under way at once. */
export const MAX_ROOM_ENTRIES_AT_ONCE = 64;
/** The registry is told of a room's participants at most this often, in ms … */
export const ROOM_ENTRY_EVERY_MS = 1_000;
/** … a failed or incomplete call is made again after this, give or take a quarter, in ms … */
export const ROOM_ENTRY_RETRY_MS = 2_000;
/** … and without any change a room is entered again this often, in ms. */
export const ROOM_ENTRY_REFRESH_MS = 30_000;

/**
 * What a ticket says of where the room is holds for so long, in seconds: edges come and go. So does the trace of the
 * join that it came from.
 */
export const FRESH_TICKET_SECONDS = 10;

// Frames that are followed from edge to edge: see media/frame-traces.ts.

/** Followed frames that wait to be published, and those of which listeners' words are counted. */
export const MAX_FOLLOWED_FRAMES = 256;
/** Listeners whose downlink and play-out are part of a frame's trace, on each edge. */
export const MAX_TRACED_LISTENERS = 8;

// Moving participants to other edges: see drain/.

/** Tickets for other edges that are asked for at once. */
export const MAX_MOVE_TICKETS_AT_ONCE = 16;
/** The longest that a `move` waits for its ticket; it goes out without one then. In ms. */
export const MOVE_TICKET_TIMEOUT_MS = 3_000;
/** The share of a drain window over which `move` is spread; the rest is for those who were told last. */
export const MOVE_SPREAD_SHARE = 0.75;
/** Participants are told no slower than this, however long the window: nobody gains by waiting. A second. */
export const LEAST_MOVES_PER_SECOND = 5;
/** After its `handover` a connection is closed by the edge when the client has not done so for this long, in ms. */
export const HANDED_OVER_MS = 1_500;
/** Load over its limit for this long makes an edge hand rooms away, in ms … */
export const SHED_AFTER_MS = 5_000;
/** … one room at most this often, in ms … */
export const SHED_EVERY_MS = 10_000;
/** … until the load is this much below the limit … */
export const SHED_HYSTERESIS = 0.15;
/** … and only while another edge has less load than this. */
export const SHED_TARGET_LOAD = 0.7;
/** How long a participant of a room that is handed away has until the edge closes its connection, in ms. */
export const SHED_WINDOW_MS = 15_000;
