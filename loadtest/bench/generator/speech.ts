import {
  CODEC_OPUS,
  FLAG_SPURT_END,
  FLAG_SPURT_START,
  FRAME_HEADER_BYTES,
  MESSAGE_HEADER_BYTES,
  wireMs,
  wireUs,
  writeFrame,
  writeMessageHeader,
} from '@partyline/protocol';
import { FRAME_BYTES, offeredFrames, type Shape } from '../comparison/shape.ts';
import type { Connection } from './connection.ts';
import { Latencies } from './latency.ts';
import type { Side } from './side.ts';
import { clientFrame, OPCODE_BINARY, SHORT_HEADER_BYTES } from './web-socket-frames.ts';

/** A frame that could not leave for this long never does, as no microphone catches up: an overload must not feed itself. */
const GIVE_UP_MS = 250;
/** So many seconds' worth of undelivered frames end the sending until some have arrived, or a server would drown. */
const MOST_BEHIND_SECONDS = 1;
/** How long a speaker that does not talk all the time talks at a stretch. */
const SPURT_MS = 1_000;

interface Speaker {
  connection: Connection;
  /** The uplink message in its WebSocket frame; copied for each sending. */
  bytes: Buffer;
  payload: Uint8Array;
  sequence: number;
  messages: number;
  talking: boolean;
  /** Start of its spurts within the period, ms. */
  spurtAtMs: number;
  /** Where its level wanders, −dBov. */
  level: number;
}

/** All speakers of a shape: one frame each per interval, evenly out of phase, with levels that wander as a voice does. */
export class Speech {
  readonly #shape: Shape;
  readonly #speakers: Speaker[];
  readonly #side: Side;
  readonly #mostBehind: number;
  /** How much later than planned frames left, ms: what a busy generator looks like. */
  readonly lateness = new Latencies();
  /** Frames that were not sent because of an overload: a run with any is invalid. */
  skipped = 0;
  /** Frames sent, and the useful deliveries they ask for. */
  sent = 0;
  expected = 0;
  #startedAt = 0;
  /** Frames delivered minus those expected when the talking began. */
  #deliveredOffset = 0;
  /** Turns of all speakers so far: speaker `#turn % speakers` in interval `#turn / speakers` is next. */
  #turn = 0;
  #active = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(side: Side, connections: readonly Connection[]) {
    const { shape } = side;
    this.#shape = shape;
    this.#side = side;
    this.#mostBehind = offeredFrames(shape) * MOST_BEHIND_SECONDS;
    const random = mulberry32(20_261_123);
    this.#speakers = connections.map((connection) => ({
      connection,
      bytes: clientFrame(OPCODE_BINARY, new Uint8Array(MESSAGE_HEADER_BYTES + FRAME_BYTES)),
      payload: Uint8Array.from({ length: FRAME_BYTES - FRAME_HEADER_BYTES }, () => random() * 256),
      sequence: Math.floor(random() * 0x1_0000),
      messages: 0,
      talking: false,
      spurtAtMs: (random() * SPURT_MS) / shape.talkShare,
      level: 20 + random() * 15,
    }));
    // Neighbours in time are not neighbours in a room.
    for (let i = this.#speakers.length - 1; i > 0; i -= 1) {
      const j = Math.floor(random() * (i + 1));
      [this.#speakers[i], this.#speakers[j]] = [this.#speakers[j]!, this.#speakers[i]!];
    }
    this.#random = random;
  }
  readonly #random: () => number;

  start(): void {
    this.#startedAt = performance.now();
    this.#deliveredOffset = this.#side.tally.frames - this.expected;
    this.#turn = 0;
    this.#active = true;
    this.#tick();
  }

  stop(): void {
    this.#active = false;
    clearTimeout(this.#timer);
    for (const speaker of this.#speakers) speaker.talking = false;
  }

  /** Sends what is due. Also called between reads, as a timer waits until all readable sockets were served. */
  sendDue(nowMs: number): void {
    if (!this.#active) return;
    for (let due = this.#dueAt(); due <= nowMs; due = this.#dueAt()) {
      const speaker = this.#speakers[this.#turn % this.#speakers.length]!;
      this.#turn += 1;
      this.#take(speaker, due, nowMs);
    }
  }

  #dueAt(): number {
    return this.#startedAt + (this.#turn * this.#shape.intervalMs) / this.#speakers.length;
  }

  #tick(): void {
    if (!this.#active) return;
    const now = performance.now();
    this.sendDue(now);
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#dueAt() - now));
  }

  #take(speaker: Speaker, dueMs: number, nowMs: number): void {
    const { talkShare } = this.#shape;
    let flags = 0;
    if (talkShare < 1) {
      const period = SPURT_MS / talkShare;
      const into = (dueMs - this.#startedAt + period - speaker.spurtAtMs) % period;
      if (into >= SPURT_MS) {
        speaker.talking = false;
        return;
      }
      if (into + this.#shape.intervalMs >= SPURT_MS) flags |= FLAG_SPURT_END;
    }
    const behind = this.expected - (this.#side.tally.frames - this.#deliveredOffset);
    if (nowMs - dueMs > GIVE_UP_MS || behind > this.#mostBehind) {
      this.skipped += 1;
      return;
    }
    if (!speaker.talking) flags |= FLAG_SPURT_START;
    speaker.talking = true;
    this.#send(speaker, flags, dueMs);
  }

  #send(speaker: Speaker, flags: number, dueMs: number): void {
    const { streamId } = speaker.connection.place;
    // Syllables: up and down by some decibels around a level that drifts, always well above silence.
    speaker.level = Math.min(38, Math.max(18, speaker.level + (this.#random() - 0.5) * 3));
    const nowMs = performance.now();
    const epochMs = performance.timeOrigin + nowMs;
    const bytes = Buffer.from(speaker.bytes);
    writeMessageHeader(bytes, SHORT_HEADER_BYTES, 0, speaker.messages, 0, wireUs(epochMs));
    writeFrame(bytes, SHORT_HEADER_BYTES + MESSAGE_HEADER_BYTES, {
      flags,
      codec: CODEC_OPUS,
      level: Math.round(speaker.level),
      active: true,
      durationMs: 20,
      sequence: speaker.sequence,
      streamId,
      captureTimeMs: wireMs(epochMs),
      payload: speaker.payload,
    });
    this.#side.sendTimes.note(streamId, speaker.sequence, nowMs);
    speaker.connection.write(bytes);
    speaker.sequence = (speaker.sequence + 1) & 0xffff;
    speaker.messages += 1;
    this.sent += 1;
    this.expected += this.#shape.publishers + this.#shape.listeners - 1;
    this.lateness.record(nowMs - dueMs);
  }
}

/** A small seeded generator of numbers in [0, 1), so that every run offers the same load. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};
