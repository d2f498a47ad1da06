import type { Identity, RoomId } from '@partyline/protocol';
import type { ModerationChange } from '../registry.ts';
import type { RemoteRegion } from './remote-region.ts';

/** Changes that wait for a region; beyond it the oldest is given up. */
const MAX_WAITING = 10_000;
/** How often it is tried again, in ms. */
const RETRY_EVERY_MS = 1_000;

interface WaitingChange {
  region: RemoteRegion;
  room: RoomId;
  identity: Identity;
  change: ModerationChange;
  untilMs: number;
}

/** Plain counters, read at scrape time. */
export interface ModerationRetryStats {
  delivered: number;
  /** Too old: no ticket lives that it could matter to. */
  expired: number;
  /** Too many waited. */
  dropped: number;
}

/**
 * Moderation that a region did not take, tried again for as long as a ticket lives. In memory only: the
 * directory that gave the order has told its caller that it is not everywhere yet.
 */
export class ModerationRetries {
  readonly stats: ModerationRetryStats = { delivered: 0, expired: 0, dropped: 0 };
  readonly #retentionMs: number;
  readonly #clock: { now(): number };
  readonly #waiting = new Map<string, WaitingChange>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(retentionMs: number, { clock }: { clock: { now(): number } }) {
    this.#retentionMs = retentionMs;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(region: RemoteRegion, room: RoomId, identity: Identity, change: ModerationChange): void {
    const key = keyOf(region, room, identity);
    const older = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (this.#waiting.size >= MAX_WAITING) {
      const [oldest] = this.#waiting.keys();
      this.#waiting.delete(oldest!);
      this.stats.dropped += 1;
    }
    const whole = { ...older?.change, ...change };
    const untilMs = Math.max(this.#clock.now() + this.#retentionMs, whole.removedUntil ?? 0);
    this.#waiting.set(key, { region, room, identity, change: whole, untilMs });
    if (this.#stopped) return;
    this.#timer ??= setInterval(() => void this.retry(), RETRY_EVERY_MS).unref();
  }

  /** The region has taken a later change of the same field; an older one must not undo it. */
  settle(region: RemoteRegion, room: RoomId, identity: Identity, change: ModerationChange): void {
    const key = keyOf(region, room, identity);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    const rest = { ...waiting.change };
    for (const field of Object.keys(change)) delete rest[field as keyof ModerationChange];
    if (Object.keys(rest).length === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, { ...waiting, change: rest });
  }

  /** What this region is still to take; undefined when nothing. */
  waiting(region: RemoteRegion, room: RoomId, identity: Identity): ModerationChange | undefined {
    return this.#waiting.get(keyOf(region, room, identity))?.change;
  }

  /** Tries everything once, a region that does not answer only once. Never rejects. */
  retry(): Promise<void> {
    this.#running ??= this.#retryAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #retryAll(): Promise<void> {
    for (const [key, waiting] of [...this.#waiting]) {
      const { region, room, identity, change, untilMs } = waiting;
      if (this.#clock.now() >= untilMs) {
        this.stats.expired += 1;
        this.#waiting.delete(key);
        continue;
      }
      if (region.rests || this.#waiting.get(key) !== waiting) continue;
      const taken = await region
        .ask((registry) => registry.moderate(room, identity, change))
        .then(
          ({ ok }) => ok,
          // It refuses, as at its bound: asking again would not help before its state changes.
          () => false,
        );
      if (!taken || this.#waiting.get(key) !== waiting) continue;
      this.stats.delivered += 1;
      this.#waiting.delete(key);
    }
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

const keyOf = ({ region }: RemoteRegion, room: string, identity: string): string =>
  `${region}\n${room}\n${identity}`;
