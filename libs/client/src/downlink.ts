import {
  ageOfMs,
  ageOfUs,
  checkMedia,
  type EdgeMessageOf,
  FLAG_PRE_ROLL,
  type Frame,
  frameEnd,
  MESSAGE_HEADER_BYTES,
  messageIngressAtUs,
  messageSentAtUs,
  messageSequence,
  messageTopic,
  readFrame,
  type StreamReport,
} from '@partyline/protocol';
import type { ClusterClock } from './clock.ts';
import { IncomingStream } from './incoming-stream.ts';
import type { Path } from './path.ts';
import { Reordering } from './reordering.ts';
import type { ReceivedFrame } from './room-types.ts';
import type { DownlinkStats } from './stats.ts';
import type { Timers } from './timers.ts';
import { TracedFrames } from './traced-frames.ts';

/** What the downlink needs from the room around it. */
export interface DownlinkHandlers {
  /** Called for frames in order; absent listeners save the copy of the payload. */
  frame(frame: ReceivedFrame): void;
  identityOf(streamId: number): string;
}

/** What was reported of a stream so far. */
interface Reported {
  received: number;
  lost: number;
  late: number;
  heardMs: number;
}

/** Streams kept at most; the one not heard for the longest goes first. */
const MAX_STREAMS = 128;
/** Streams that have gone and of which the next report still tells. */
const MAX_GONE = 64;

/** Takes media apart, whichever path it came by, and keeps each speaker's books. */
export class Downlink {
  /** Own frames are given on: the line test is running. */
  echo = false;
  readonly streams = new Map<number, IncomingStream>();
  /** The path whose edge is told how long messages take; while there is none, every one counts. */
  measured: Path | undefined;
  readonly traced = new TracedFrames();
  readonly #clock: ClusterClock;
  readonly #handlers: DownlinkHandlers;
  #ownStreamId = 0;
  readonly #order: Reordering;
  #heardOn: ((streamId: number) => void) | undefined;
  #heardOnPath: Path | undefined;
  #receivedFrames = 0;
  #receivedBytes = 0;
  #duplicateFrames = 0;
  #skippedFrames = 0;
  #malformedMessages = 0;
  #missedMessages = 0;
  /** From the edge's sending to here: sum and number since the last report. */
  #delaySumMs = 0;
  #delays = 0;
  #delayMs: number | undefined;
  /** Counts of streams that are no longer kept. */
  #forgottenLost = 0;
  #forgottenLate = 0;
  readonly #reported = new WeakMap<IncomingStream, Reported>();
  #gone: StreamReport[] = [];

  constructor(clock: ClusterClock, timers: Timers, handlers: DownlinkHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
    this.#order = new Reordering(
      timers,
      (stream, frame, ageMs, atMs) => this.#give(stream, frame, ageMs, atMs),
      () => {
        this.#duplicateFrames += 1;
      },
    );
  }

  /** Whose own frames are left out. */
  set ownStreamId(streamId: number) {
    this.#ownStreamId = streamId;
  }

  /** Two connections bring the same frames, one of them behind the other. */
  set overlapping(overlapping: boolean) {
    this.#order.overlapping = overlapping;
  }

  /** Nothing comes for now, so what is missing will not come either. */
  interruptedAll(): void {
    this.#order.flushAll();
  }

  /** Calls `heard` for each frame that comes by `path`, copies included; undefined ends it. */
  watch(path: Path | undefined, heard?: (streamId: number) => void): void {
    this.#heardOnPath = path;
    this.#heardOn = heard;
  }

  /** Streams of others of which something came in the last `withinMs`. */
  activeStreams(withinMs: number): number[] {
    const sinceMs = this.#clock.now() - withinMs;
    const active: number[] = [];
    for (const [streamId, stream] of this.streams) {
      if (streamId !== this.#ownStreamId && stream.lastHeardMs >= sinceMs) active.push(streamId);
    }
    return active;
  }

  subscribed(message: EdgeMessageOf<'subscribed'>): void {
    this.#skippedFrames += message.skippedFrames;
    if (message.skippedFrames > 0) for (const stream of this.streams.values()) stream.continuous = false;
  }

  /** Messages of a topic never came. */
  missed(messages: number): void {
    this.#missedMessages += messages;
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

  media(bytes: Uint8Array, path: Path): void {
    const frames = checkMedia(bytes);
    if (typeof frames === 'string') {
      this.#malformedMessages += 1;
      return;
    }
    const nowMs = this.#clock.now();
    this.#receivedBytes += bytes.length;
    const pathNowMs = path.estimate.now();
    const sentAtUs = messageSentAtUs(bytes);
    const sinceSentMs = ageOfUs(sentAtUs, pathNowMs);
    const sinceIngressMs = ageOfUs(messageIngressAtUs(bytes), pathNowMs);
    if (path === (this.measured ?? path)) this.#delay(sinceSentMs);
    path.acks.received(messageTopic(bytes), messageSequence(bytes));
    const heard = path === this.#heardOnPath ? this.#heardOn : undefined;
    for (let at = MESSAGE_HEADER_BYTES; at < bytes.length; at = frameEnd(bytes, at)) {
      const frame = readFrame(bytes, at);
      if (frame.streamId === this.#ownStreamId && !this.echo) continue;
      if (this.traced.chooses(frame)) this.traced.note(frame, sentAtUs, nowMs, pathNowMs - nowMs);
      const stream = this.#stream(frame.streamId);
      const ageMs = ageOfMs(frame.captureTimeMs, nowMs);
      if ((frame.flags & FLAG_PRE_ROLL) === 0) stream.hops.note(ageMs, sinceIngressMs, sinceSentMs);
      this.#order.take(stream, frame, ageMs, nowMs);
      heard?.(frame.streamId);
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
      gapMessages: this.#missedMessages,
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
    const reports = this.#gone;
    this.#gone = [];
    for (const [streamId, stream] of this.streams) {
      const report = this.#reportOf(streamId, stream);
      if (report !== undefined) reports.push(report);
    }
    return reports;
  }

  #reportOf(streamId: number, stream: IncomingStream): StreamReport | undefined {
    const before = this.#reported.get(stream) ?? { received: 0, lost: 0, late: 0, heardMs: 0 };
    const { receivedFrames: received, lateFrames: late, heardMs } = stream;
    // A late frame takes back the loss that it was counted as, perhaps after that was reported: then the next one is free.
    const lost = Math.max(stream.lostFrames, before.lost);
    if (received === before.received && lost === before.lost) return undefined;
    this.#reported.set(stream, { received, lost, late, heardMs });
    return {
      streamId,
      received: received - before.received,
      lost: lost - before.lost,
      late: late - before.late,
      jitterMs: Math.min(stream.jitterMs, 60_000),
      heardMs: Math.min(heardMs - before.heardMs, 600_000),
    };
  }

  #give(stream: IncomingStream, frame: Frame, ageMs: number, nowMs: number): void {
    const accepted = stream.accept(frame, ageMs, nowMs, !this.#order.overlapping);
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
      traced: this.traced.chooses(frame),
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
    this.#order.flush(streamId);
    const report = this.#reportOf(streamId, stream);
    if (report !== undefined && this.#gone.length < MAX_GONE) this.#gone.push(report);
    this.#forgottenLost += stream.lostFrames;
    this.#forgottenLate += stream.lateFrames;
    this.streams.delete(streamId);
  }
}
