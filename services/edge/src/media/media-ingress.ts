import type { OutgoingLink } from '@partyline/bus';
import {
  ageOfMs,
  ageOfUs,
  asksReceipt,
  checkMedia,
  distance32,
  FLAG_SELECTION_END,
  FLAG_SELECTION_START,
  frameActive,
  frameCaptureTimeMs,
  frameDurationMs,
  frameEnd,
  frameLevel,
  framePayloadLength,
  frameSequence,
  frameStreamId,
  MESSAGE_HEADER_BYTES,
  messageSentAtUs,
  messageSequence,
  setMutableFlags,
} from '@partyline/protocol';
import type { FieldHistogram } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';
import { LATE_FRAME_MS, LATE_RESET_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import { FORWARD_LAST, HOLD, PROMOTE, type Speaker } from '../rooms/selector.ts';
import type { Session } from '../sessions/session.ts';
import type { FanOut } from './fan-out.ts';
import type { FrameTraces } from './frame-traces.ts';
import type { SpeakerGate } from './speaker-gate.ts';

/** What a client's clock is believed to be wrong by at most, in ms. */
const MAX_CLAIMED_MS = 2_000;
const NOWHERE: readonly OutgoingLink[] = [];
/** How fast the best age of a stream's frames is forgotten, as clocks drift: ms of age per ms of voice. */
const DRIFT = 0.0005;

export interface MediaIngressServices {
  counters: EdgeCounters;
  fanOut: FanOut;
  gate: SpeakerGate;
  uplinkLatency: FieldHistogram;
  captureLatency: FieldHistogram;
  traces: FrameTraces;
}

/** Takes media messages of speakers: checks them, lets the room's selector choose, hands them to the fan-out. */
export class MediaIngress {
  readonly #counters: EdgeCounters;
  readonly #fanOut: FanOut;
  readonly #gate: SpeakerGate;
  readonly #uplinkLatency: FieldHistogram;
  readonly #captureLatency: FieldHistogram;
  readonly #traces: FrameTraces;
  readonly #traceEvery: number;

  constructor(services: MediaIngressServices) {
    this.#counters = services.counters;
    this.#fanOut = services.fanOut;
    this.#gate = services.gate;
    this.#uplinkLatency = services.uplinkLatency;
    this.#captureLatency = services.captureLatency;
    this.#traces = services.traces;
    this.#traceEvery = services.traces.every;
  }

  /** @param bytes the whole message; its header may be overwritten */
  receive(session: Session, member: Member, room: Room, bytes: Uint8Array, nowMs: number): void {
    const counters = this.#counters;
    counters.uplinkMessages += 1;
    counters.uplinkBytes += bytes.length;
    if (!session.bytes.take(bytes.length, nowMs)) {
      counters.rateFrames += 1;
      session.overRate(nowMs);
      return;
    }
    const frames = checkMedia(bytes);
    if (typeof frames === 'string') {
      counters.mediaFaults[frames] += 1;
      if (!session.frames!.take(1, nowMs)) session.overRate(nowMs);
      return;
    }
    this.#countGap(session, bytes);
    if (!session.frames!.take(frames, nowMs)) {
      counters.rateFrames += frames;
      session.overRate(nowMs);
      return;
    }
    counters.uplinkFrames += frames;
    if (asksReceipt(bytes)) session.confirm(messageSequence(bytes));
    if (!mayBeHeard(session, member, frames, counters)) return;
    this.#measure(bytes, frames, nowMs);
    if (this.#traceEvery !== 0) this.#traces.arrived(room, bytes, nowMs);

    this.#select(session, member, room, bytes, frames, nowMs);
  }

  #select(
    session: Session,
    member: Member,
    room: Room,
    bytes: Uint8Array,
    frames: number,
    nowMs: number,
  ): void {
    const counters = this.#counters;
    const own = member.streamId;
    const { speaker } = member;
    const { routes } = room;
    const wanted = routes.wanted.size > 0 ? (routes.wanted.get(own) ?? NOWHERE) : NOWHERE;
    const links = routes.all.length > 0 ? routes.all : wanted;
    const heard = room.lanes.length > 0 || room.listening > (session.flow?.shared ? 1 : 0);
    const inPlace = frames === 1 && room.pending.frames === 0 && this.#fanOut.waitMs(room) === 0;
    let o = MESSAGE_HEADER_BYTES;
    for (let i = 0; i < frames; i++) {
      const end = frameEnd(bytes, o);
      if (frameStreamId(bytes, o) !== own) {
        counters.protocolErrors.foreign_stream += 1;
        session.close('protocolError', 'foreign_stream', `Send frames of your own stream, ${own}, only.`);
        return;
      }
      if (isLate(session, frameCaptureTimeMs(bytes, o), frameDurationMs(bytes, o), nowMs)) {
        counters.lateFrames += 1;
        o = end;
        continue;
      }
      const sequence = frameSequence(bytes, o);
      if (session.firstSequence < 0) session.firstSequence = sequence;
      session.lastSequence = sequence;
      const payload = framePayloadLength(bytes, o);
      const decision = room.selector.decide(
        speaker,
        frameLevel(bytes, o),
        frameActive(bytes, o),
        payload,
        nowMs,
      );
      if (decision === HOLD) {
        counters.heldFrames += 1;
        this.#gate.hold(room, speaker, bytes, o, end, nowMs, nowMs);
        if (wanted.length > 0) this.#relay(wanted, room, bytes, o, end, 0, nowMs);
      } else if (heard || links.length > 0) {
        let flags = decision === FORWARD_LAST ? FLAG_SELECTION_END : 0;
        if (decision === PROMOTE && !this.#flushPreRoll(room, speaker, heard, links, nowMs)) {
          flags = FLAG_SELECTION_START;
        }
        if (links.length > 0) this.#relay(links, room, bytes, o, end, flags, nowMs);
        if (!heard) {
          counters.elsewhereFrames += 1;
        } else {
          counters.selectedFrames += 1;
          if (inPlace && room.pending.frames === 0) {
            setMutableFlags(bytes, o, flags);
            this.#fanOut.publish(room, bytes, nowMs);
          } else {
            this.#fanOut.append(room, bytes, o, end, flags, nowMs, nowMs, false);
          }
        }
      } else {
        counters.unheardFrames += 1;
      }
      o = end;
    }
    this.#fanOut.commit(room, nowMs);
    for (let i = 0; i < links.length; i++) links[i]!.commit(nowMs);
    if (wanted !== links) for (let i = 0; i < wanted.length; i++) wanted[i]!.commit(nowMs);
  }

  /** To other edges. */
  #relay(
    links: readonly OutgoingLink[],
    room: Room,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    nowMs: number,
  ): void {
    const { name } = room.routes;
    for (let i = 0; i < links.length; i++) links[i]!.append(name, bytes, start, end, flags, nowMs);
    this.#counters.relay.sentFrames += links.length;
  }

  /** True if there was something: its first frame carries the flag "selection starts". */
  #flushPreRoll(
    room: Room,
    speaker: Speaker,
    heard: boolean,
    links: readonly OutgoingLink[],
    nowMs: number,
  ): boolean {
    const frames = this.#gate.flushPreRoll(room, speaker, heard, links, nowMs, nowMs, false);
    if (heard) this.#counters.preRollFrames += frames;
    this.#counters.relay.sentFrames += frames * links.length;
    return frames > 0;
  }

  #countGap(session: Session, bytes: Uint8Array): void {
    const sequence = messageSequence(bytes);
    if (session.uplinkSequence >= 0) {
      const step = distance32(session.uplinkSequence, sequence);
      // A step back, or a leap that no network makes, is a client that numbers anew and no loss.
      if (step > 1 && step < 10_000) this.#counters.uplinkGaps += step - 1;
    }
    session.uplinkSequence = sequence;
  }

  /** Every frame, for 30 ns of the microseconds that it costs: one in so many might always be the same speaker's. */
  #measure(bytes: Uint8Array, frames: number, nowMs: number): void {
    const uplinkMs = ageOfUs(messageSentAtUs(bytes), nowMs);
    this.#uplinkLatency.observe(Math.min(uplinkMs, MAX_CLAIMED_MS) / 1000, frames);
    for (let i = 0, o = MESSAGE_HEADER_BYTES; i < frames; i++, o = frameEnd(bytes, o)) {
      const captureMs = ageOfMs(frameCaptureTimeMs(bytes, o), nowMs) - uplinkMs;
      this.#captureLatency.observe(Math.min(captureMs, MAX_CLAIMED_MS) / 1000);
    }
  }
}

