import { setTimeout as delay } from 'node:timers/promises';
import { RedisServer } from '@partyline/redis/server';
import { CallableChild } from '../processes/child-calls.ts';
import type { Cores } from '../processes/cores.ts';
import type { InletCounts } from './receiver/inlet.ts';
import type { InletWindow } from './receiver/main.ts';
import type { SenderSample } from './sender/main.ts';
import type { BusKind, BusShape, BusTask } from './shape.ts';

/** Sending before a window opens: code is compiled, buffers have grown. */
const WARM_UP_MS = 800;
/** What is under way when the talk ends has come by then, and what was lost is known. */
const DRAIN_MS = 5_000;
const POLL_MS = 50;

/** One window of one kind. */
export interface BusWindow extends InletWindow {
  framesPerSecond: number;
  messagesPerSecond: number;
  /** The sending process's share of its core, and frames per second of its CPU time. */
  senderShare: number;
  framesPerCpuSecond: number;
  latenessP99Ms: number;
  /** Sent since the sender's start, and of these what did not come. */
  sent: number;
  lost: number;
  /** Came over 300 ms late and was left out, as it is to be. */
  late: number;
  /** What either process counted as dropped, failed or lost. */
  missed: number;
  skipped: number;
}

/** A redis-server, a sending process for each kind and one that receives; one kind sends at a time. */
export class BusRun {
  readonly #kinds: readonly BusKind[];
  readonly #shape: BusShape;
  readonly #cores: Cores;
  readonly #senders = new Map<BusKind, CallableChild>();
  readonly #receiver: CallableChild;
  #redis: RedisServer | undefined;

  constructor(kinds: readonly BusKind[], shape: BusShape, cores: Cores, profile?: string) {
    this.#kinds = kinds;
    this.#shape = shape;
    this.#cores = cores;
    for (const kind of kinds) {
      const sender = new CallableChild({
        file: new URL('./sender/main.ts', import.meta.url),
        label: `${kind} sender`,
        ...(cores.server === undefined ? {} : { core: cores.server }),
        nodeFlags:
          profile === undefined || kind !== 'bundles' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
      });
      this.#senders.set(kind, sender);
    }
    this.#receiver = new CallableChild({
      file: new URL('./receiver/main.ts', import.meta.url),
      label: 'receiver',
      ...(cores.generator === undefined ? {} : { core: cores.generator }),
    });
  }

  async start(): Promise<void> {
    const core = this.#cores.generator;
    this.#redis = await RedisServer.start({
      ...(core === undefined ? {} : { launcher: ['taskset', '-c', String(core)] }),
    });
    for (const kind of this.#kinds) {
      const task: BusTask = { url: this.#redis.url, kind, shape: this.#shape };
      if (kind !== 'nothing') await this.#receiver.call('listen', task);
      await this.#sender(kind).call('start', task);
    }
  }

  async window(kind: BusKind, windowMs: number): Promise<BusWindow> {
    const sender = this.#sender(kind);
    const heard = kind !== 'nothing';
    await sender.call('talk');
    await delay(WARM_UP_MS);
    const [before] = await Promise.all([
      sender.call<SenderSample>('sample'),
      heard ? this.#receiver.call('open', kind) : undefined,
    ]);
    await delay(windowMs);
    const [after, seen] = await Promise.all([
      sender.call<SenderSample>('sample'),
      heard ? this.#receiver.call<InletWindow>('close', kind) : undefined,
    ]);
    await sender.call('hush');
    const books = await this.#balance(kind);
    const seconds = (after.atMs - before.atMs) / 1000;
    const cpuSeconds = (after.cpuUs - before.cpuUs) / 1e6;
    const frames = after.frames - before.frames;
    return {
      ...(seen ?? { p50Ms: 0, p99Ms: 0, p999Ms: 0, share: 0 }),
      framesPerSecond: frames / seconds,
      messagesPerSecond: (after.messages - before.messages) / seconds,
      senderShare: cpuSeconds / seconds,
      framesPerCpuSecond: frames / cpuSeconds,
      latenessP99Ms: after.latenessP99Ms,
      skipped: after.skipped - before.skipped,
      ...books,
    };
  }

  async end(): Promise<void> {
    await Promise.all([...this.#senders.values(), this.#receiver].map((child) => child.end()));
    await this.#redis?.stop();
  }

  /** Waits until everything has come, or does not come any more. */
  async #balance(kind: BusKind): Promise<Pick<BusWindow, 'sent' | 'lost' | 'late' | 'missed'>> {
    const untilMs = performance.now() + DRAIN_MS;
    for (;;) {
      const sent = await this.#sender(kind).call<SenderSample>('sample');
      if (kind === 'nothing') return { sent: sent.frames, lost: 0, late: 0, missed: sent.missed };
      const came = await this.#receiver.call<InletCounts>('counts', kind);
      const lost = sent.frames - came.frames - came.late;
      if (lost === 0 || performance.now() > untilMs) {
        return {
          sent: sent.frames,
          lost,
          late: came.late,
          missed: sent.missed + came.missed,
        };
      }
      await delay(POLL_MS);
    }
  }

  #sender(kind: BusKind): CallableChild {
    return this.#senders.get(kind)!;
  }
}
