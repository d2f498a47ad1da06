import { wireUs } from '@partyline/protocol';
import { ManualClock } from '@partyline/runtime';
import { type Bus, BusError, type BusStats, type BusSubscription } from '../bus.ts';
import { bundleFrames, bundleFramesSoFar, bundleSequence, sourceBytes } from './bundle.ts';
import { BundleBuffers, BundleBuilder } from './bundle-builder.ts';
import type { Schedule } from './flush-timer.ts';
import type { FrameSink } from './link.ts';

export const BOOT = '0a1b2c3d-4e5f-4a7b-8c9d-000000000001';
/** When the tests' time begins. */
export const EPOCH_MS = 1_700_000_000_000;
export const SOURCE = '0a1b2c3d4e5f4a7b';
export const OTHER_BOOT = 'ffffffff-0000-4000-8000-000000000002';

const encoder = new TextEncoder();
export const name = (room: string): Uint8Array => encoder.encode(room);
export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A frame whose stream, sequence and length can be told from its bytes. */
export const frameOf = (streamId: number, sequence: number, payloadBytes = 3): Uint8Array => {
  const frame = new Uint8Array(16 + payloadBytes).fill(sequence & 0xff, 16);
  const view = new DataView(frame.buffer);
  view.setUint16(0, payloadBytes);
  view.setUint8(3, 1);
  view.setUint16(6, sequence);
  view.setUint32(8, streamId);
  return frame;
};

export interface Publication {
  channel: string;
  bytes: Uint8Array;
  sequence: number;
  frames: number;
  framesSoFar: number;
  /** How many it reached. */
  answer(reached: number): Promise<void>;
  refuse(error: Error): Promise<void>;
}

/** Lets what waits for promises run. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

/** A bus that answers when the test says so; like any bus it has read the bytes when `publish` returns. */
export class ScriptedBus implements Bus {
  readonly published: Publication[] = [];
  /** Reached by each publication without a word from the test; undefined waits for it. */
  autoAnswer: number | undefined;
  /** While true every publication is refused at once, as by an engine that is away. */
  away = false;
  readonly stats: BusStats = {
    up: true,
    published: 0,
    publishedBytes: 0,
    delivered: 0,
    dropped: 0,
    handlerErrors: 0,
    reconnects: 0,
    resubscribes: 0,
    stalls: 0,
    cuts: 0,
  };

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  subscribe(): Promise<BusSubscription> {
    return Promise.reject(new BusError('unavailable', 'This bus only publishes.'));
  }

  publish(channel: string, given: Uint8Array): Promise<number> {
    const bytes = Uint8Array.from(given);
    given.fill(0xee);
    return new Promise((resolve, reject) => {
      this.published.push({
        channel,
        bytes,
        sequence: bundleSequence(bytes),
        frames: bundleFrames(bytes),
        framesSoFar: bundleFramesSoFar(bytes),
        answer: (reached) => {
          resolve(reached);
          return settled();
        },
        refuse: (error) => {
          reject(error);
          return settled();
        },
      });
      if (this.away) reject(new BusError('unavailable', 'The bus is away.'));
      else if (this.autoAnswer !== undefined) resolve(this.autoAnswer);
    });
  }
}

/** A clock with timers that run when the test moves it. */
export class ManualTime {
  readonly clock: ManualClock;
  /** How many timers were set in all. */
  timersSet = 0;
  #timers: { run: () => void; atMs: number }[] = [];

  constructor(startMs = EPOCH_MS) {
    this.clock = new ManualClock(startMs);
  }

  get nowMs(): number {
    return this.clock.now();
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  readonly schedule: Schedule = (run, delayMs) => {
    this.timersSet += 1;
    const timer = { run, atMs: this.clock.now() + Math.max(1, Math.floor(delayMs)) };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  async advance(ms: number): Promise<void> {
    const untilMs = this.clock.now() + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.clock.advance(Math.max(0, next.atMs - this.clock.now()));
      next.run();
      await settled();
    }
    this.clock.advance(Math.max(0, untilMs - this.clock.now()));
    await settled();
  }
}

export interface Heard {
  room: string;
  source: string;
  frames: number;
  hex: string;
  ingressAtMs: number;
}

/** Keeps what is passed on. */
export class RecordingSink implements FrameSink {
  readonly heard: Heard[] = [];
  frameCount = 0;

  readonly frames: FrameSink['frames'] = (room, source, bytes, start, end, frames, ingressAtMs) => {
    this.frameCount += frames;
    this.heard.push({
      room,
      source: source.source,
      frames,
      hex: toHex(bytes.subarray(start, end)),
      ingressAtMs,
    });
  };
}

/** Writes the bundles of one link. */
export class BundleWriter {
  sequence: number;
  framesSoFar: number;
  readonly #link: number;
  readonly #source: Uint8Array;

  constructor(options: { source?: string; link?: number; sequence?: number; framesSoFar?: number } = {}) {
    this.#source = sourceBytes(options.source ?? SOURCE);
    this.#link = options.link ?? 0;
    this.sequence = options.sequence ?? 0;
    this.framesSoFar = options.framesSoFar ?? 0;
  }

  next(frames = 1, sentAtMs = EPOCH_MS, ingressAtMs = sentAtMs, rooms = ['room']): Uint8Array {
    const builder = new BundleBuilder(new BundleBuffers());
    for (let i = 0; i < frames; i += 1) {
      const room = name(rooms[i % rooms.length]!);
      const frame = frameOf(1, (this.framesSoFar + i) & 0xffff);
      builder.append(room, frame, 0, frame.length, 0, ingressAtMs);
    }
    this.framesSoFar = (this.framesSoFar + frames) >>> 0;
    const { sequence } = this;
    this.sequence = (this.sequence + 1) >>> 0;
    return Uint8Array.from(
      builder.seal(this.#source, this.#link, sequence, this.framesSoFar, wireUs(sentAtMs)),
    );
  }
}
