import { setTimeout as delay } from 'node:timers/promises';
import type { RunContext } from '@partyline/harness';
import type { Books, Window } from '../generator/crowd.ts';
import type { Gathering } from '../generator/main.ts';
import type { Target } from '../generator/side.ts';
import { CallableChild } from '../processes/child-calls.ts';
import type { Cores } from '../processes/cores.ts';
import type { ServerOptions, ServerSample } from '../servers/server-calls.ts';
import { type Secrets, secretsFor } from './secrets.ts';
import type { Shape } from './shape.ts';

type Kind = Target['kind'];
const KINDS: readonly Kind[] = ['bare', 'edge'];
const FILES: Record<Kind, URL> = {
  bare: new URL('../servers/bare-relay.ts', import.meta.url),
  edge: new URL('../servers/edge-relay.ts', import.meta.url),
};
const EDGE_NAME = 'edge-1';
/** Talking before a window opens: code is compiled, buffers have grown, coalescing has found its pace. */
const WARM_UP_MS = 1_500;
const IDLE_MS = 2_000;
/** After everybody has come: announcements and records of so many are work of their own. */
const SETTLE_MS = 1_500;

export interface Plan {
  shape: Shape;
  tls: boolean;
  /** Cap of the edge's coalescing, ms; undefined leaves its default. */
  coalesceMs?: number;
  /** The edge has a bus to others, who are not there. */
  clustered?: boolean;
  pairs: number;
  windowMs: number;
  cores: Cores;
  /** A server to run under Node's profiler, and where the profile goes. */
  profile?: { kind: Kind; folder: string };
}

/** One window of one server. */
export interface Measured extends Window {
  /** The server's own share of its core, and useful frames per second of its CPU time. */
  serverShare: number;
  framesPerCpuSecond: number;
  books: Books;
}

export interface PlanResult {
  /** The server's share of its core with everybody connected and nobody talking. */
  idleShare: Record<Kind, number>;
  rssBytes: Record<Kind, number>;
  windows: Record<Kind, Measured[]>;
}

