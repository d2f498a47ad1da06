import type { PartAssembly, RemotePart } from './part.ts';
import type { Peer } from './peer.ts';

/** Another edge that holds a room of this one. */
export class RoomPeer {
  readonly peer: Peer;
  /** Undefined until it has told its part. */
  part: RemotePart | undefined;
  /** Pages of a part that is not complete yet. */
  assembly: PartAssembly | undefined;
  /** It was told this edge's part as a whole, and is told changes from there on. */
  told = false;
  /** The answer to a greeting that is waited for, and when the greeting is repeated. */
  ack: string | undefined;
  repetition: NodeJS.Timeout | undefined;
  /** Its greeting that was answered last. */
  answeredAck: string | undefined;
  answeredAckAtMs = Number.NEGATIVE_INFINITY;
  askedAtMs = Number.NEGATIVE_INFINITY;
  answeredAtMs = Number.NEGATIVE_INFINITY;
  /** Since when every complete answer of the registry was without it. */
  lackingSinceMs: number | undefined;

  constructor(peer: Peer) {
    this.peer = peer;
  }
}
