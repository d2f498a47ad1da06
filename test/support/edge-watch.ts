import type { Place } from '@partyline/cluster';
import { MetricsPage } from './metrics-page.ts';
import { forMs } from './wait.ts';

const READINESS_EVERY_MS = 250;
const MEMORY_EVERY_MS = 2_000;
const PATIENCE_MS = 3_000;
const MIB = 1_048_576;

/** Watches from outside whether edges stay ready and how their memory grows. */
export class EdgeWatch {
  /** Looks at a readiness page. */
  looks = 0;
  /** What was not an answer of 200, a sentence each. */
  readonly unready: string[] = [];
  readonly #edges: readonly Place[];
  /** The first and the greatest, by edge, in MiB. */
  readonly #memory = new Map<string, { first: number; most: number }>();
  readonly #watching: Promise<unknown>;
  #stopped = false;

  private constructor(edges: readonly Place[]) {
    this.#edges = edges;
    this.#watching = Promise.all([
      this.#repeat(READINESS_EVERY_MS, (edge) => this.#readiness(edge)),
      this.#repeat(MEMORY_EVERY_MS, (edge) => this.#measure(edge)),
    ]);
  }

  /** Begins to watch; memory is compared to what it is now. */
  static async start(edges: readonly Place[]): Promise<EdgeWatch> {
    const watch = new EdgeWatch(edges);
    await Promise.all(edges.map((edge) => watch.#measure(edge)));
    return watch;
  }

  /** By how much the memory of the edge that grew most was above its beginning, in MiB. */
  get growthMiB(): number {
    return Math.max(...[...this.#memory.values()].map(({ first, most }) => most - first));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  async #repeat(everyMs: number, look: (edge: Place) => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await Promise.all([forMs(everyMs), ...this.#edges.map(look)]);
    }
  }

  async #readiness({ id, member }: Place): Promise<void> {
    this.looks += 1;
    try {
      const reply = await fetch(`${member.opsUrl}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const text = await reply.text();
      if (reply.status !== 200) this.unready.push(`${id}: ${reply.status} ${text}`);
    } catch (error) {
      this.unready.push(`${id}: ${String(error)}`);
    }
  }

  async #measure({ id, member }: Place): Promise<void> {
    const text = await fetch(`${member.opsUrl}/metrics`).then(
      (reply) => reply.text(),
      () => '',
    );
    const mib = new MetricsPage(text).sum('process_resident_memory_bytes') / MIB;
    if (mib === 0) return;
    const known = this.#memory.get(id);
    if (known === undefined) this.#memory.set(id, { first: mib, most: mib });
    else known.most = Math.max(known.most, mib);
  }
}
