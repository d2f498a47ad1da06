import {
  ageOfMs,
  ageOfUs,
  checkMedia,
  distance32,
  FLAG_PRE_ROLL,
  FLAG_SELECTION_END,
  FLAG_SELECTION_START,
  frameActive,
  frameCaptureTimeMs,
  frameDurationMs,
  frameEnd,
  frameLevel,
  framePayloadLength,
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
import { FORWARD_LAST, HOLD, PROMOTE } from '../rooms/selector.ts';
import type { Session } from '../sessions/session.ts';
import type { FanOut } from './fan-out.ts';
import type { Lanes } from './lanes.ts';

/** One latency in so many is measured. */
const SAMPLE_MASK = 7;
/** What a client's clock is believed to be wrong by at most, in ms. */
const MAX_CLAIMED_MS = 2_000;
/** How fast the best age of a stream's frames is forgotten, as clocks drift: ms of age per ms of voice. */
const DRIFT = 0.0005;

export interface MediaIngressServices {
  counters: EdgeCounters;
  fanOut: FanOut;
  lanes: Lanes;
  uplinkLatency: FieldHistogram;
  captureLatency: FieldHistogram;
}

/** Takes media messages of speakers: checks them, lets the room's selector choose, hands them to the fan-out. */
export class MediaIngress {
  readonly #counters: EdgeCounters;
  readonly #fanOut: FanOut;
  readonly #lanes: Lanes;
  readonly #uplinkLatency: FieldHistogram;
  readonly #captureLatency: FieldHistogram;

  constructor(services: MediaIngressServices) {
    this.#counters = services.counters;
    this.#fanOut = services.fanOut;
    this.#lanes = services.lanes;
    this.#uplinkLatency = services.uplinkLatency;
    this.#captureLatency = services.captureLatency;
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
    if (!mayBeHeard(session, member, frames, counters)) return;
    if ((counters.uplinkMessages & SAMPLE_MASK) === 0) this.#measure(bytes, nowMs);

    const own = member.streamId;
    const { speaker } = member;
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
        speaker.preRoll.keep(bytes, o, end, nowMs);
        setMutableFlags(bytes, o, 0);
        if (room.lanes.length > 0) this.#lanes.deliverHeld(room, bytes, o, end, nowMs);
      } else if (heard) {
        let flags = decision === FORWARD_LAST ? FLAG_SELECTION_END : 0;
        if (decision === PROMOTE && !this.#flushPreRoll(room, member, nowMs)) flags = FLAG_SELECTION_START;
        if (inPlace && room.pending.frames === 0) {
          setMutableFlags(bytes, o, flags);
          this.#fanOut.publish(room, bytes, 1, nowMs);
        } else {
          this.#fanOut.append(room, bytes, o, end, flags, nowMs);
        }
      }
      o = end;
    }
    this.#fanOut.commit(room, nowMs);
  }

  /** True if there was something: its first frame carries the flag "selection starts". */
  #flushPreRoll(room: Room, member: Member, nowMs: number): boolean {
    const { preRoll } = member.speaker;
    const kept = preRoll.fresh(nowMs);
    for (let i = 0; i < kept; i++) {
      const flags = i === 0 ? FLAG_PRE_ROLL | FLAG_SELECTION_START : FLAG_PRE_ROLL;
      this.#fanOut.append(room, preRoll.at(i), 0, preRoll.lengthAt(i), flags, nowMs);
    }
    this.#counters.preRollFrames += kept;
    preRoll.clear();
    return kept > 0;
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

  #measure(bytes: Uint8Array, nowMs: number): void {
    const uplinkMs = ageOfUs(messageSentAtUs(bytes), nowMs);
    const captureMs = ageOfMs(frameCaptureTimeMs(bytes, MESSAGE_HEADER_BYTES), nowMs) - uplinkMs;
    this.#uplinkLatency.observe(Math.min(uplinkMs, MAX_CLAIMED_MS) / 1000);
    this.#captureLatency.observe(Math.min(captureMs, MAX_CLAIMED_MS) / 1000);
  }
}

/** Whether this participant may be heard; what may not is counted, and the lack of a grant told once. */
const mayBeHeard = (session: Session, member: Member, frames: number, counters: EdgeCounters): boolean => {
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
