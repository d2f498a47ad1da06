import {
  askReceipt,
  CODEC_OPUS,
  encodeMedia,
  FLAG_SPURT_END,
  FLAG_SPURT_START,
  type Frame,
  MAX_PAYLOAD_BYTES,
  wireMs,
  wireUs,
} from '@partyline/protocol';
import { CaptureAge } from './capture-age.ts';
import type { ClusterClock, Time } from './clock.ts';
import { PartylineError } from './errors.ts';
import { type Pace, PaceControl } from './pace.ts';
import type { OutgoingFrame } from './room-types.ts';
import type { UplinkStats } from './stats.ts';
import type { Timer } from './timers.ts';
import { UplinkWindow } from './uplink-window.ts';

/** The part of a link that the uplink needs. */
export interface MediaSocket {
  readonly bufferedAmount: number;
  /** The edge confirms what arrives when it is asked to (protocol rule 47). */
  readonly confirmsMedia: boolean;
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

/** What was captured this much longer ago than is usual for its stream is not worth sending, ms. */
const STALE_MS = 600;
/** On a thin link frames get this share of the deadline: there is always a queue, and it is nothing but delay. */
const THIN_SHARE = 0.5;

/**
 * Sends a stream's frames. A socket takes any amount and delivers it in order, however late; so only a
 * little is handed to it at a time, the rest waits here, and what has waited past the deadline is dropped,
 * oldest first. Dropped frames use up their sequence number: listeners then know a gap from a pause. What the
 * link does not carry is not encoded either: see `PaceControl`.
 */
export class Uplink {
  readonly #time: Time;
  readonly #clusterClock: ClusterClock;
  readonly #deadlineMs: number;
  readonly #pace: PaceControl;
  readonly #captured = new CaptureAge(STALE_MS);
  #streamId = 0;
  #socket: MediaSocket | undefined;
  #window: UplinkWindow;
  #connectedAtMs = 0;
  /** Between two connections: frames wait as they do for a full socket. */
  #held = false;
  #sequence: number;
  #inSpurt = false;
  #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  /** Running mean of bytes per ms of voice, for reading a socket's backlog as time. */
  #bytesPerMs = 6;
  /** The same of payloads alone. */
  #payloadBytesPerMs: number | undefined;
  #frameMs: number | undefined;
  #sentFrames = 0;
  #sentBytes = 0;
  #droppedFrames = 0;

  /**
   * @param firstSequence where the stream's sequence starts; random unless given, as RTP does it
   * @param pace told when there is room for less voice, or for more again
   */
  constructor(
    options: { deadlineMs: number; firstSequence?: number; pace?: (pace: Pace) => void },
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
    this.#window = new UplinkWindow(this.#time, false);
    this.#pace = new PaceControl(this.#time, (pace) => {
      this.#window.tight = this.#pace.reduced;
      options.pace?.(pace);
    });
    this.#sequence = options.firstSequence ?? Math.floor(Math.random() * 0x1_0000);
  }

  /** From now on by this connection; the stream goes on where it was, and what waits goes there. */
  connect(socket: MediaSocket, streamId: number): void {
    if (socket !== this.#socket) {
      this.#window = new UplinkWindow(this.#time, socket.confirmsMedia);
      this.#window.tight = this.#pace.reduced;
      this.#connectedAtMs = this.#time.now();
    }
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
    const ageMs = this.#clusterClock.now() - outgoing.capturedAtMs - outgoing.durationMs;
    const stale = this.#captured.isStale(ageMs, outgoing.durationMs, this.#time.now());
    if (stale || (this.#socket === undefined && !this.#held)) {
      this.#droppedFrames += 1;
      return false;
    }
    this.#waiting.push({ frame, atMs: this.#time.now() });
    this.#flush();
    return true;
  }

  /** Word of the edge that everything up to this message has arrived by this connection. */
  receipt(sequence: number, socket: MediaSocket): void {
    if (socket !== this.#socket) return;
    this.#window.receipt(sequence);
    this.#flush();
  }

  /** What there is room for. */
  get pace(): Pace {
    return this.#pace.pace;
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
      unconfirmedBytes: this.#socket === undefined ? 0 : this.#window.unconfirmedBytes,
      queueMs: Math.max(this.#window.queueMs, this.#waitedMs(this.#time.now())),
      bitrateBps: this.#payloadBytesPerMs === undefined ? undefined : this.#payloadBytesPerMs * 8_000,
      maxBitrateBps: this.pace.maxBitrateBps,
      frameMs: this.#frameMs,
      dtx: this.pace.dtx,
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
    const socket = this.#socket;
    if (socket !== undefined) {
      // What waited for this connection tells nothing of it.
      const waitedMs = Math.min(this.#waitedMs(nowMs), nowMs - this.#connectedAtMs);
      this.#pace.look(Math.max(this.#window.queueMs, waitedMs), this.#window.bytesPerMs);
    }
    this.#dropOld(nowMs);
    while (socket !== undefined && this.#waiting.length > 0 && !this.#full(socket)) {
      this.#send(socket, this.#waiting.shift()!.frame);
    }
    if (this.#waiting.length > 0) this.#timer = this.#time.after(FLUSH_MS, () => this.#flush());
  }

  #dropOld(nowMs: number): void {
    const deadlineMs = this.#deadlineMs * (this.#pace.thin ? THIN_SHARE : 1);
    const before = this.#waiting.length;
    while (this.#waiting.length > MAX_WAITING || this.#waitedMs(nowMs) > deadlineMs) this.#waiting.shift();
    const dropped = before - this.#waiting.length;
    this.#droppedFrames += dropped;
    const byThisSocket = this.#socket !== undefined && nowMs - this.#connectedAtMs > deadlineMs;
    if (dropped > 0 && byThisSocket) this.#pace.dropped(this.#window.bytesPerMs);
  }

  /** How long the oldest frame has waited here. */
  #waitedMs(nowMs: number): number {
    return this.#waiting.length === 0 ? 0 : nowMs - this.#waiting[0]!.atMs;
  }

  #full(socket: MediaSocket): boolean {
    const allowed = Math.max(MIN_SOCKET_BYTES, this.#bytesPerMs * this.#deadlineMs * SOCKET_SHARE);
    return socket.bufferedAmount > allowed || this.#window.full(this.#bytesPerMs);
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
    if (this.#window.send(header.sequence, bytes.length)) askReceipt(bytes);
    if (!socket.sendMedia(bytes)) {
      this.#droppedFrames += 1;
      return;
    }
    socket.mediaSequence = (socket.mediaSequence + 1) >>> 0;
    socket.lastFrame = frame.sequence;
    this.#sentFrames += 1;
    this.#sentBytes += bytes.length;
    this.#measure(frame, bytes.length);
  }

  #measure({ durationMs, payload }: Frame, bytes: number): void {
    if (durationMs <= 0) return;
    this.#frameMs = durationMs;
    this.#bytesPerMs += (bytes / durationMs - this.#bytesPerMs) / 16;
    const rate = payload.length / durationMs;
    this.#payloadBytesPerMs ??= rate;
    this.#payloadBytesPerMs += (rate - this.#payloadBytesPerMs) / 16;
  }
}
