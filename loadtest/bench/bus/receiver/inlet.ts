import { createIncomingBundles, type FrameSink, type IncomingBundles, RedisBus } from '@partyline/bus';
import { frameEnd } from '@partyline/protocol';
import { parseRedisUrl } from '@partyline/redis';
import { systemClock } from '@partyline/runtime';
import { Redis } from 'ioredis';
import { Latencies } from '../../generator/latency.ts';
import { type BusTask, channelsOf, monotonicUs, RECEIVER_BOOT, SENT_AT_OFFSET } from '../shape.ts';

export interface InletCounts {
  frames: number;
  /** Came over 300 ms late and was left out. */
  late: number;
  /** Lost, doubled or malformed, by the receiver's own count: there should be none. */
  missed: number;
}

/** Counts what comes and how long it took. */
export abstract class Inlet {
  readonly latencies = new Latencies();
  /** Latencies count while a window is open. */
  isRecording = false;
  protected frames = 0;

  abstract start(): Promise<void>;
  abstract counts(): InletCounts;

  protected take(bytes: Uint8Array, frameStart: number, nowUs: number): void {
    this.frames += 1;
    if (!this.isRecording) return;
    const o = frameStart + SENT_AT_OFFSET;
    const sentAtUs = (bytes[o]! << 24) | (bytes[o + 1]! << 16) | (bytes[o + 2]! << 8) | bytes[o + 3]!;
    this.latencies.record(((nowUs - sentAtUs) | 0) / 1000);
  }
}

export const inletOf = (task: BusTask): Inlet =>
  task.kind === 'bundles' ? new Bundles(task) : new PlainFrames(task);

class PlainFrames extends Inlet {
  readonly #redis: Redis;
  readonly #channels: string[];

  constructor(task: BusTask) {
    super();
    this.#redis = new Redis(task.url, { lazyConnect: true });
    this.#channels = channelsOf(task);
  }

  async start(): Promise<void> {
    this.#redis.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
      this.take(message, 0, monotonicUs());
    });
    await this.#redis.connect();
    await this.#redis.subscribe(...this.#channels);
  }

  counts(): InletCounts {
    return { frames: this.frames, late: 0, missed: 0 };
  }
}

class Bundles extends Inlet {
  readonly #bus: RedisBus;
  readonly #channels: string[];
  readonly #incoming: IncomingBundles;

  constructor(task: BusTask) {
    super();
    const target = parseRedisUrl(task.url);
    if (!target.ok) throw new Error(target.problem);
    this.#bus = new RedisBus({ target: target.target, name: 'bench-receiver' });
    this.#channels = channelsOf(task);
    const frames: FrameSink['frames'] = (_room, _source, bytes, start, end) => {
      const nowUs = monotonicUs();
      for (let o = start; o < end; o = frameEnd(bytes, o)) this.take(bytes, o, nowUs);
    };
    this.#incoming = createIncomingBundles({ ownSource: RECEIVER_BOOT }, { sink: { frames } });
  }

  async start(): Promise<void> {
    await this.#bus.start();
    for (const channel of this.#channels) {
      await this.#bus.subscribe(channel, (bytes) => {
        this.#incoming.receive(bytes, channel, systemClock.now());
      });
    }
    setInterval(() => this.#incoming.tick(systemClock.now()), 1_000).unref();
  }

  counts(): InletCounts {
    const { lostFrames, lateFrames, duplicateBundles, malformed, unknownVersion } = this.#incoming.stats;
    return {
      frames: this.frames,
      late: lateFrames,
      missed: lostFrames + duplicateBundles + malformed + unknownVersion,
    };
  }
}
