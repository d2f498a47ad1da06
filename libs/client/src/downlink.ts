import {
  ageOfMs,
  ageOfUs,
  type ClientMessage,
  checkMedia,
  distance32,
  type EdgeMessageOf,
  type Frame,
  frameEnd,
  MESSAGE_HEADER_BYTES,
  messageSentAtUs,
  messageSequence,
  messageTopic,
  readFrame,
  type StreamReport,
} from '@partyline/protocol';
import type { ClusterClock } from './clock.ts';
import { IncomingStream } from './incoming-stream.ts';
import type { ReceivedFrame } from './room-types.ts';
import type { DownlinkStats } from './stats.ts';

/** What the downlink needs from the room around it. */
export interface DownlinkHandlers {
  send(message: ClientMessage): void;
  /** Called for frames in order; absent listeners save the copy of the payload. */
  frame(frame: ReceivedFrame): void;
  identityOf(streamId: number): string;
}

/** Streams kept at most; the one not heard for the longest goes first. */
const MAX_STREAMS = 128;

/** Takes media apart, acknowledges it, and keeps each speaker's books. */
export class Downlink {
  /** Own frames are given on: the line test is running. */
  echo = false;
  readonly streams = new Map<number, IncomingStream>();
  readonly #clock: ClusterClock;
  readonly #handlers: DownlinkHandlers;
  #ownStreamId = 0;
  /** The topic that this listener is on, and how far it was received and acknowledged. */
  #topic: number | undefined;
  #newest = 0;
  #acknowledged: number | undefined;
  #ackTimer: ReturnType<typeof setInterval> | undefined;
  #ackMs = 0;
  #acknowledgedAtMs = 0;
  #receivedFrames = 0;
  #receivedBytes = 0;
  #duplicateFrames = 0;
  #skippedFrames = 0;
  #malformedMessages = 0;
  /** From the edge's sending to here: sum and number since the last report. */
  #delaySumMs = 0;
  #delays = 0;
  #delayMs: number | undefined;
  /** Counts of streams that are no longer kept. */
  #forgottenLost = 0;
  #forgottenLate = 0;
  readonly #reported = new WeakMap<IncomingStream, { received: number; lost: number; late: number }>();

  constructor(clock: ClusterClock, handlers: DownlinkHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** A new connection: topics are numbered anew, streams go on. */
  connect(ownStreamId: number, ackMs: number): void {
    this.disconnect();
    this.#ownStreamId = ownStreamId;
    this.#topic = undefined;
    this.#acknowledged = undefined;
    this.#ackMs = ackMs;
    this.#ackTimer = setInterval(() => this.#acknowledge(), ackMs);
  }

  disconnect(): void {
    clearInterval(this.#ackTimer);
  }

  subscribed(message: EdgeMessageOf<'subscribed'>): void {
    if (message.topic !== this.#topic) this.#acknowledged = undefined;
    this.#topic = message.topic;
    this.#newest = message.sequence;
    this.#acknowledged ??= message.sequence;
    this.#skippedFrames += message.skippedFrames;
    if (message.skippedFrames > 0) for (const stream of this.streams.values()) stream.continuous = false;
  }

  /** The edge waits for everything up to `sequence`; on an ordered connection all of it is here by now. */
  paused(message: EdgeMessageOf<'paused'>): void {
    if (message.topic !== this.#topic) return;
    this.#newest = message.sequence;
    this.#acknowledge();
  }

  /** What is missing of a stream from here on is missing on purpose. */
  interrupted(streamId: number): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) stream.continuous = false;
  }

  /** The participant is gone; its stream id may come back with another sequence. */
  left(streamId: number): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) this.#forget(streamId, stream);
  }

