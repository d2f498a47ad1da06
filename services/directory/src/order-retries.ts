import type { ControlOrder, OrderResult } from '@partyline/bus';
import type { Identity, RoomId } from '@partyline/protocol';
import type { MemberRecord, Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';

/** Orders that wait; beyond it the oldest is given up. */
const MAX_WAITING = 10_000;
/** How often they are given again, in ms. */
const RETRY_EVERY_MS = 1_000;
/** Orders under way at once. */
const MAX_AT_ONCE = 16;
/**
 * Whoever was found nowhere for this long, while every region answered, is not there, in ms. At first it may be that
 * Redis was emptied and edges have not told it yet whom they have, or that somebody is on the way between two edges.
 */
const ABSENT_AFTER_MS = 10_000;

/** An order about one participant. */
export type MemberOrder = Extract<ControlOrder, { kind: 'mute' | 'selection' | 'remove' }>;

export interface OrderRetriesDeps {
  registry: Pick<Registry, 'places' | 'member' | 'moderation'>;
  /** Gives an order to the edge that a participant is on. */
  give(member: MemberRecord, order: MemberOrder): Promise<OrderResult>;
  clock: Pick<Clock, 'now'>;
}

interface WaitingOrder {
  order: MemberOrder;
  givenAtMs: number;
  untilMs: number;
  /** Since when the participant has been found nowhere; undefined when found, or when somebody did not answer. */
  absentSinceMs: number | undefined;
}

/** How one attempt ends; `absent` is believed only when it stays so, and undefined is no answer. */
type Outcome = 'done' | 'obsolete' | 'absent' | undefined;

/** Plain counters, read at scrape time. */
export interface OrderRetryStats {
  /** Carried out by an edge. */
  done: number;
  /** Nobody is there for long, or what was ordered is no longer wanted. */
  obsolete: number;
  /** Too old: no ticket lives that it could matter to. */
  expired: number;
  /** Too many waited. */
  dropped: number;
}

/**
 * Orders that no edge has carried out, given again for as long as a ticket lives or until it is clear that nobody is
 * there: somebody connected in a region that was cut off, or whose state was just lost, says no hello afterwards, at
 * which the state would be met. In memory only, as ModerationRetries.
 */
export class OrderRetries {
  readonly stats: OrderRetryStats = { done: 0, obsolete: 0, expired: 0, dropped: 0 };
  readonly #lifeMs: number;
  readonly #deps: OrderRetriesDeps;
  readonly #waiting = new Map<string, WaitingOrder>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(lifeMs: number, deps: OrderRetriesDeps) {
    this.#lifeMs = lifeMs;
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(order: MemberOrder): void {
    if (this.#stopped) return;
    const key = keyOf(order);
    this.#waiting.delete(key);
    if (this.#waiting.size >= MAX_WAITING) {
      const [oldest] = this.#waiting.keys();
      this.#waiting.delete(oldest!);
      this.stats.dropped += 1;
    }
    const givenAtMs = this.#deps.clock.now();
    this.#waiting.set(key, { order, givenAtMs, untilMs: givenAtMs + this.#lifeMs, absentSinceMs: undefined });
    this.#timer ??= setInterval(() => void this.retry(), RETRY_EVERY_MS).unref();
  }

  /** A later order of the same kind was carried out: an older one must not undo it. */
  settle(order: MemberOrder): void {
    this.#waiting.delete(keyOf(order));
  }

  /** Tries each once. Never rejects. */
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
    const keys = [...this.#waiting.keys()];
    const work = async (): Promise<void> => {
      for (let key = keys.pop(); key !== undefined && !this.#stopped; key = keys.pop())
        await this.#retryOne(key);
    };
    await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #retryOne(key: string): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    const nowMs = this.#deps.clock.now();
    let end: keyof OrderRetryStats | undefined = 'expired';
    if (nowMs < waiting.untilMs) {
      const outcome = await this.#outcome(waiting).catch(() => undefined);
      waiting.absentSinceMs = outcome === 'absent' ? (waiting.absentSinceMs ?? nowMs) : undefined;
      const isAbsent =
        waiting.absentSinceMs !== undefined && nowMs - waiting.absentSinceMs >= ABSENT_AFTER_MS;
      end = outcome === 'absent' ? (isAbsent ? 'obsolete' : undefined) : outcome;
    }
    if (end === undefined || this.#waiting.get(key) !== waiting) return;
    this.stats[end] += 1;
    this.#waiting.delete(key);
  }

  async #outcome({ order, givenAtMs }: WaitingOrder): Promise<Outcome> {
    const { registry, give, clock } = this.#deps;
    const room = order.room as RoomId;
    const identity = order.identity as Identity;
    const { complete } = await registry.places(room);
    if (!complete) return undefined;
    const member = await registry.member(room, identity);
    if (member === undefined) return 'absent';
    // Another directory may have decided otherwise since.
    const state = await registry.moderation(room, identity);
    if (order.kind === 'remove') {
      const isRemoved = state.removedUntil > clock.now();
      if (!isRemoved && member.joinedAt > givenAtMs) return 'obsolete';
    }
    const { muted, selection } = state;
    const result = await give(
      member,
      order.kind === 'mute'
        ? { ...order, muted }
        : order.kind === 'selection'
          ? { ...order, selection }
          : order,
    );
    if (result === 'done') return 'done';
    return result === 'not_here' ? 'absent' : undefined;
  }
}

const keyOf = ({ kind, room, identity }: MemberOrder): string => `${kind}\n${room}\n${identity}`;
