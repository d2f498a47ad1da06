import type { TicketSigner } from '@partyline/tokens';
import type { Shape } from '../comparison/shape.ts';
import { Latencies } from './latency.ts';
import { SendTimes } from './send-times.ts';

/** How to reach a server, and which of the two it is. */
export interface Target {
  kind: 'bare' | 'edge';
  host: string;
  port: number;
  /** The PEM certificate to trust: the connection is TLS if there is one. */
  certificate?: string;
  /** The edge's name in tickets. */
  edge: string;
}

/** Plain counters of all connections to one server. */
export class Tally {
  /** Media messages and their bytes. */
  messages = 0;
  bytes = 0;
  /** Frames of others: the useful ones. */
  frames = 0;
  ownFrames = 0;
  preRoll = 0;
  duplicates = 0;
  /** Messages missing by topic sequence, and frames missing by the stream's sequence. */
  messageGaps = 0;
  frameGaps = 0;
  /** Frames of a stream that is not in the room. */
  strays = 0;
  texts = 0;
  acks = 0;
  pauses = 0;
  closed = 0;
}

/** Everything that the connections to one server share. */
export class Side {
  readonly target: Target;
  readonly shape: Shape;
  readonly signer: TicketSigner;
  readonly tally = new Tally();
  readonly latencies = new Latencies();
  readonly sendTimes: SendTimes;
  /** Latencies count while a window is open. */
  recording = false;
  /** When the chunk that is being read arrived, ms of performance.now(). */
  nowMs = 0;
  /** Called with the time after each chunk: sends what has become due. */
  betweenReads: (nowMs: number) => void = () => undefined;
  /** Why the first connection that closed by itself did so. */
  firstClose: string | undefined;

  constructor(target: Target, shape: Shape, signer: TicketSigner) {
    this.target = target;
    this.shape = shape;
    this.signer = signer;
    this.sendTimes = new SendTimes(shape.rooms * shape.publishers);
  }
}
