import { wireUs } from '@partyline/protocol';
import type { Clock } from '@partyline/runtime';
import { type Bus, BusError } from '../bus.ts';
import { SECTION_HEADER_BYTES } from './bundle.ts';
import { type BundleBuffers, BundleBuilder } from './bundle-builder.ts';
import type { Flushable, FlushTimer } from './flush-timer.ts';
import type { Lane } from './lane.ts';
import type { LinkStats, OutgoingLink } from './link.ts';
import { type LinkLimits, noLinkStats } from './link-limits.ts';
import { type HandedBundle, UnansweredBundles } from './unanswered-bundles.ts';

/** What all links of an edge share. */
export interface LinkServices {
  bus: Bus;
  clock: Clock;
  buffers: BundleBuffers;
  timer: FlushTimer;
  limits: Readonly<LinkLimits>;
  /** The 8 bytes that name this edge's boot. */
  source: Uint8Array;
  total: LinkStats;
  deaf: (link: OutgoingLink) => void;
}

/** Frames on their way to one channel, or to one of two that reach the same edge. */
export class MediaLink implements OutgoingLink, Flushable {
  readonly channel: string;
  readonly region: string;
  readonly stats: LinkStats = noLinkStats();
  /** How many hold it open. */
  holders = 1;
  dueAtMs = 0;
  queued = false;
  refusedSinceMs: number | undefined;

  readonly #services: LinkServices;
  readonly #channels: readonly string[];
  readonly #lanes: readonly Lane[];
  readonly #number: number;
  readonly #builder: BundleBuilder;
  readonly #unanswered: UnansweredBundles;
  /** Channels whose last answer was 0, as bits. */
  #deafChannels = 0;
  #which = 0;
  #sequence = 0;
  #framesSoFar = 0;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  /** Since when there has been nothing to be heard of it. */
  #silentSinceMs: number;
  #switchedAtMs = Number.NEGATIVE_INFINITY;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  #awayMs = 0;
  #held = false;
  /** Bundles were given up: one at a time until the engine answers again. */
  #givenUp = false;
  #ended = false;

  constructor(
    region: string,
    channels: readonly string[],
    number: number,
    lanes: readonly Lane[],
    services: LinkServices,
  ) {
    this.region = region;
    this.channel = channels[0]!;
    this.#channels = channels;
    this.#number = number;
    this.#lanes = lanes;
    this.#services = services;
    this.#builder = new BundleBuilder(services.buffers);
    this.#unanswered = new UnansweredBundles(lanes);
    this.#silentSinceMs = services.clock.now();
  }

