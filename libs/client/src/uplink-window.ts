import type { Clock } from './clock.ts';

/** A message of which the edge was asked to confirm the arrival, and with it that of all before it. */
interface Asked {
  sequence: number;
  atMs: number;
  /** Media bytes handed over so far, this message included. */
  bytesSoFar: number;
}

/** While all is well the edge is asked this often; as often as it asks a listener for word itself. */
const ASK_EVERY_MS = 200;
/** What is this much later than at best makes every message ask: then each is known of, and few are on the way. */
const ALERT_MS = 40;
/** The most that is on its way unconfirmed, as lateness of the oldest: as a rule, and while the link is full. */
const CALM_LATE_MS = 150;
const TIGHT_LATE_MS = 80;
/** Round trip to reckon with before the first answer. */
const ASSUMED_MS = 250;
/** Round trips of this long ago do not count any more: a path may have become longer. */
const MEMORY_MS = 30_000;
/** Late for this long without a break: the pipe is emptied once, to see how long its way is by itself. */
const DRAIN_AFTER_MS = 3_000;
/** Answers that are waited for at most; the window is long closed by then. */
const MAX_ASKED = 64;
/** Weight of the newest measurement in the mean rate, and how long that is believed. */
const RATE_GAIN = 0.3;
const RATE_MEMORY_MS = 2_000;

/**
 * What of the media is on its way to one edge. A socket takes any amount and hides it: in its own buffer, the
 * kernel's, a proxy's. All that shows from here is how long the edge's word takes that a message has arrived, and by how
 * much longer than at best. So no more is handed over while that word is late (protocol rule 47).
 */
export class UplinkWindow {
  /** Whether this edge confirms at all; without, nothing is known and nothing held back. */
  readonly confirmed: boolean;
  /** Once the link has proved too thin, less may be on its way. */
  tight = false;
  readonly #clock: Clock;
  readonly #asked: Asked[] = [];
  #bytes = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** Least round trips of this half of the memory and of the one before. */
  #leastMs: number | undefined;
  #leastBeforeMs: number | undefined;
  #halfSinceMs = 0;
  #excessMs = 0;
  #lateSinceMs: number | undefined;
  #draining = false;
  #confirmedBytes = 0;
  #confirmedAtMs = 0;
  #rate: { bytesPerMs: number; atMs: number } | undefined;

  constructor(clock: Clock, confirmed: boolean) {
    this.#clock = clock;
    this.confirmed = confirmed;
    this.#halfSinceMs = clock.now();
  }

  /** Least round trip lately; a guess before the first. */
  get leastMs(): number {
    if (this.#leastMs === undefined) return this.#leastBeforeMs ?? ASSUMED_MS;
    return Math.min(this.#leastMs, this.#leastBeforeMs ?? this.#leastMs);
  }

  /** How much longer than at best a message takes to the edge and its word back: newest answer, or what is overdue by now. */
  get queueMs(): number {
    return Math.max(this.#excessMs, this.#overdueMs());
  }

  /** What the link carries, bytes of media a ms, as seen while it is full; undefined while it is not. */
  get bytesPerMs(): number | undefined {
    if (this.#rate === undefined || this.#clock.now() - this.#rate.atMs > RATE_MEMORY_MS) return undefined;
    return this.#rate.bytesPerMs;
  }

  /** Media bytes handed over of whose arrival there is no word. */
  get unconfirmedBytes(): number {
    return this.confirmed ? this.#bytes - this.#confirmedBytes : 0;
  }

  /**
   * Whether to hand over nothing more for now.
   * @param voiceBytesPerMs what the voice takes while it is sent
   */
  full(voiceBytesPerMs: number): boolean {
    if (!this.confirmed || this.#asked.length === 0) return false;
    if (this.#draining || this.#asked.length >= MAX_ASKED) return true;
    const { bytesPerMs, leastMs } = this;
    const lateMs = bytesPerMs === undefined ? CALM_LATE_MS : TIGHT_LATE_MS;
    if (this.#overdueMs() > lateMs) return true;
    // On a thin link, what waited here would all go at once when there is room, before anything of it can be late.
    const room = (bytesPerMs ?? voiceBytesPerMs) * (leastMs + lateMs);
    return this.tight && this.unconfirmedBytes >= room;
  }

  /**
   * A message is about to be handed over.
   * @returns whether it should ask for word of its arrival
   */
  send(sequence: number, bytes: number): boolean {
    this.#bytes += bytes;
    if (!this.confirmed) return false;
    const atMs = this.#clock.now();
    const due = atMs - this.#askedAtMs >= ASK_EVERY_MS;
    if (!due && !this.tight && this.queueMs < ALERT_MS) return false;
    if (this.#asked.length === 0) {
      // The first of these bytes cannot have been confirmed before their way was over.
      this.#confirmedAtMs = atMs + this.leastMs;
    }
    this.#askedAtMs = atMs;
    this.#asked.push({ sequence, atMs, bytesSoFar: this.#bytes });
    return true;
  }

  /** The edge has everything up to `sequence`. */
  receipt(sequence: number): void {
    const at = this.#asked.findIndex((asked) => asked.sequence === sequence);
    if (at < 0) return;
    const nowMs = this.#clock.now();
    const asked = this.#asked[at]!;
    this.#asked.splice(0, at + 1);
    this.#sample(nowMs - asked.atMs, nowMs);
    if (this.#excessMs > ALERT_MS) this.#measureRate(asked, nowMs);
    else this.#rate = undefined;
    this.#confirmedBytes = asked.bytesSoFar;
    this.#confirmedAtMs = nowMs;
  }

  #sample(roundTripMs: number, nowMs: number): void {
    if (this.#draining && this.#asked.length === 0) {
      // The first message into an empty pipe: how long it takes is the way, and no queue of this client's.
      this.#draining = false;
      this.#leastMs = roundTripMs;
      this.#leastBeforeMs = undefined;
      this.#halfSinceMs = nowMs;
    }
    if (nowMs - this.#halfSinceMs > MEMORY_MS / 2) {
      this.#leastBeforeMs = this.#leastMs;
      this.#leastMs = undefined;
      this.#halfSinceMs = nowMs;
    }
    this.#leastMs = Math.min(this.#leastMs ?? roundTripMs, roundTripMs);
    this.#excessMs = roundTripMs - this.leastMs;
    if (this.#excessMs < ALERT_MS) this.#lateSinceMs = undefined;
    else this.#lateSinceMs ??= nowMs;
    if (this.#lateSinceMs !== undefined && nowMs - this.#lateSinceMs > DRAIN_AFTER_MS) {
      this.#draining = true;
      this.#lateSinceMs = undefined;
    }
  }

  #measureRate(asked: Asked, nowMs: number): void {
    const tookMs = nowMs - this.#confirmedAtMs;
    if (tookMs <= 0) return;
    const newest = (asked.bytesSoFar - this.#confirmedBytes) / tookMs;
    const before = this.bytesPerMs ?? newest;
    this.#rate = { bytesPerMs: before + (newest - before) * RATE_GAIN, atMs: nowMs };
  }

  /** By how much the oldest answer waited for is later than at best. */
  #overdueMs(): number {
    const oldest = this.#asked[0];
    return oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest.atMs - this.leastMs);
  }
}
