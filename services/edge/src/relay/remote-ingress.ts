import type { BundleSource, FrameSink, OutgoingLink } from '@partyline/bus';
import {
  FLAG_PRE_ROLL,
  FLAG_SELECTION_END,
  FLAG_SELECTION_START,
  frameActive,
  frameEnd,
  frameFlags,
  frameLevel,
  framePayloadLength,
  frameSequence,
  frameStreamId,
  MUTABLE_FLAGS,
  type RoomId,
  type StreamId,
} from '@partyline/protocol';
import type { RelayCounters } from '../counters.ts';
import type { FanOut } from '../media/fan-out.ts';
import type { FrameTraces } from '../media/frame-traces.ts';
import type { SpeakerGate } from '../media/speaker-gate.ts';
import type { Room } from '../rooms/room.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { FORWARD_LAST, HOLD, PROMOTE } from '../rooms/selector.ts';
import type { Origins } from './origins.ts';
import { type RemoteStream, speaksElsewhere } from './remote-streams.ts';

/** What came by the bus is never published again (design invariant 3). */
const NOWHERE: readonly OutgoingLink[] = [];

export interface RemoteIngressServices {
  counters: RelayCounters;
  rooms: Rooms;
  fanOut: FanOut;
  gate: SpeakerGate;
  origins: Origins;
  traces: FrameTraces;
}

/** Takes frames that came from other edges: each once, past the room's selector, to the listeners here. */
export class RemoteIngress implements FrameSink {
  readonly #counters: RelayCounters;
  readonly #rooms: Rooms;
  readonly #fanOut: FanOut;
  readonly #gate: SpeakerGate;
  readonly #origins: Origins;
  readonly #traces: FrameTraces;
  readonly #traceEvery: number;
  /** Rooms that got something since the last `commit`. */
  readonly #touched: Room[] = [];

  constructor(services: RemoteIngressServices) {
    this.#counters = services.counters;
    this.#rooms = services.rooms;
    this.#fanOut = services.fanOut;
    this.#gate = services.gate;
    this.#origins = services.origins;
    this.#traces = services.traces;
    this.#traceEvery = services.traces.every;
  }

  /** A run of one room's frames, checked already; their mutable flags may be changed in place. */
  frames(
    name: string,
    source: BundleSource,
    bytes: Uint8Array,
    start: number,
    end: number,
    frames: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    this.#counters.receivedFrames += frames;
    this.#origins.count(source.source, frames, ingressAtMs, nowMs);
    const room = this.#rooms.all.get(name as RoomId);
    if (room === undefined) {
      this.#counters.unknownRoomFrames += frames;
      return;
    }
    if (this.#traceEvery !== 0) {
      this.#traces.received(name, source.source, bytes, start, end, ingressAtMs, nowMs);
    }
    if (!this.#touched.includes(room)) this.#touched.push(room);
    for (let o = start; o < end; ) {
      const next = frameEnd(bytes, o);
      this.#frame(room, bytes, o, next, ingressAtMs, nowMs);
      o = next;
    }
  }

  /** Lets go what has come, one message a room where that is possible. Call it after each arrival. */
  commit(nowMs: number): void {
    for (let i = 0; i < this.#touched.length; i++) this.#fanOut.commit(this.#touched[i]!, nowMs);
    this.#touched.length = 0;
  }

  #frame(
    room: Room,
    bytes: Uint8Array,
    start: number,
    end: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    const counters = this.#counters;
    const streamId = frameStreamId(bytes, start);
    const sequence = frameSequence(bytes, start);
    const member = room.members.get(streamId as StreamId);
    let stream = room.remote.find(streamId);
    if (member !== undefined && !speaksElsewhere(member, stream, sequence, nowMs)) {
      counters.ownStreamFrames += 1;
      return;
    }
    if (stream === undefined) {
      stream = room.remote.open(streamId, member, room.selectionOf(streamId) ?? 'auto', nowMs);
      if (stream === undefined) {
        counters.tooManyStreamsFrames += 1;
        return;
      }
    }
    if (!stream.window.take(sequence, nowMs)) {
      counters.duplicateFrames += 1;
      return;
    }
    stream.heardAtMs = nowMs;
    this.#select(room, stream, bytes, start, end, ingressAtMs, nowMs);
  }

  /** The selector of this edge has its own word: it knows speakers here that the sender has not heard of yet. */
  #select(
    room: Room,
    stream: RemoteStream,
    bytes: Uint8Array,
    start: number,
    end: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    const { speaker } = stream;
    const flags = frameFlags(bytes, start) & MUTABLE_FLAGS;
    if ((flags & (FLAG_PRE_ROLL | FLAG_SELECTION_END)) !== 0) {
      // What only goes before or after tells nothing about who is heard now.
      if (speaker.standing === 'out') this.#hold(room, stream, bytes, start, end, ingressAtMs, nowMs);
      else this.#pass(room, bytes, start, end, flags, ingressAtMs, nowMs);
      if ((flags & FLAG_SELECTION_END) !== 0) room.selector.remove(speaker);
      return;
    }
    const decision = room.selector.decide(
      speaker,
      frameLevel(bytes, start),
      frameActive(bytes, start),
      framePayloadLength(bytes, start),
      nowMs,
    );
    if (decision === HOLD) {
      this.#hold(room, stream, bytes, start, end, ingressAtMs, nowMs);
      return;
    }
    let own = flags;
    if (decision === FORWARD_LAST) own |= FLAG_SELECTION_END;
    else if (decision === PROMOTE && !this.#flushPreRoll(room, stream, ingressAtMs, nowMs)) {
      own |= FLAG_SELECTION_START;
    }
    this.#pass(room, bytes, start, end, own, ingressAtMs, nowMs);
  }

  #hold(
    room: Room,
    stream: RemoteStream,
    bytes: Uint8Array,
    start: number,
    end: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    this.#counters.heldFrames += 1;
    this.#gate.hold(room, stream.speaker, bytes, start, end, ingressAtMs, nowMs);
  }

  #pass(
    room: Room,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    ingressAtMs: number,
    nowMs: number,
  ): void {
    if (room.listening === 0 && room.lanes.length === 0) {
      this.#counters.unheardFrames += 1;
      return;
    }
    this.#counters.selectedFrames += 1;
    this.#fanOut.append(room, bytes, start, end, flags, ingressAtMs, nowMs, true);
  }

  #flushPreRoll(room: Room, stream: RemoteStream, ingressAtMs: number, nowMs: number): boolean {
    const heard = room.listening > 0 || room.lanes.length > 0;
    const frames = this.#gate.flushPreRoll(room, stream.speaker, heard, NOWHERE, ingressAtMs, nowMs, true);
    if (heard) this.#counters.preRollFrames += frames;
    return frames > 0;
  }
}
