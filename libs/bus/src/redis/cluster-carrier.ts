import {
  type ClusterTarget,
  formatAddress,
  keySlot,
  type RedisAddress,
  RedisError,
  type RedisLog,
  type SingleTarget,
} from '@partyline/redis';
import { BusError } from '../bus.ts';
import type { Carrier, CarrierOptions, CarrierStats } from './carrier.ts';
import { askSlots, type SlotRange } from './cluster-slots.ts';
import { ServerCarrier } from './server-carrier.ts';

export interface ClusterCarrierOptions extends CarrierOptions {
  target: ClusterTarget;
}

interface Owner {
  first: number;
  last: number;
  master: ServerCarrier;
}

const REFRESH_MS = 5_000;
/** While something is missing or moving. */
const HASTY_REFRESH_MS = 250;

/**
 * The masters of a Redis Cluster with sharded channels: each channel lives on the master of its slot. Built from
 * plain connections rather than ioredis's own cluster, so that each can be bounded, watched and counted by itself
 * and a subscription is known to be there.
 */
export class ClusterCarrier implements Carrier {
  readonly #options: ClusterCarrierOptions;
  readonly #log: RedisLog | undefined;
  readonly #masters = new Map<string, ServerCarrier>();
  /** By channel; undefined while its slot has no known master. */
  readonly #channels = new Map<string, ServerCarrier | undefined>();
  #owners: readonly Owner[] = [];
  #problem: string | undefined;
  /** Of masters that are masters no more. */
  readonly #past: CarrierStats = { reconnects: 0, resubscribes: 0, stalls: 0, cuts: 0 };
  #refreshing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ClusterCarrierOptions, { log }: { log?: RedisLog | undefined }) {
    this.#options = options;
    this.#log = log;
  }

  get up(): boolean {
    if (this.#masters.size === 0) return false;
    for (const master of this.#masters.values()) if (!master.up) return false;
    for (const master of this.#channels.values()) if (master === undefined) return false;
    return true;
  }

  get problem(): string | undefined {
    for (const master of this.#masters.values()) if (master.problem !== undefined) return master.problem;
    return this.#problem;
  }

  get stats(): CarrierStats {
    const sum = { ...this.#past };
    for (const master of this.#masters.values()) add(sum, master.stats);
    return sum;
  }

  async start(): Promise<void> {
    await this.#refresh(true);
    await Promise.all([...this.#masters.values()].map((master) => master.start()));
    this.#plan();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const master of this.#masters.values()) master.stop();
    this.#channels.clear();
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    const master = this.#masterOf(channel);
    if (master !== undefined) return master.publish(channel, bytes);
    this.#options.onDropped();
    const problem = this.#problem ?? 'The channel has no master in the Redis Cluster just now.';
    return Promise.reject(new BusError('unavailable', problem));
  }

  add(channel: string): Promise<void> {
    const master = this.#masterOf(channel);
    this.#channels.set(channel, master);
    return master?.add(channel) ?? Promise.resolve();
  }

  remove(channel: string): void {
    this.#channels.get(channel)?.remove(channel);
    this.#channels.delete(channel);
  }

  #masterOf(channel: string): ServerCarrier | undefined {
    const slot = keySlot(channel);
    for (const { first, last, master } of this.#owners) if (first <= slot && slot <= last) return master;
    return undefined;
  }

  /** Looks again soon while something is not as it should be, else now and then. */
  #plan(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const delayMs = (this.up ? REFRESH_MS : HASTY_REFRESH_MS) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      void this.#refresh(false).finally(() => this.#plan());
    }, delayMs);
    this.#timer.unref();
  }

  #refreshSoon(): void {
    if (this.#isStopped || this.#refreshing !== undefined) return;
    void this.#refresh(false).finally(() => this.#plan());
  }

  #refresh(isStart: boolean): Promise<void> {
    this.#refreshing ??= this.#readSlots(isStart).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readSlots(isStart: boolean): Promise<void> {
    const { target, name } = this.#options;
    const connected = [...this.#masters.values()]
      .map((master) => master.publisher.link)
      .filter(({ up }) => up);
    try {
      const ranges = await askSlots(connected, target, name);
      if (this.#isStopped) return;
      this.#problem = undefined;
      this.#apply(ranges);
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      if (isStart && error instanceof RedisError && error.code !== 'away') throw error;
    }
  }

  #apply(ranges: readonly SlotRange[]): void {
    const wanted = new Map(ranges.map(({ master }) => [formatAddress(master), master]));
    for (const [address, master] of wanted) {
      if (!this.#masters.has(address)) this.#masters.set(address, this.#connect(master));
    }
    this.#owners = ranges.map(({ first, last, master }) => ({
      first,
      last,
      master: this.#masters.get(formatAddress(master))!,
    }));
    for (const [channel, before] of this.#channels) {
      const now = this.#masterOf(channel);
      if (now === before) continue;
      before?.remove(channel);
      this.#channels.set(channel, now);
      if (before !== undefined) this.#past.resubscribes += 1;
      void now?.add(channel);
    }
    for (const [address, master] of this.#masters) {
      if (wanted.has(address)) continue;
      this.#masters.delete(address);
      add(this.#past, master.stats);
      master.stop();
    }
  }

  #connect(address: RedisAddress): ServerCarrier {
    const { target, ...options } = this.#options;
    const { tls, username, password } = target;
    const node: SingleTarget = { kind: 'single', ...address, tls, username, password, db: 0 };
    const master = new ServerCarrier(
      {
        ...options,
        target: node,
        partOf: target,
        sharded: true,
        onMoved: () => this.#refreshSoon(),
        onDown: () => this.#refreshSoon(),
      },
      { log: this.#log },
    );
    // What is wrong is told by `problem`; at the start of the whole it is asked for.
    master.start().catch(() => {});
    return master;
  }
}

function add(sum: CarrierStats, other: Readonly<CarrierStats>): void {
  sum.reconnects += other.reconnects;
  sum.resubscribes += other.resubscribes;
  sum.stalls += other.stalls;
  sum.cuts += other.cuts;
}
