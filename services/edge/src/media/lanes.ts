import {
  FLAG_PRE_ROLL,
  frameEnd,
  frameFlags,
  frameStreamId,
  MAX_MEDIA_MESSAGE_BYTES,
  MAX_SUBSCRIPTIONS,
  MESSAGE_HEADER_BYTES,
  wireUs,
  writeMessageHeader,
} from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { MAX_REFUSED_STREAMS, MAX_ROOM_SUBSCRIPTIONS } from '../limits.ts';
import type { Room } from '../rooms/room.ts';
import type { ListenerFlow, Session } from '../sessions/session.ts';
import { Topic, type TopicIds } from './topic.ts';

export type StreamMode = 'always' | 'never';
export type SubscribeResult = 'ok' | 'listener_limit' | 'room_limit';

/** What a listener wants otherwise than the room; with anything in it, its media goes its own way. */
export class Lane {
  readonly modes = new Map<number, StreamMode>();
  echo = false;
  /** Undefined while the room's topic serves. */
  topic: Topic | undefined;

  get needed(): boolean {
    return this.echo || this.modes.size > 0;
  }

  count(mode: StreamMode): number {
    let count = 0;
    for (const other of this.modes.values()) if (other === mode) count += 1;
    return count;
  }
}

/** Sends each listener who has a lane what it wants: selected frames but the refused, and the wanted ones always. */
export class Lanes {
  readonly #counters: EdgeCounters;
  readonly #scratch = new Uint8Array(MAX_MEDIA_MESSAGE_BYTES);

  readonly #topicIds: TopicIds;

  constructor(counters: EdgeCounters, topicIds: TopicIds) {
    this.#counters = counters;
    this.#topicIds = topicIds;
  }

  /** The lane's topic, from its first use to the listener's end; undefined when topic ids have run out. */
  topicOf(lane: Lane, nowMs: number): Topic | undefined {
    if (lane.topic === undefined) {
      const id = this.#topicIds.take(nowMs);
      if (id !== undefined) lane.topic = new Topic(id);
    }
    return lane.topic;
  }

  /** Changes one stream's mode for one listener, within the limits. */
  setMode(room: Room, session: Session, streamId: number, mode: StreamMode | 'auto'): SubscribeResult {
    session.lane ??= new Lane();
    const { modes } = session.lane;
    const before = modes.get(streamId);
    if (before === mode) return 'ok';
    if (mode === 'always') {
      if (session.lane.count('always') >= MAX_SUBSCRIPTIONS) return 'listener_limit';
      if (!room.wanted.has(streamId) && room.wanted.size >= MAX_ROOM_SUBSCRIPTIONS) return 'room_limit';
    }
    if (mode === 'never' && session.lane.count('never') >= MAX_REFUSED_STREAMS) return 'listener_limit';
    if (before === 'always') unwant(room, streamId);
    if (mode === 'auto') modes.delete(streamId);
    else modes.set(streamId, mode);
    if (mode === 'always') {
      room.wanted.set(streamId, (room.wanted.get(streamId) ?? 0) + 1);
      room.peering?.interest();
    }
    return 'ok';
  }

  /** The listener has gone: nothing is wanted by it any more. */
  forget(room: Room, session: Session, nowMs: number): void {
    const { lane } = session;
    if (lane === undefined) return;
    for (const [streamId, mode] of lane.modes) if (mode === 'always') unwant(room, streamId);
    if (lane.topic !== undefined) this.#topicIds.giveBack(lane.topic.id, nowMs);
    session.lane = undefined;
  }

  /** Passes on a message of the room. */
  deliver(room: Room, message: Uint8Array, ingressUs: number, nowMs: number): void {
    // Backwards, because whoever is closed by a failed send leaves the list.
    for (let i = room.lanes.length - 1; i >= 0; i--) {
      const session = room.lanes[i]!;
      const { flow, lane } = session;
      if (flow === undefined || lane === undefined) continue;
      let length = MESSAGE_HEADER_BYTES;
      let frames = 0;
      for (let o = MESSAGE_HEADER_BYTES; o < message.length; ) {
        const end = frameEnd(message, o);
        if (wants(session, lane, frameStreamId(message, o), frameFlags(message, o))) {
          length = this.#copy(message, o, end, length);
          frames += 1;
        }
        o = end;
      }
      if (frames > 0) this.#send(session, flow, length, frames, ingressUs, nowMs);
    }
  }

  /** Passes on a frame that the room does not hear, to those who always want its stream. */
  deliverHeld(
    room: Room,
    bytes: Uint8Array,
    start: number,
    end: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    const streamId = frameStreamId(bytes, start);
    for (let i = room.lanes.length - 1; i >= 0; i--) {
      const session = room.lanes[i]!;
      const { flow, lane } = session;
      if (flow === undefined || lane === undefined) continue;
      const own = session.member?.streamId === streamId;
      if (own ? !lane.echo : lane.modes.get(streamId) !== 'always') continue;
      const length = this.#copy(bytes, start, end, MESSAGE_HEADER_BYTES);
      this.#send(session, flow, length, 1, wireUs(ingressAtMs), nowMs);
    }
  }

  #copy(from: Uint8Array, start: number, end: number, to: number): number {
    const scratch = this.#scratch;
    let at = to;
    for (let o = start; o < end; o++, at++) scratch[at] = from[o]!;
    return at;
  }

  #send(
    session: Session,
    flow: ListenerFlow,
    length: number,
    frames: number,
    ingressUs: number,
    nowMs: number,
  ): void {
    const counters = this.#counters;
    const { topic } = flow;
    counters.offeredFrames += frames;
    if (flow.paused) {
      topic.skip(frames);
      return;
    }
    const sequence = (topic.sequence + 1) >>> 0;
    writeMessageHeader(this.#scratch, 0, topic.id, sequence, ingressUs, wireUs(nowMs));
    if (session.connection.sendBinary(this.#scratch.subarray(0, length))) {
      topic.advance(frames, nowMs);
      counters.egressFrames += frames;
      counters.egressBytes += length;
    } else {
      // Not numbered, as it was not sent; the session is closed soon.
      session.overflowed = true;
      counters.backpressureFrames += frames;
    }
  }
}

const wants = (session: Session, lane: Lane, streamId: number, flags: number): boolean => {
  // What a listener always gets it has had already when it comes again as pre-roll.
  if (session.member?.streamId === streamId) return lane.echo && (flags & FLAG_PRE_ROLL) === 0;
  const mode = lane.modes.get(streamId);
  if (mode === undefined) return true;
  return mode === 'always' && (flags & FLAG_PRE_ROLL) === 0;
};

const unwant = (room: Room, streamId: number): void => {
  room.peering?.interest();
  const count = (room.wanted.get(streamId) ?? 0) - 1;
  if (count > 0) room.wanted.set(streamId, count);
  else room.wanted.delete(streamId);
};
