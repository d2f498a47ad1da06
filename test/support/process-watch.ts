import type { Place } from '@partyline/cluster';
import { MetricsPage } from './metrics-page.ts';
import { forMs } from './wait.ts';

const READINESS_EVERY_MS = 250;
const MEMORY_EVERY_MS = 2_000;
const PATIENCE_MS = 3_000;
const MIB = 1_048_576;

/** In MiB. */
interface Memory {
  first: number;
  most: number;
  looks: number;
}

/** Watches from outside whether processes stay ready and how their memory grows. */
export class ProcessWatch {
  /** Looks at readiness pages. */
  looks = 0;
  /** What was not an answer of 200, a sentence each. */
  readonly unready: string[] = [];
  readonly #places: readonly Place[];
  readonly #memory = new Map<string, Memory>();
  readonly #watching: Promise<unknown>;
  #stopped = false;

  private constructor(places: readonly Place[]) {
    this.#places = places;
    this.#watching = Promise.all([
      this.#repeat(READINESS_EVERY_MS, (place) => this.#readiness(place)),
      this.#repeat(MEMORY_EVERY_MS, (place) => this.#measure(place)),
    ]);
  }

  /** Begins to watch; memory is compared to what it is now. */
  static async start(places: readonly Place[]): Promise<ProcessWatch> {
    const watch = new ProcessWatch(places);
    await Promise.all(places.map((place) => watch.#measure(place)));
    return watch;
  }

  /** By how much the memory of the process that grew most was above its beginning, in MiB. */
  get growthMiB(): number {
    return Math.max(...[...this.#memory.values()].map(({ first, most }) => most - first));
  }

  /** Processes whose memory was looked at less than twice: of those nothing is known. */
  get unmeasured(): string[] {
    return this.#places.map(({ id }) => id).filter((id) => (this.#memory.get(id)?.looks ?? 0) < 2);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
    await Promise.all(this.#places.map((place) => this.#measure(place)));
  }

  async #repeat(everyMs: number, look: (place: Place) => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await Promise.all([forMs(everyMs), ...this.#places.map(look)]);
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
    const text = await fetch(`${member.opsUrl}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      (reply) => reply.text(),
      () => undefined,
    );
    // A page that does not come counts as no look; one without the series is a fault of the test.
    if (text === undefined) return;
    const mib = new MetricsPage(text).required('process_resident_memory_bytes') / MIB;
    const known = this.#memory.get(id);
    if (known === undefined) this.#memory.set(id, { first: mib, most: mib, looks: 1 });
    else {
      known.most = Math.max(known.most, mib);
      known.looks += 1;
    }
  }
}
