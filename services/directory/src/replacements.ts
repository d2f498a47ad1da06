import type { ControlPlane, OrderResult } from '@partyline/bus';
import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import type { Registry, SeatRecord } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';

/** What waits at once; beyond it the oldest is given up. */
const MAX_WAITING = 10_000;
/** How often it is tried again, in ms. */
const RETRY_EVERY_MS = 1_000;
/** Tries under way at once. */
const MAX_AT_ONCE = 16;
/** An edge that knows nothing of an older session is asked so often: its hello may have been under way. */
const MAX_UNKNOWN = 3;

export interface ReplacementsOptions {
  /** As long as a ticket lives, in ms. */
  lifeMs: number;
  orderTimeoutMs: number;
}

export interface ReplacementsDeps {
  registry: Pick<Registry, 'edges' | 'settleSeats'>;
  controlPlane: Pick<ControlPlane, 'order'>;
  clock: Pick<Clock, 'now'>;
}

/** Plain counters, read at scrape time. */
export interface ReplacementStats {
  /** Older sessions that an edge has ended. */
  ended: number;
  /** Older sessions that were not there any more. */
  gone: number;
  /** Identities that had joined in several regions at once. */
  raced: number;
  /** Too old: no ticket lives that it could matter to. */
  expired: number;
  /** Too many waited. */
  dropped: number;
}

/** The session that stays. */
type Newer = Pick<SeatRecord, 'streamId' | 'generation' | 'resumeId'>;
/** The one that gives way, and where it was. */
export interface Older {
  streamId: StreamId;
  edge: EdgeId;
}

interface Task {
  /** Whether it is over. */
  attempt(): Promise<boolean>;
  untilMs: number;
}

/**
 * Sees to it that an identity has one session in a room: tells the edges of older ones, and looks in other regions for
 * joins that came at the same time. Nobody waits for it, as the older session's ticket is void already; what an edge or
 * a region does not answer is tried again. In memory only, as OrderRetries.
 */
export class Replacements {
  readonly stats: ReplacementStats = { ended: 0, gone: 0, raced: 0, expired: 0, dropped: 0 };
  readonly #options: ReplacementsOptions;
  readonly #deps: ReplacementsDeps;
  /** In the order in which they came. */
  readonly #tasks = new Map<string, Task>();
  #timer: NodeJS.Timeout | undefined;
  #retrying: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ReplacementsOptions, deps: ReplacementsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get size(): number {
    return this.#tasks.size;
  }

  /** After every join: another region may have seated the identity without knowing of this one. */
  settle(room: RoomId, identity: Identity): void {
    this.#add(`settle\n${room}\n${identity}`, async () => {
      const { complete, stays, gaveWay } = await this.#deps.registry.settleSeats(room, identity);
      if (stays !== undefined && gaveWay.length > 0) {
        this.stats.raced += 1;
        for (const older of gaveWay) this.end(room, identity, older, stays);
      }
      return complete;
    });
  }

  /** Ends an older session. */
  end(room: RoomId, identity: Identity, older: Older, { streamId, generation, resumeId }: Newer): void {
    const order = { kind: 'replace', room, identity, streamId, generation, resumeId } as const;
    let unknown = 0;
    this.#add(`end\n${room}\n${older.edge}\n${older.streamId}`, async () => {
      const result = await this.#give(older.edge, { ...order, replaces: older.streamId });
      if (result === 'done') this.stats.ended += 1;
      else if (result === 'not_here') unknown += 1;
      if (unknown === MAX_UNKNOWN) this.stats.gone += 1;
      return result === 'done' || unknown === MAX_UNKNOWN;
    });
  }

  /** Tries each once. Never rejects. */
  retry(): Promise<void> {
    this.#retrying ??= this.#retryAll().finally(() => {
      this.#retrying = undefined;
    });
    return this.#retrying;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #give(at: EdgeId, order: Parameters<ControlPlane['order']>[1]): Promise<OrderResult> {
    const { registry, controlPlane } = this.#deps;
    const lease = (await registry.edges()).find(({ edge }) => edge === at);
    // A dead edge has no sessions; one that was cut off is found by settling when its region answers again.
    if (lease === undefined) return 'not_here';
    const { region, edge, boot } = lease;
    return controlPlane.order({ region, edge, boot }, order, this.#options.orderTimeoutMs);
  }

  #add(key: string, attempt: Task['attempt']): void {
    if (this.#stopped) return;
    this.#tasks.delete(key);
    if (this.#tasks.size >= MAX_WAITING) {
      const [oldest] = this.#tasks.keys();
      this.#tasks.delete(oldest!);
      this.stats.dropped += 1;
    }
    const task = { attempt, untilMs: this.#deps.clock.now() + this.#options.lifeMs };
    this.#tasks.set(key, task);
    this.#timer ??= setInterval(() => void this.retry(), RETRY_EVERY_MS).unref();
    void this.#try(key, task);
  }

  async #retryAll(): Promise<void> {
    const keys = [...this.#tasks.keys()].reverse();
    const work = async (): Promise<void> => {
      for (let key = keys.pop(); key !== undefined && !this.#stopped; key = keys.pop()) {
        const task = this.#tasks.get(key);
        if (task === undefined) continue;
        if (this.#deps.clock.now() < task.untilMs) await this.#try(key, task);
        else if (this.#tasks.delete(key)) this.stats.expired += 1;
      }
    };
    await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
    if (this.#tasks.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Never rejects. */
  async #try(key: string, task: Task): Promise<void> {
    const isOver = await task.attempt().catch(() => false);
    if (isOver && this.#tasks.get(key) === task) this.#tasks.delete(key);
  }
}