  append(
    room: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    ingressAtMs: number,
  ): void {
    if (!this.#builder.fits(room, end - start)) this.#makeRoom(room, end - start);
    this.#builder.append(room, bytes, start, end, flags, ingressAtMs);
  }

  commit(nowMs: number): void {
    if (this.#held || this.#builder.frames === 0) return;
    const { limits, timer } = this.#services;
    if (this.dueAtMs !== 0) {
      // A loop that is busy with arrivals runs its timers late.
      if (nowMs >= this.dueAtMs) this.flush(nowMs);
      return;
    }
    if (nowMs - this.#sentAtMs >= limits.quietMs) this.flush(nowMs);
    else timer.add(this, nowMs, limits.waitMs);
  }

  flush(nowMs: number): void {
    this.dueAtMs = 0;
    this.#held = false;
    if (this.#builder.frames === 0) return;
    if (!this.#isReachable(nowMs)) {
      this.#dropAway();
      return;
    }
    this.#dropOld(nowMs);
    this.#switchIfSilent(nowMs);
    if (this.#builder.frames === 0) return;
    if (this.#mayGo(this.#builder.length)) this.#send(nowMs);
    else {
      this.#held = true;
      this.#lanes[this.#which]!.hold(this);
    }
  }

  /** Bundles that wait for their answer. */
  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** Time-outs, and a heartbeat when it was quiet for long. */
  tick(nowMs: number): void {
    const givenUp = this.#unanswered.giveUp(nowMs - this.#services.limits.answerMs);
    if (givenUp > 0) this.#givenUp = true;
    this.#countFailed(givenUp);
    if (!this.#isReachable(nowMs)) {
      if (this.#builder.frames > 0) this.#dropAway();
      return;
    }
    if (this.#held) {
      // What became old while it was held goes now, and a channel that does not answer is left.
      this.#lanes[this.#which]!.release(this);
      this.flush(nowMs);
    } else {
      this.#switchIfSilent(nowMs);
    }
    const quietMs = nowMs - Math.max(this.#sentAtMs, this.#silentSinceMs);
    if (this.#builder.frames === 0 && quietMs >= this.#services.limits.heartbeatMs) this.#heartbeat(nowMs);
  }

  /** Sends what waits, and a last heartbeat that shows a receiver whether it has everything. */
  end(nowMs: number): void {
    if (this.#ended) return;
    this.#lanes[this.#which]!.release(this);
    this.flush(nowMs);
    this.#lanes[this.#which]!.release(this);
    const left = this.#builder.frames;
    if (left > 0) {
      this.stats.droppedFull += left;
      this.#services.total.droppedFull += left;
      this.#builder.clear();
    } else if (this.#sequence > 0 && this.#isReachable(nowMs)) {
      this.#heartbeat(nowMs);
    }
    this.dueAtMs = 0;
    this.#held = false;
    this.#ended = true;
  }

  #heartbeat(nowMs: number): void {
    if (this.#mayGo(this.#builder.length)) this.#send(nowMs);
  }

  /** An engine that is away refuses at once, so it is asked now and then rather than with every frame. */
  #isReachable(nowMs: number): boolean {
    return nowMs >= this.#awayUntilMs && !this.#ended;
  }

  #mayGo(bytes: number): boolean {
    const most = this.#givenUp ? 1 : this.#services.limits.maxUnanswered;
    return this.#unanswered.count(this.#which) < most && this.#lanes[this.#which]!.hasRoom(bytes);
  }

  #send(nowMs: number): void {
    const { bus, source, total } = this.#services;
    const builder = this.#builder;
    const which = this.#which;
    const { frames } = builder;
    this.#framesSoFar = (this.#framesSoFar + frames) >>> 0;
    const bundle = builder.seal(source, this.#number, this.#sequence, this.#framesSoFar, wireUs(nowMs));
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#sentAtMs = nowMs;
    const { length } = bundle;
    const handed = this.#unanswered.add(which, length, frames, nowMs);
    this.stats.bundles += 1;
    this.stats.frames += frames;
    this.stats.bytes += length;
    total.bundles += 1;
    total.frames += frames;
    total.bytes += length;
    bus.publish(this.#channels[which]!, bundle).then(
      (reached) => this.#answered(handed, reached),
      (error: unknown) => this.#failed(handed, error),
    );
    // A bus has read what it is given when `publish` returns.
    builder.clear();
  }

  #answered(handed: HandedBundle, reached: number): void {
    this.#givenUp = false;
    this.#awayMs = 0;
    this.refusedSinceMs = undefined;
    if (!this.#unanswered.settle(handed)) return;
    const nowMs = this.#services.clock.now();
    if (reached === 0) this.#deaf(handed, nowMs);
    else this.#deafChannels &= ~(1 << handed.which);
    this.#lanes[handed.which]!.flushHeld(nowMs);
  }

  #failed(handed: HandedBundle, error: unknown): void {
    if (!this.#unanswered.settle(handed)) return;
    this.#countFailed(1);
    const nowMs = this.#services.clock.now();
    if (error instanceof BusError && error.code !== 'too_large' && error.code !== 'bad_channel') {
      // What waits goes by the other channel if there is one, and is lost if not.
      if (handed.which === this.#which && !this.#switch(nowMs)) {
        this.#away(nowMs);
      }
    }
    this.#lanes[handed.which]!.flushHeld(nowMs);
  }

  #countFailed(bundles: number): void {
    this.stats.failedBundles += bundles;
    this.#services.total.failedBundles += bundles;
  }

  #deaf({ which, frames }: HandedBundle, nowMs: number): void {
    const { total, limits, deaf } = this.#services;
    this.stats.deafBundles += 1;
    this.stats.deafFrames += frames;
    total.deafBundles += 1;
    total.deafFrames += frames;
    this.#deafChannels |= 1 << which;
    if (which === this.#which) this.#switch(nowMs);
    const all = (1 << this.#channels.length) - 1;
    if (this.#ended || this.#deafChannels !== all || nowMs - this.#reportedAtMs < limits.deafMs) return;
    this.#reportedAtMs = nowMs;
    deaf(this);
  }

  #switchIfSilent(nowMs: number): void {
    const sinceMs = this.#unanswered.oldestAtMs(this.#which);
    if (sinceMs !== undefined && nowMs - sinceMs >= this.#services.limits.switchMs) this.#switch(nowMs);
  }

  /** Takes the other channel, if there is one and the last switch was not just now. */
  #switch(nowMs: number): boolean {
    if (this.#channels.length < 2 || nowMs - this.#switchedAtMs < this.#services.limits.switchMs)
      return false;
    this.#switchedAtMs = nowMs;
    const wasHeld = this.#held;
    if (wasHeld) this.#lanes[this.#which]!.release(this);
    this.#which = 1 - this.#which;
    if (wasHeld) this.flush(nowMs);
    return true;
  }

  #makeRoom(room: Uint8Array, frameBytes: number): void {
    if (!this.#held) this.flush(this.#services.clock.now());
    if (this.#builder.fits(room, frameBytes)) return;
    // A section's header and name come on top of the frame.
    const dropped = this.#builder.makeRoom(frameBytes + room.length + SECTION_HEADER_BYTES);
    this.stats.droppedFull += dropped;
    this.#services.total.droppedFull += dropped;
  }

  #dropOld(nowMs: number): void {
    const dropped = this.#builder.dropOlderThan(this.#services.limits.maxAgeMs, nowMs);
    this.stats.droppedOld += dropped;
    this.#services.total.droppedOld += dropped;
  }

  /** Each refusal in a row doubles the time until the next try, up to four times the first. */
  #away(nowMs: number): void {
    this.refusedSinceMs ??= nowMs;
    const { awayMs } = this.#services.limits;
    this.#awayMs = Math.min(Math.max(this.#awayMs * 2, awayMs), awayMs * 4);
    this.#awayUntilMs = nowMs + this.#awayMs;
    this.#dropAway();
  }

  #dropAway(): void {
    const dropped = this.#builder.frames;
    this.stats.droppedAway += dropped;
    this.#services.total.droppedAway += dropped;
    this.#builder.clear();
  }
}
