import { CLOSE, type CloseName, type EdgeMessage, encodeControl } from '@partyline/protocol';
import { TokenBucket } from '@partyline/runtime';
import { NO_SPAN, type TraceSpan } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';
import {
  CONTROL_BURST,
  DATA_BURST,
  FLOODING_AFTER_MS,
  FLOODING_REST_MS,
  FRAME_BURST,
  MAX_CONTROL_PER_SECOND,
  MAX_DATA_PER_SECOND,
  MAX_MEDIA_BYTES_PER_SECOND,
  MAX_REPORTS_PER_SECOND,
  MEDIA_BYTES_BURST,
  REPORT_BURST,
} from '../limits.ts';
import type { Lane } from '../media/lanes.ts';
import type { Topic } from '../media/topic.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { Connection, ConnectionHandler } from '../transport/connection.ts';

/** `greeting`: no hello yet; `admitting`: its ticket is being checked. */
export type SessionPhase = 'greeting' | 'admitting' | 'joined' | 'closed';

/** What a session passes on. */
export interface SessionEvents {
  text(session: Session, bytes: Uint8Array): void;
  binary(session: Session, bytes: Uint8Array): void;
  pong(session: Session): void;
  closed(session: Session, code: number): void;
}

/** How far a listener is with its topic: see flow-control.ts. */
export interface ListenerFlow {
  topic: Topic;
  /** The room's own topic, or else the listener's lane. */
  shared: boolean;
  ackedSequence: number;
  ackedFrames: number;
  paused: boolean;
  pausedSequence: number;
  pausedFrames: number;
  pausedAtMs: number;
  /** The least time that its acknowledgements lately took, in ms: its round trip, nearly. */
  roundTripMs: number;
}

/** One connection of a participant: its limits and its place in the flow of media. */
export class Session implements ConnectionHandler {
  readonly connection: Connection;
  readonly openedAtMs: number;
  phase: SessionPhase = 'greeting';
  heardAtMs: number;
  /** When its hello came. */
  helloAtMs = 0;
  member: Member | undefined;
  room: Room | undefined;
  /** From its hello until it is `ready`, if that is traced. */
  joining: TraceSpan = NO_SPAN;
  /** For renewal. */
  ticket = '';
  renewAtMs = Number.POSITIVE_INFINITY;
  /** It was told to go to another edge, or is about to be. */
  moving = false;
  /** Its newer connection speaks for it now: what still comes here is dropped. */
  handedOver = false;
  /** When the edge closes it if it is still open, epoch ms. */
  closeAtMs = Number.POSITIVE_INFINITY;

  flow: ListenerFlow | undefined;
  /** An earlier topic, whose acknowledgements may still come. */
  formerTopic = 0;
  lane: Lane | undefined;
  /** Something for it was given up by the transport: its numbering has a hole, so it is closed. */
  overflowed = false;

  uplinkSequence = -1;
  /** Of the first and of the last frame that came on this connection; -1 before. */
  firstSequence = -1;
  lastSequence = -1;
  /** Capture time to arrival of its best frame, in ms; holds the unknown difference of the clocks, too. */
  bestAgeMs = Number.POSITIVE_INFINITY;
  lateSinceMs = 0;
  frames: TokenBucket | undefined;
  readonly bytes = new TokenBucket(MAX_MEDIA_BYTES_PER_SECOND, MEDIA_BYTES_BURST);
  readonly control = new TokenBucket(MAX_CONTROL_PER_SECOND, CONTROL_BURST);
  data: TokenBucket | undefined;
  reports: TokenBucket | undefined;
  /** It has said how long its joining took. */
  toldJoin = false;
  toldNoGrant = false;
  #overSinceMs = 0;
  #overLastMs = Number.NEGATIVE_INFINITY;

  readonly #events: SessionEvents;
  readonly #counters: EdgeCounters;

  constructor(connection: Connection, events: SessionEvents, counters: EdgeCounters, nowMs: number) {
    this.connection = connection;
    this.openedAtMs = nowMs;
    this.heardAtMs = nowMs;
    this.#events = events;
    this.#counters = counters;
  }

  onText(bytes: Uint8Array): void {
    this.#events.text(this, bytes);
  }

  onBinary(bytes: Uint8Array): void {
    this.#events.binary(this, bytes);
  }

  onPong(): void {
    this.#events.pong(this);
  }

  onDropped(): void {
    this.#counters.droppedSends += 1;
    this.overflowed = true;
  }

  onClosed(code: number): void {
    this.#events.closed(this, code);
  }

  /** Takes the limits that only somebody who was admitted needs. */
  setLimits(framesPerSecond: number): void {
    this.frames = new TokenBucket(framesPerSecond, FRAME_BURST);
    this.data = new TokenBucket(MAX_DATA_PER_SECOND, DATA_BURST);
    this.reports = new TokenBucket(MAX_REPORTS_PER_SECOND, REPORT_BURST);
  }

  /** False if the connection has ended or takes no more. */
  send(message: EdgeMessage): boolean {
    const sent = this.connection.sendText(encodeControl(message));
    if (!sent && this.connection.open) this.overflowed = true;
    return sent;
  }

  /** Media up to this message has arrived (protocol rule 47). */
  confirm(sequence: number): void {
    this.send({ type: 'receipt', sequence });
  }

  /** Says what is wrong; the session goes on. */
  complain(code: string, message: string): void {
    this.send({ type: 'error', code, message: message.slice(0, 1_024), fatal: false });
  }

  /** Says why, then closes. */
  close(close: CloseName, code: string, message: string): void {
    if (this.phase === 'closed') return;
    this.send({ type: 'error', code, message: message.slice(0, 1_024), fatal: true });
    this.end(close);
  }

  /** Closes without a word. */
  end(close: CloseName): void {
    if (this.phase === 'closed') return;
    this.#counters.countClose(close);
    // Ends in `onClosed` before this returns.
    this.connection.end(CLOSE[close], close);
  }

  /** Was over a rate: closes the session once it has been so for too long. */
  overRate(nowMs: number): void {
    if (nowMs - this.#overLastMs > FLOODING_REST_MS) this.#overSinceMs = nowMs;
    this.#overLastMs = nowMs;
    if (nowMs - this.#overSinceMs > FLOODING_AFTER_MS) {
      this.close(
        'flooding',
        'flooding',
        'You sent more than the limits in `welcome` for over 2 s; slow down.',
      );
    }
  }
}
