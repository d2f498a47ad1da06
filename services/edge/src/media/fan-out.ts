import { wireUs, writeMessageHeader } from '@partyline/protocol';
import type { Clock } from '@partyline/runtime';
import type { FieldHistogram } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';
import type { Room } from '../rooms/room.ts';
import type { Publisher } from '../transport/connection.ts';
import type { FrameTraces } from './frame-traces.ts';
import type { Lanes } from './lanes.ts';
import type { PendingMessage } from './pending-message.ts';

/** Shorter waits than this gain nothing, in ms. */
const LEAST_WAIT_MS = 2;

export interface FanOutOptions {
  coalesceMaxMs: number;
  stageCoalesceMaxMs: number;
  stageListeners: number;
}

export interface FanOutServices {
  clock: Clock;
  counters: EdgeCounters;
  publisher: Publisher;
  lanes: Lanes;
  /** From arrival to here, of each frame: of speakers on this edge, and of those on others. */
  latency: { ingress: FieldHistogram; egress: FieldHistogram };
  traces: FrameTraces;
}

/**
 * Sends frames to everybody in a room: encoded once, one native publish. An idle edge sends each frame at once.
 * A loaded one lets the frames of a room wait for each other for some ms, for a message costs per listener
 * nearly the same whether it holds one frame or five.
 */
export class FanOut {
  readonly #options: FanOutOptions;
  readonly #clock: Clock;
  readonly #counters: EdgeCounters;
  readonly #publisher: Publisher;
  readonly #lanes: Lanes;
  readonly #ingressLatency: FieldHistogram;
  readonly #egressLatency: FieldHistogram;
  readonly #traces: FrameTraces;
  /** Frames that wait for others now, in all rooms. */
  pendingFrames = 0;
  #waitMs = 0;
  #stageWaitMs = 0;
  /** Rooms with pending frames. */
  readonly #scheduled: Room[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #flushDue = (): void => this.#flushScheduled();

  constructor(options: FanOutOptions, services: FanOutServices) {
    this.#options = options;
    this.#clock = services.clock;
    this.#counters = services.counters;
    this.#publisher = services.publisher;
    this.#lanes = services.lanes;
    this.#ingressLatency = services.latency.ingress;
    this.#egressLatency = services.latency.egress;
    this.#traces = services.traces;
  }

  /** @param share of the longest wait that is right now, 0 … 1 */
  setWait(share: number): void {
    const { coalesceMaxMs, stageCoalesceMaxMs } = this.#options;
    this.#waitMs = coalesceMaxMs * share < LEAST_WAIT_MS ? 0 : coalesceMaxMs * share;
    this.#stageWaitMs = stageCoalesceMaxMs * share < LEAST_WAIT_MS ? 0 : stageCoalesceMaxMs * share;
  }

  /** How long a frame of this room may wait for others now, in ms. */
  waitMs(room: Room): number {
    return room.listening >= this.#options.stageListeners ? this.#stageWaitMs : this.#waitMs;
  }

  /** Sends a speaker's message of one frame at once, in place: its header is written over the one it came with. */
  publish(room: Room, message: Uint8Array, arrivedAtMs: number): void {
    const nowMs = this.#clock.now();
    this.#publish(room, message, 1, arrivedAtMs, nowMs);
    this.#ingressLatency.observe((nowMs - arrivedAtMs) / 1000);
  }

  /** @param ingressAtMs when its oldest frame reached its first edge */
  #publish(room: Room, message: Uint8Array, frames: number, ingressAtMs: number, nowMs: number): void {
    const counters = this.#counters;
    const ingressUs = wireUs(ingressAtMs);
    const { topic } = room;
    if (room.listening > 0) {
      writeMessageHeader(message, 0, topic.id, topic.advance(frames, nowMs), ingressUs, wireUs(nowMs));
      this.#publisher.publishBinary(room.mediaTopic, message);
      counters.offeredFrames += frames * room.listening;
      counters.egressFrames += frames * room.attached;
      counters.egressBytes += message.length * room.attached;
    }
    if (room.lanes.length > 0) this.#lanes.deliver(room, message, ingressUs, nowMs);
    counters.forwardedFrames += frames;
    counters.publishedMessages += 1;
    counters.publishedBytes += message.length;
    if (this.#traces.open !== 0) this.#traces.published(room, message, nowMs);
  }

  /**
   * Adds a frame to what the room sends next; `commit` says when the last one of an arrival was added.
   * @param byBus it came from another edge
   */
  append(
    room: Room,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    ingressAtMs: number,
    nowMs: number,
    byBus: boolean,
  ): void {
    const { pending } = room;
    if (!pending.fits(end - start)) this.flush(room);
    pending.append(bytes, start, end, flags, ingressAtMs, nowMs, byBus);
    this.pendingFrames += 1;
  }

  /** Sends what was appended: now, or with what comes within the wait. */
  commit(room: Room, nowMs: number): void {
    const { pending } = room;
    if (pending.frames === 0) return;
    const waitMs = this.waitMs(room);
    if (waitMs === 0) {
      this.flush(room);
    } else if (!pending.scheduled) {
      pending.scheduled = true;
      pending.dueAtMs = nowMs + waitMs;
      this.#scheduled.push(room);
      if (this.#timer === undefined) this.#timer = setTimeout(this.#flushDue, waitMs);
    }
  }

  /** Sends what is pending in the room, if anything is. */
  flush(room: Room): void {
    const { pending } = room;
    if (pending.frames === 0) return;
    const { frames, ingressAtMs } = pending;
    const nowMs = this.#clock.now();
    this.#measure(pending, nowMs);
    const message = pending.bytes.subarray(0, pending.length);
    pending.clear();
    this.pendingFrames -= frames;
    this.#publish(room, message, frames, ingressAtMs, nowMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#scheduled.length = 0;
  }

  /** Every frame counts, by the mean of those that leave together: so the mean over all is exact. */
  #measure(pending: PendingMessage, nowMs: number): void {
    const { frames, busFrames, arrivedAtMs } = pending;
    const localFrames = frames - busFrames;
    const sinceFirstMs = nowMs - arrivedAtMs;
    if (localFrames > 0) {
      this.#ingressLatency.observe((sinceFirstMs - pending.localAfterMs / localFrames) / 1000, localFrames);
    }
    if (busFrames > 0) {
      this.#egressLatency.observe((sinceFirstMs - pending.busAfterMs / busFrames) / 1000, busFrames);
    }
  }

  #flushScheduled(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    const scheduled = this.#scheduled;
    let kept = 0;
    let nextMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < scheduled.length; i++) {
      const room = scheduled[i]!;
      const remainingMs = room.pending.dueAtMs - nowMs;
      // Timers count whole ms: what is due within one is sent rather than late.
      if (remainingMs < 1) {
        room.pending.scheduled = false;
        this.flush(room);
      } else {
        scheduled[kept++] = room;
        if (remainingMs < nextMs) nextMs = remainingMs;
      }
    }
    scheduled.length = kept;
    if (kept > 0) this.#timer = setTimeout(this.#flushDue, nextMs);
  }
}