/** Whether this participant may be heard; what may not is counted, and the lack of a grant told once. */
const mayBeHeard = (session: Session, member: Member, frames: number, counters: EdgeCounters): boolean => {
  if (session.handedOver) {
    counters.handedOverFrames += frames;
    return false;
  }
  if (member.shadow) {
    counters.shadowFrames += frames;
    return false;
  }
  if (!member.grants.publish) {
    counters.grantFrames += frames;
    if (!session.toldNoGrant) {
      session.toldNoGrant = true;
      session.complain('no_publish_grant', 'Your token has no publish grant: nobody hears what you send.');
    }
    return false;
  }
  if (member.moderated) {
    counters.moderatedFrames += frames;
    return false;
  }
  if (member.muted) {
    counters.mutedFrames += frames;
    return false;
  }
  return true;
};

/**
 * Whether a frame is stale. Compared with the best of its own stream, as a client's clock may be off by any
 * amount; a stall of the network shows all the same.
 */
const isLate = (session: Session, captureTimeMs: number, durationMs: number, nowMs: number): boolean => {
  const ageMs = ageOfMs(captureTimeMs, nowMs);
  if (ageMs <= session.bestAgeMs) {
    session.bestAgeMs = ageMs;
    session.lateSinceMs = 0;
    return false;
  }
  session.bestAgeMs += durationMs * DRIFT;
  if (ageMs - session.bestAgeMs <= LATE_FRAME_MS) {
    session.lateSinceMs = 0;
    return false;
  }
  if (session.lateSinceMs === 0) session.lateSinceMs = nowMs;
  else if (nowMs - session.lateSinceMs > LATE_RESET_MS) {
    session.bestAgeMs = ageMs;
    session.lateSinceMs = 0;
    return false;
  }
  return true;
};
