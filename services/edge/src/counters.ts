import { CLOSE, type MediaFault } from '@partyline/protocol';
import { PeerCounters } from './peering/peer-counters.ts';
import { ReportCounters } from './sessions/report-counters.ts';

/** Why a hello is refused; the values are `reason` labels. */
const REFUSALS = [
  'bad_hello',
  'unsupported_version',
  'ticket_invalid',
  'ticket_expired',
  'replayed',
  'superseded',
  'not_current',
  'removed',
  'wrong_edge',
  'topics_exhausted',
  'hello_timeout',
  'draining',
  'no_keys',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Why a session is closed as breaking the protocol; the values are `reason` labels. */
const PROTOCOL_ERRORS = [
  'binary_before_hello',
  'not_json',
  'too_large',
  'foreign_stream',
  'bad_ack',
  'unexpected',
] as const;
export type ProtocolError = (typeof PROTOCOL_ERRORS)[number];

const zeros = <Key extends string>(keys: readonly Key[]): Record<Key, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;

/** Frames between edges. Each that came is in one of the fields from `unknownRoomFrames` on. */
export class RelayCounters {
  /** Frames × the links they were given to. */
  sentFrames = 0;
  /** Given to the relay out of bundles that were in time. */
  receivedFrames = 0;
  unknownRoomFrames = 0;
  duplicateFrames = 0;
  /** Of streams that speak on this edge. */
  ownStreamFrames = 0;
  tooManyStreamsFrames = 0;
  heldFrames = 0;
  unheardFrames = 0;
  /** Sent to listeners here. */
  selectedFrames = 0;
  /** Held before, then sent. */
  preRollFrames = 0;
  /** Subscriptions of channels that failed and were tried again. */
  subscribeFailures = 0;
}

/** Everything an edge counts, as plain fields that the hot path adds to and a scrape reads. */
export class EdgeCounters {
  // Uplink
  uplinkMessages = 0;
  uplinkFrames = 0;
  uplinkBytes = 0;
  /** Messages missing in a client's numbering. */
  uplinkGaps = 0;
  lateFrames = 0;
  rateFrames = 0;
  mutedFrames = 0;
  moderatedFrames = 0;
  grantFrames = 0;
  /** Came on a shadow before its `ready`, and on an old connection after its `handover`. */
  shadowFrames = 0;
  handedOverFrames = 0;
  /** Came while the session was not admitted yet. */
  earlyMessages = 0;
  readonly mediaFaults: Record<MediaFault, number> = zeros([
    'too_short',
    'unknown_version',
    'unknown_type',
    'no_frames',
    'too_many_frames',
    'truncated_frame',
    'payload_too_large',
    'zero_stream',
  ]);

  // Selection of frames from this edge's speakers
  heldFrames = 0;
  preRollFrames = 0;
  /** Let pass and sent to listeners here … */
  selectedFrames = 0;
  /** … or, as nobody listens here, to other edges only … */
  elsewhereFrames = 0;
  /** … or to nobody, as nobody listens. */
  unheardFrames = 0;
  /** Counters that the rooms' selectors share. */
  readonly selector = { promotions: 0, ousted: 0, silenced: 0 };

  // Edge and downlink
  /** Frames that went into a topic, each once. */
  forwardedFrames = 0;
  publishedMessages = 0;
  publishedBytes = 0;
  /** Frames × the listeners they are for, paused ones included. */
  offeredFrames = 0;
  /** Frames × the listeners they were handed to. */
  egressFrames = 0;
  egressBytes = 0;
  /** Frames × the listeners that acknowledged them. */
  acknowledgedFrames = 0;
  /** Frames × the listeners whose clients found their messages missing. */
  gapFrames = 0;
  pausedFrames = 0;
  closedFrames = 0;
  backpressureFrames = 0;
  pauses = 0;
  resumes = 0;
  droppedSends = 0;

  // Between edges
  readonly relay = new RelayCounters();
  readonly peering = new PeerCounters();

  /** What clients say of themselves. */
  readonly reported = new ReportCounters();

  // Control
  controlMessages = 0;
  unknownControl = 0;
  invalidControl = 0;
  controlRateDrops = 0;
  dataMessages = 0;
  dataDrops = 0;
  announcements = 0;

  // Sessions
  opened = 0;
  welcomes = 0;
  resumed = 0;
  readonly refusals = zeros(REFUSALS);
  readonly protocolErrors = zeros(PROTOCOL_ERRORS);
  readonly closes = new Map<string, number>(Object.keys(CLOSE).map((name) => [name, 0]));
  originRefused = 0;
  overLimit = 0;
  forgottenTickets = 0;

  // Moving between edges
  /** Told to move, with a ticket and without one. */
  movesSent = 0;
  movesWithoutTicket = 0;
  moveTicketFailures = 0;
  /** Of those who were told: handed over; closed because their time was over; ended otherwise. */
  movesCompleted = 0;
  movesOverdue = 0;
  movesAbandoned = 0;
  handovers = 0;
  /** Sessions that a newer one on another edge took over. */
  movedAway = 0;
  shadows = 0;
  shadowsReady = 0;
  shadowsAbandoned = 0;
  /** Hellos with a ticket for another edge, sent on to it. */
  sentOn = 0;
  drains = 0;
  roomsShed = 0;
  /** Load was over the limit, but no other edge had room. */
  shedsWithoutTarget = 0;

  // Neighbours
  registryFailures = 0;
  leaseRenewals = 0;
  /** The registry had lost its state, or came back after it was away: everything was told anew. */
  registryReturns = 0;
  edgeIdTaken = 0;
  orders = 0;
  renewals = 0;
  renewalFailures = 0;
  renewalsRefused = 0;

  countClose(name: string): void {
    this.closes.set(name, (this.closes.get(name) ?? 0) + 1);
  }
}
