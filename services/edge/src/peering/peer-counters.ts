import type { PeerFault } from './peer-message.ts';

/** What an edge counts about its peers, as plain fields that a scrape reads. */
export class PeerCounters {
  sentMessages = 0;
  sentBytes = 0;
  receivedMessages = 0;
  receivedBytes = 0;
  /** Refused by the bus, which was away. */
  sendFailures = 0;
  /** Reached nobody. */
  deafSends = 0;
  /** Larger than a bus message: not sent. */
  tooLarge = 0;
  /** Over a peer's rate. */
  rateDrops = 0;
  readonly faults: Record<PeerFault, number> = { malformed: 0, unknown_version: 0, unknown_type: 0 };
  /** Peers, or parts of one room, beyond the bound. */
  overBound = 0;

  /** Versions that did not follow: the whole part was asked for. */
  gaps = 0;
  asks = 0;
  wholeParts = 0;
  changes = 0;
  digests = 0;

  barriers = 0;
  /** Not every peer answered within the time: `ready` was said all the same. */
  barrierTimeouts = 0;
  barrierRetries = 0;

  /** Peers from which nothing was heard for some seconds. */
  silences = 0;
  /** Parts given up because the registry no longer knows their edge. */
  reapedParts = 0;
  superseded = 0;

  dataSent = 0;
  dataReceived = 0;
  /** Answers that did not come in time, or were not waited for as too many were. */
  dataUnanswered = 0;

  roomEntries = 0;
  roomEntryFailures = 0;
  /** Times that everything was told the registry anew. */
  toldAnew = 0;
}