  media(bytes: Uint8Array): void {
    const frames = checkMedia(bytes);
    if (typeof frames === 'string') {
      this.#malformedMessages += 1;
      return;
    }
    const nowMs = this.#clock.now();
    this.#receivedBytes += bytes.length;
    this.#delay(ageOfUs(messageSentAtUs(bytes), nowMs));
    this.#track(messageTopic(bytes), messageSequence(bytes));
    // After this process stood still the timer would come too late: the edge already waits for word.
    if (nowMs - this.#acknowledgedAtMs > 2 * this.#ackMs) this.#acknowledge();
    for (let at = MESSAGE_HEADER_BYTES; at < bytes.length; at = frameEnd(bytes, at)) {
      const frame = readFrame(bytes, at);
      if (frame.streamId !== this.#ownStreamId || this.echo) this.#frame(frame, nowMs);
    }
  }

  get stats(): DownlinkStats {
    let lostFrames = this.#forgottenLost;
    let lateFrames = this.#forgottenLate;
    for (const stream of this.streams.values()) {
      lostFrames += stream.lostFrames;
      lateFrames += stream.lateFrames;
    }
    return {
      receivedFrames: this.#receivedFrames,
      receivedBytes: this.#receivedBytes,
      lostFrames,
      lateFrames,
      duplicateFrames: this.#duplicateFrames,
      skippedFrames: this.#skippedFrames,
      malformedMessages: this.#malformedMessages,
      latencyMs: this.#delayMs,
    };
  }

  /** Mean time from the edge's sending to here since the last call, in ms; undefined when nothing came. */
  takeLatencyMs(): number | undefined {
    if (this.#delays === 0) return undefined;
    const meanMs = this.#delaySumMs / this.#delays;
    this.#delaySumMs = 0;
    this.#delays = 0;
    return meanMs;
  }

  /** What the streams did since the last call, for a receiver report. */
  takeReport(): StreamReport[] {
    const reports: StreamReport[] = [];
    for (const [streamId, stream] of this.streams) {
      const before = this.#reported.get(stream) ?? { received: 0, lost: 0, late: 0 };
      const now = { received: stream.receivedFrames, lost: stream.lostFrames, late: stream.lateFrames };
      this.#reported.set(stream, now);
      if (now.received === before.received && now.lost === before.lost) continue;
      reports.push({
        streamId,
        received: now.received - before.received,
        // A late frame takes back the loss that it was counted as, perhaps after that was reported.
        lost: Math.max(0, now.lost - before.lost),
        late: now.late - before.late,
        jitterMs: Math.min(stream.jitterMs, 60_000),
      });
    }
    return reports;
  }

  #frame(frame: Frame, nowMs: number): void {
    const ageMs = ageOfMs(frame.captureTimeMs, nowMs);
    const stream = this.#stream(frame.streamId);
    const accepted = stream.accept(frame, ageMs, nowMs);
    if (accepted.kind === 'duplicate') {
      this.#duplicateFrames += 1;
      return;
    }
    this.#receivedFrames += 1;
    if (accepted.kind === 'late') return;
    this.#handlers.frame({
      streamId: frame.streamId,
      identity: this.#handlers.identityOf(frame.streamId),
      frame: { ...frame, payload: frame.payload.slice() },
      sequence: accepted.sequence,
      capturedAtMs: nowMs - ageMs,
      arrivedAtMs: nowMs,
      lostBefore: accepted.lostBefore,
      restart: accepted.restart,
    });
  }

  #delay(delayMs: number): void {
    this.#delaySumMs += delayMs;
    this.#delays += 1;
    this.#delayMs = this.#delayMs === undefined ? delayMs : this.#delayMs + (delayMs - this.#delayMs) / 16;
  }

  #stream(streamId: number): IncomingStream {
    const known = this.streams.get(streamId);
    if (known !== undefined) return known;
    if (this.streams.size >= MAX_STREAMS) {
      let oldest: [number, IncomingStream] | undefined;
      for (const entry of this.streams) {
        if (oldest === undefined || entry[1].lastHeardMs < oldest[1].lastHeardMs) oldest = entry;
      }
      if (oldest !== undefined) this.#forget(...oldest);
    }
    const stream = new IncomingStream();
    this.streams.set(streamId, stream);
    return stream;
  }

  #forget(streamId: number, stream: IncomingStream): void {
    this.#forgottenLost += stream.lostFrames;
    this.#forgottenLate += stream.lateFrames;
    this.streams.delete(streamId);
  }

  #track(topic: number, sequence: number): void {
    if (topic === this.#topic && distance32(this.#newest, sequence) > 0) this.#newest = sequence;
  }

  #acknowledge(): void {
    if (this.#topic === undefined || this.#newest === this.#acknowledged) return;
    this.#acknowledged = this.#newest;
    this.#acknowledgedAtMs = this.#clock.now();
    this.#handlers.send({ type: 'ack', topic: this.#topic, sequence: this.#newest });
  }
}
