import {
  CODEC_OPUS,
  encodeMedia,
  FLAG_SPURT_END,
  FLAG_SPURT_START,
  type Frame,
  MAX_PAYLOAD_BYTES,
  wireMs,
  wireUs,
} from '@partyline/protocol';
import type { ClusterClock, Time } from './clock.ts';
import { PartylineError } from './errors.ts';
import type { OutgoingFrame } from './room-types.ts';
import type { UplinkStats } from './stats.ts';
import type { Timer } from './timers.ts';

/** The part of a link that the uplink needs. */
export interface MediaSocket {
  readonly bufferedAmount: number;
  /** Number of the next media message: each connection counts its own. */
  mediaSequence: number;
  /** Sequence of the last frame sent by it; undefined before the first. */
  lastFrame: number | undefined;
  sendMedia(bytes: Uint8Array<ArrayBuffer>): boolean;
}

interface Waiting {
  frame: Frame;
  atMs: number;
}

/** How often a full socket is looked at again. */
const FLUSH_MS = 10;
/** Share of the deadline that may wait inside the socket, where it can no longer be dropped. */
const SOCKET_SHARE = 0.5;
/** The most frames that wait, whatever their age: a caller may publish faster than voice flows. */
const MAX_WAITING = 64;
/** A socket that holds less than this is never called full: one message of the smallest voice. */
const MIN_SOCKET_BYTES = 512;

/**
 * Sends a stream's frames. A socket takes any amount and delivers it in order, however late; so only a
 * little is handed to it at a time, the rest waits here, and what has waited past the deadline is dropped,
 * oldest first. Dropped frames use up their sequence number: listeners then know a gap from a pause.
 */
export class Uplink {
  readonly #time: Time;
  readonly #clusterClock: ClusterClock;
  readonly #deadlineMs: number;
  #streamId = 0;
  #socket: MediaSocket | undefined;
  /** Between two connections: frames wait as they do for a full socket. */
  #held = false;
  #sequence: number;
  #inSpurt = false;
  #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  /** Running mean of bytes per ms of voice, for reading a socket's backlog as time. */
  #bytesPerMs = 6;
  #sentFrames = 0;
  #sentBytes = 0;
  #droppedFrames = 0;

  /** @param firstSequence where the stream's sequence starts; random unless given, as RTP does it */
  constructor(
    options: { deadlineMs: number; firstSequence?: number },
    clocks: { local: Time; cluster: ClusterClock },
  ) {
    if (!(options.deadlineMs > 0)) {
      throw new PartylineError(
        'invalid_option',
        `uplinkDeadlineMs must be above 0, not ${options.deadlineMs}.`,
      );
    }
    this.#deadlineMs = options.deadlineMs;
    this.#time = clocks.local;
    this.#clusterClock = clocks.cluster;
    this.#sequence = options.firstSequence ?? Math.floor(Math.random() * 0x1_0000);
  }

  /** From now on by this connection; the stream goes on where it was, and what waits goes there. */
  connect(socket: MediaSocket, streamId: number): void {
    this.#socket = socket;
    this.#held = false;
    this.#streamId = streamId;
    this.#flush();
  }

  /** The connection is gone, and the next one is about to take over: frames wait for it within their deadline. */
  hold(): void {
    this.#socket = undefined;
    this.#held = true;
  }

  /** Nothing to send to for now: frames are dropped and counted. */
  disconnect(): void {
    this.#socket = undefined;
    this.#held = false;
    this.#droppedFrames += this.#waiting.length;
    this.#waiting = [];
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Sends a frame or lets it wait a little; false when it was dropped at once. */
  publish(outgoing: OutgoingFrame): boolean {
    if (outgoing.payload.length > MAX_PAYLOAD_BYTES) {
      throw new PartylineError(
        'invalid_option',
        `A frame holds at most ${MAX_PAYLOAD_BYTES} bytes, not ${outgoing.payload.length}.`,
      );
    }
    const frame = this.#number(outgoing);
    if (this.#socket === undefined && !this.#held) {
      this.#droppedFrames += 1;
      return false;
    }
    this.#waiting.push({ frame, atMs: this.#time.now() });
    this.#flush();
    return true;
  }

  /** The next frame begins a talk spurt: after a mute, or when the source was changed. */
  pause(): void {
    this.#inSpurt = false;
  }

  get stats(): UplinkStats {
    return {
      sentFrames: this.#sentFrames,
      sentBytes: this.#sentBytes,
      droppedFrames: this.#droppedFrames,
      bufferedBytes: this.#socket?.bufferedAmount ?? 0,
    };
  }

  #number(outgoing: OutgoingFrame): Frame {
    let flags = outgoing.flags ?? 0;
    if (!this.#inSpurt) flags |= FLAG_SPURT_START;
    if (outgoing.spurtEnd === true) flags |= FLAG_SPURT_END;
    this.#inSpurt = outgoing.spurtEnd !== true;
    const sequence = this.#sequence;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return {
      flags,
      codec: outgoing.codec ?? CODEC_OPUS,
      level: outgoing.levelDbov,
      active: outgoing.active,
      durationMs: outgoing.durationMs,
      sequence,
      streamId: this.#streamId,
      captureTimeMs: wireMs(outgoing.capturedAtMs),
      payload: outgoing.payload,
    };
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const nowMs = this.#time.now();
    const tooOld = (waiting: Waiting): boolean => nowMs - waiting.atMs > this.#deadlineMs;
    while (this.#waiting.length > MAX_WAITING || (this.#waiting.length > 0 && tooOld(this.#waiting[0]!))) {
      this.#waiting.shift();
      this.#droppedFrames += 1;
    }
    const socket = this.#socket;
    while (socket !== undefined && this.#waiting.length > 0 && !this.#full(socket)) {
      this.#send(socket, this.#waiting.shift()!.frame);
    }
    if (this.#waiting.length > 0) this.#timer = this.#time.after(FLUSH_MS, () => this.#flush());
  }

  #full(socket: MediaSocket): boolean {
    const allowed = Math.max(MIN_SOCKET_BYTES, this.#bytesPerMs * this.#deadlineMs * SOCKET_SHARE);
    return socket.bufferedAmount > allowed;
  }

  #send(socket: MediaSocket, frame: Frame): void {
    // The stamp of the hop is taken here and not when the frame came: waiting above belongs to `capture`.
    const header = {
      topic: 0,
      sequence: socket.mediaSequence,
      ingressAtUs: 0,
      sentAtUs: wireUs(this.#clusterClock.now()),
    };
    const bytes = encodeMedia(header, [frame]) as Uint8Array<ArrayBuffer>;
    if (!socket.sendMedia(bytes)) {
      this.#droppedFrames += 1;
      return;
    }
    socket.mediaSequence = (socket.mediaSequence + 1) >>> 0;
    socket.lastFrame = frame.sequence;
    this.#sentFrames += 1;
    this.#sentBytes += bytes.length;
    if (frame.durationMs > 0) this.#bytesPerMs += (bytes.length / frame.durationMs - this.#bytesPerMs) / 16;
  }
}
