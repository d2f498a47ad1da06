import {
  ageOfMs,
  ageOfUs,
  checkMedia,
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
import type { Path } from './path.ts';
import { Reordering } from './reordering.ts';
import type { ReceivedFrame } from './room-types.ts';
import type { DownlinkStats } from './stats.ts';

/** What the downlink needs from the room around it. */
export interface DownlinkHandlers {
  /** Called for frames in order; absent listeners save the copy of the payload. */
  frame(frame: ReceivedFrame): void;
  identityOf(streamId: number): string;
}

/** Streams kept at most; the one not heard for the longest goes first. */
const MAX_STREAMS = 128;

/** Takes media apart, whichever path it came by, and keeps each speaker's books. */
export class Downlink {
  /** Own frames are given on: the line test is running. */
  echo = false;
  readonly streams = new Map<number, IncomingStream>();
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
    this.#order = new Reordering(
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
    this.#delay(ageOfUs(messageSentAtUs(bytes), path.estimate.now()));
    path.acks.received(messageTopic(bytes), messageSequence(bytes));
    const heard = path === this.#heardOnPath ? this.#heardOn : undefined;
    for (let at = MESSAGE_HEADER_BYTES; at < bytes.length; at = frameEnd(bytes, at)) {
      const frame = readFrame(bytes, at);
      if (frame.streamId === this.#ownStreamId && !this.echo) continue;
      this.#order.take(this.#stream(frame.streamId), frame, ageOfMs(frame.captureTimeMs, nowMs), nowMs);
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
    this.#forgottenLost += stream.lostFrames;
    this.#forgottenLate += stream.lateFrames;
    this.streams.delete(streamId);
  }
}