/** Both servers, one generator, and everybody connected to both; one side talks at a time. */
export class PairedRun {
  readonly #plan: Plan;
  readonly #servers: Record<Kind, CallableChild>;
  readonly #generator: CallableChild;
  #secrets: Secrets | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    const server = (kind: Kind): CallableChild =>
      new CallableChild({
        file: FILES[kind],
        label: `${kind} server`,
        ...(plan.cores.server === undefined ? {} : { core: plan.cores.server }),
        nodeFlags: plan.profile?.kind === kind ? ['--cpu-prof', `--cpu-prof-dir=${plan.profile.folder}`] : [],
      });
    this.#servers = { bare: server('bare'), edge: server('edge') };
    this.#generator = new CallableChild({
      file: new URL('../generator/main.ts', import.meta.url),
      label: 'generator',
      ...(plan.cores.generator === undefined ? {} : { core: plan.cores.generator }),
    });
  }

  /** Starts the servers and connects everybody to each in `kinds`. */
  async start(kinds: readonly Kind[] = KINDS): Promise<void> {
    const { shape, tls, coalesceMs, clustered = false } = this.#plan;
    this.#secrets = await secretsFor(tls);
    const { ticketKey, ticketKeys, certificate, files } = this.#secrets;
    const options: ServerOptions = {
      shape,
      ...(files ? { tls: files } : {}),
      ticketKeys,
      edge: EDGE_NAME,
      clustered,
      ...(coalesceMs === undefined ? {} : { coalesceMs }),
    };
    for (const kind of kinds) {
      const port = await this.#servers[kind].call<number>('start', options);
      const target: Target = {
        kind,
        host: '127.0.0.1',
        port,
        edge: EDGE_NAME,
        ...(certificate === undefined ? {} : { certificate }),
      };
      await this.#generator.call('gather', { target, shape, ticketKey } satisfies Gathering);
    }
  }

  /** The server's share of its core over `ms` without talk. */
  async idle(kind: Kind, ms = IDLE_MS): Promise<{ share: number; rssBytes: number }> {
    const { cpuUs, tookMs, rssBytes } = await this.during(kind, () => delay(ms));
    return { share: cpuUs / 1000 / tookMs, rssBytes };
  }

  /** What CPU time the server takes during `work`, which need not be its own. */
  async during(
    kind: Kind,
    work: () => Promise<unknown>,
  ): Promise<{ cpuUs: number; tookMs: number; rssBytes: number }> {
    const before = await this.#sample(kind);
    await work();
    const after = await this.#sample(kind);
    return {
      cpuUs: after.cpuUs - before.cpuUs,
      tookMs: after.atMs - before.atMs,
      rssBytes: after.rssBytes,
    };
  }

  async window(kind: Kind, windowMs = this.#plan.windowMs, warmUpMs = WARM_UP_MS): Promise<Measured> {
    await this.#generator.call('talk', kind);
    await delay(warmUpMs);
    const [before] = await Promise.all([this.#sample(kind), this.#generator.call('open', kind)]);
    await delay(windowMs);
    const [after, seen] = await Promise.all([
      this.#sample(kind),
      this.#generator.call<Window>('close', kind),
    ]);
    const books = await this.#generator.call<Books>('hush', kind);
    const cpuSeconds = (after.cpuUs - before.cpuUs) / 1e6;
    return {
      ...seen,
      serverShare: shareBetween(before, after),
      // Rates, as the two processes do not read their clocks in the same millisecond.
      framesPerCpuSecond: seen.frames / seen.seconds / (cpuSeconds / ((after.atMs - before.atMs) / 1000)),
      books,
    };
  }

  /** From now on everybody at the edge sends a receiver report every so many ms; 0 ends it. */
  async report(everyMs: number): Promise<void> {
    await this.#generator.call('report', everyMs);
  }

  /** The address of the edge's `/metrics`. */
  async metricsUrl(): Promise<string> {
    return `http://127.0.0.1:${await this.#servers.edge.call<number>('opsPort')}/metrics`;
  }

  async end(): Promise<void> {
    await this.#generator.end();
    await Promise.all(KINDS.map((kind) => this.#servers[kind].end()));
    this.#secrets?.remove();
  }

  #sample(kind: Kind): Promise<ServerSample> {
    return this.#servers[kind].call<ServerSample>('sample');
  }
}

const shareBetween = (before: ServerSample, after: ServerSample): number =>
  (after.cpuUs - before.cpuUs) / 1000 / (after.atMs - before.atMs);

/** Bare, edge, bare, edge …: the machine's moods fall on both alike. */
export const runPaired = async (plan: Plan, context: Pick<RunContext, 'say'>): Promise<PlanResult> => {
  const run = new PairedRun(plan);
  try {
    await run.start();
    await delay(SETTLE_MS);
    const idle = { bare: await run.idle('bare'), edge: await run.idle('edge') };
    const windows: Record<Kind, Measured[]> = { bare: [], edge: [] };
    for (let pair = 0; pair < plan.pairs; pair += 1) {
      for (const kind of KINDS) {
        const measured = await run.window(kind);
        windows[kind].push(measured);
        context.say(
          `  ${plan.shape.name} ${pair + 1}/${plan.pairs} ${kind}: ${Math.round(measured.framesPerCpuSecond / 1000)}k frames per CPU-second, ` +
            `server ${percent(measured.serverShare)}, generator ${percent(measured.generatorShare)}, p99 ${measured.p99Ms.toFixed(2)} ms`,
        );
      }
    }
    return {
      idleShare: { bare: idle.bare.share, edge: idle.edge.share },
      rssBytes: { bare: idle.bare.rssBytes, edge: idle.edge.rssBytes },
      windows,
    };
  } finally {
    await run.end();
  }
};

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
