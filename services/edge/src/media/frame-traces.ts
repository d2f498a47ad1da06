import {
  ageOfMs,
  ageOfUs,
  FLAG_PRE_ROLL,
  type FrameSpan,
  frameCaptureTimeMs,
  frameEnd,
  frameFlags,
  frameSequence,
  frameSpanId,
  frameStreamId,
  frameTraceId,
  isTraced,
  MESSAGE_HEADER_BYTES,
  messageSentAtUs,
  type TracedFrame,
} from '@partyline/protocol';
import { roomDigest, type SpanAttributes, type Tracing } from '@partyline/telemetry';
import { MAX_FOLLOWED_FRAMES, MAX_TRACED_LISTENERS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';

/** A followed frame that was not published within this time is held back, or nobody here listens. In ms. */
const PUBLISHED_WITHIN_MS = 1_000;
/** Clients' claims about times that lie further back, or ahead, are not believed. In ms. */
const MAX_CLAIM_AGE_MS = 30_000;
const MAX_CLAIM_AHEAD_MS = 2_000;
const MAX_PLAYOUT_MS = 10_000;

/** A followed frame that came to this edge and has not been published here yet. */
interface Followed {
  readonly room: string;
  readonly traceId: string;
  readonly attributes: SpanAttributes;
  /** Its first edge's source; this edge's own for those of its speakers. */
  readonly from: string;
  readonly capturedAtMs: number;
  /** When the speaker's client handed it to its socket, or when it reached its first edge. */
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
  /** Links to other edges that it was given to. */
  readonly links: number;
}

/**
 * Follows one frame in so many over this edge. Which ones, and the ids of their spans, every edge works out alike from
 * the frame, the room and the edges' boots, so nothing on the wire says so (decision 18). Only followed frames cost anything.
 */
export class FrameTraces {
  /** One frame in so many; 0: none, and then nothing else here may be called. */
  readonly every: number;
  /** Followed frames that wait to be published: while it is 0, publishing need not ask. */
  open = 0;
  readonly #source: string;
  readonly #tracing: Pick<Tracing, 'record' | 'counts'>;
  readonly #waiting = new Map<number, Followed>();
  /** Listeners who have told of a frame, for those that somebody told of lately. */
  readonly #listeners = new Map<string, number>();

  /** @param source the first 16 hexadecimal digits of this edge's boot */
  constructor(source: string, tracing: Pick<Tracing, 'frameEvery' | 'record' | 'counts'>) {
    this.every = tracing.frameEvery;
    this.#source = source;
    this.#tracing = tracing;
  }

  /** Speakers' frames as they came, before anything is written over them. */
  arrived(room: Room, bytes: Uint8Array, nowMs: number): void {
    for (let o = MESSAGE_HEADER_BYTES; o < bytes.length; o = frameEnd(bytes, o)) {
      if (!isTraced(frameStreamId(bytes, o), frameSequence(bytes, o), this.every)) continue;
      const sentAtMs = nowMs - ageOfUs(messageSentAtUs(bytes), nowMs);
      this.#follow(room.name, this.#source, bytes, o, sentAtMs, room.routes.all.length, nowMs);
    }
  }

  /** A run of frames from another edge. */
  received(
    room: string,
    source: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    for (let o = start; o < end; o = frameEnd(bytes, o)) {
      if (!isTraced(frameStreamId(bytes, o), frameSequence(bytes, o), this.every)) continue;
      this.#follow(room, source, bytes, o, ingressAtMs, 0, nowMs);
    }
  }

  /** A message that is published now. Call it only while something is `open`. */
  published(room: Room, message: Uint8Array, nowMs: number): void {
    for (let o = MESSAGE_HEADER_BYTES; o < message.length; o = frameEnd(message, o)) {
      const key = keyOf(frameStreamId(message, o), frameSequence(message, o));
      const followed = this.#waiting.get(key);
      if (followed === undefined || followed.room !== room.name) continue;
      this.#take(key);
      const preRoll = (frameFlags(message, o) & FLAG_PRE_ROLL) !== 0;
      this.#write(followed, nowMs, { 'partyline.listeners': room.listening, 'partyline.pre_roll': preRoll });
    }
  }

  /** What a listener's client says of followed frames. It is its word: checked against what can be known. */
  reported(room: Room, listener: Member, frames: readonly TracedFrame[], nowMs: number): void {
    if (this.every === 0) return;
    for (const frame of frames) {
      const { streamId, sequence, captureTimeMs, arrivedMs, playedMs } = frame;
      if (!isTraced(streamId, sequence, this.every) || !isNear(arrivedMs, nowMs)) continue;
      if (!room.members.has(streamId as never) && room.remote.find(streamId) === undefined) continue;
      const traceId = frameTraceId(room.name, streamId, sequence, captureTimeMs);
      if (!this.#mayTell(traceId)) {
        this.#tracing.counts.dropped += playedMs === undefined ? 1 : 2;
        continue;
      }
      const where = `${this.#source}/${listener.streamId}`;
      const edge = room.members.has(streamId as never) ? 'ingress' : 'egress';
      const attributes = { 'partyline.listener_stream_id': listener.streamId, 'partyline.source': 'client' };
      const sentAtMs = nowMs - ageOfUs(frame.sentAtUs, nowMs);
      const downlink = this.#record(traceId, 'downlink', where, sentAtMs, arrivedMs, attributes, {
        span: edge,
        where: this.#source,
      });
      if (playedMs === undefined || playedMs - arrivedMs > MAX_PLAYOUT_MS) continue;
      this.#record(traceId, 'playout', where, arrivedMs, playedMs, attributes, downlink);
    }
  }

  /** Lets go of what is not published here. Call it every TICK_MS. */
  tick(nowMs: number): void {
    if (this.open === 0) return;
    for (const [key, followed] of this.#waiting) {
      if (nowMs - followed.arrivedAtMs <= PUBLISHED_WITHIN_MS) break;
      this.#take(key);
      this.#write(followed, followed.arrivedAtMs, { 'partyline.listeners': 0 });
    }
  }

  #follow(
    room: string,
    from: string,
    bytes: Uint8Array,
    o: number,
    sentAtMs: number,
    links: number,
    nowMs: number,
  ): void {
    const streamId = frameStreamId(bytes, o);
    const sequence = frameSequence(bytes, o);
    const captureTimeMs = frameCaptureTimeMs(bytes, o);
    const key = keyOf(streamId, sequence);
    // It may come twice while its stream moves between two edges.
    if (this.#waiting.has(key)) return;
    if (this.#waiting.size >= MAX_FOLLOWED_FRAMES) {
      this.#tracing.counts.dropped += 1;
      return;
    }
    this.#waiting.set(key, {
      room,
      traceId: frameTraceId(room, streamId, sequence, captureTimeMs),
      attributes: {
        'partyline.room': roomDigest(room),
        'partyline.stream_id': streamId,
        'partyline.sequence': sequence,
      },
      from,
      capturedAtMs: nowMs - ageOfMs(captureTimeMs, nowMs),
      sentAtMs,
      arrivedAtMs: nowMs,
      links,
    });
    this.open += 1;
  }

  #take(key: number): void {
    this.#waiting.delete(key);
    this.open -= 1;
  }

  /** The spans of a frame on and before this edge. */
  #write(followed: Followed, publishedAtMs: number, outcome: SpanAttributes): void {
    const { traceId, from, capturedAtMs, sentAtMs, arrivedAtMs, links } = followed;
    const attributes = { ...followed.attributes, ...outcome };
    if (from !== this.#source) {
      const bus = this.#record(traceId, 'bus', this.#source, sentAtMs, arrivedAtMs, attributes, {
        span: 'ingress',
        where: from,
      });
      this.#record(traceId, 'egress', this.#source, arrivedAtMs, publishedAtMs, attributes, bus);
      return;
    }
    const frame = this.#record(traceId, 'frame', '', capturedAtMs, publishedAtMs, attributes);
    const claimed = { ...attributes, 'partyline.source': 'client' };
    this.#record(traceId, 'capture', '', capturedAtMs, sentAtMs, claimed, frame);
    this.#record(traceId, 'uplink', '', sentAtMs, arrivedAtMs, attributes, frame);
    const here = { ...attributes, 'partyline.links': links };
    this.#record(traceId, 'ingress', this.#source, arrivedAtMs, publishedAtMs, here, frame);
  }

  #record(
    traceId: string,
    span: FrameSpan,
    where: string,
    startMs: number,
    endMs: number,
    attributes: SpanAttributes,
    parent?: Place,
  ): Place {
    this.#tracing.record({
      name: NAMES[span],
      traceId,
      spanId: frameSpanId(traceId, span, where),
      ...(parent && { parentSpanId: frameSpanId(traceId, parent.span, parent.where) }),
      startMs,
      endMs,
      attributes,
    });
    return { span, where };
  }

  /** The first few listeners of a frame, or there would be as many spans as people in a large room. */
  #mayTell(traceId: string): boolean {
    const told = this.#listeners.get(traceId) ?? 0;
    if (told >= MAX_TRACED_LISTENERS) return false;
    if (told === 0 && this.#listeners.size >= MAX_FOLLOWED_FRAMES) {
      this.#listeners.delete(this.#listeners.keys().next().value!);
    }
    this.#listeners.set(traceId, told + 1);
    return true;
  }
}

interface Place {
  span: FrameSpan;
  where: string;
}

const NAMES: Readonly<Record<FrameSpan, string>> = {
  frame: 'frame',
  capture: 'capture',
  uplink: 'uplink',
  ingress: 'edge ingress',
  bus: 'bus',
  egress: 'edge egress',
  downlink: 'downlink',
  playout: 'playout',
};

const keyOf = (streamId: number, sequence: number): number => streamId * 0x1_0000 + sequence;

const isNear = (claimMs: number, nowMs: number): boolean =>
  claimMs > nowMs - MAX_CLAIM_AGE_MS && claimMs < nowMs + MAX_CLAIM_AHEAD_MS;
