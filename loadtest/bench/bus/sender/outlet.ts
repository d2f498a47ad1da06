import { createOutgoingLinks, type OutgoingLink, type OutgoingLinks, RedisBus } from '@partyline/bus';
import { parseRedisUrl } from '@partyline/redis';
import { systemClock } from '@partyline/runtime';
import { Redis } from 'ioredis';
import { type BusTask, channelsOf, SENDER_BOOT } from '../shape.ts';

export interface OutletCounts {
  /** Handed to Redis. */
  frames: number;
  messages: number;
  bytes: number;
  /** Dropped before, failed after, or heard by nobody: there should be none. */
  missed: number;
}

/** A way of frames to destinations. */
export interface Outlet {
  start(): Promise<void>;
  send(destination: number, frame: Buffer): void;
  counts(): OutletCounts;
}

export const outletOf = (task: BusTask): Outlet => {
  if (task.kind === 'bundles') return new Bundles(task);
  return task.kind === 'frames' ? new PlainFrames(task) : new Nowhere();
};

/** What there is to beat: nothing but ioredis, as its documentation shows it. */
class PlainFrames implements Outlet {
  readonly #redis: Redis;
  readonly #channels: string[];
  readonly #counts: OutletCounts = { frames: 0, messages: 0, bytes: 0, missed: 0 };
  readonly #reached = (receivers: number): void => {
    if (receivers === 0) this.#counts.missed += 1;
  };
  readonly #failed = (): void => {
    this.#counts.missed += 1;
  };

  constructor(task: BusTask) {
    this.#redis = new Redis(task.url, { lazyConnect: true });
    this.#channels = channelsOf(task);
  }

  start(): Promise<void> {
    return this.#redis.connect();
  }

  send(destination: number, frame: Buffer): void {
    this.#redis.publish(this.#channels[destination]!, frame).then(this.#reached, this.#failed);
    this.#counts.frames += 1;
    this.#counts.messages += 1;
    this.#counts.bytes += frame.length;
  }

  counts(): OutletCounts {
    return { ...this.#counts };
  }
}

/** The links of an edge over its Redis bus. */
class Bundles implements Outlet {
  readonly #bus: RedisBus;
  readonly #links: OutgoingLinks;
  readonly #open: OutgoingLink[];
  readonly #rooms: Uint8Array[];
  #bytes = 0;

  constructor(task: BusTask) {
    const target = parseRedisUrl(task.url);
    if (!target.ok) throw new Error(target.problem);
    this.#bus = new RedisBus({ target: target.target, name: 'bench-sender' });
    this.#links = createOutgoingLinks({ source: SENDER_BOOT }, { bus: this.#bus, clock: systemClock });
    const channels = channelsOf(task);
    this.#open = channels.map((channel) => this.#links.open('bench', [channel]));
    this.#rooms = channels.map((_, i) => new TextEncoder().encode(`room-${i}`));
  }

  async start(): Promise<void> {
    await this.#bus.start();
    setInterval(() => this.#links.tick(systemClock.now()), 100).unref();
  }

  send(destination: number, frame: Buffer): void {
    const link = this.#open[destination]!;
    const nowMs = systemClock.now();
    link.append(this.#rooms[destination]!, frame, 0, frame.length, 0, nowMs);
    link.commit(nowMs);
    this.#bytes += frame.length;
  }

  counts(): OutletCounts {
    const stats = this.#links.stats;
    return {
      frames: stats.frames,
      messages: stats.bundles,
      bytes: this.#bytes,
      missed:
        stats.droppedFull + stats.droppedOld + stats.droppedAway + stats.deafFrames + stats.failedBundles,
    };
  }
}

class Nowhere implements Outlet {
  readonly #counts: OutletCounts = { frames: 0, messages: 0, bytes: 0, missed: 0 };

  async start(): Promise<void> {}

  send(_destination: number, frame: Buffer): void {
    this.#counts.frames += 1;
    this.#counts.bytes += frame.length;
  }

  counts(): OutletCounts {
    return { ...this.#counts };
  }
}
