import { type Registry, RegistryError } from '../registry.ts';

export interface RemoteRegionOptions {
  region: string;
  /** The longest that one question waits, in ms. */
  timeoutMs: number;
  /** A region that did not answer is left alone for this long, in ms. */
  restMs: number;
}

/** Makes another region's registry; a promise is waited for as an answer is. */
export type OpenRegion = () => Registry | Promise<Registry>;

export interface RemoteRegionDeps {
  /** Called when the region is needed for the first time; resolves once connected. */
  open: OpenRegion;
  clock: { now(): number };
}

/** Plain counters, read at scrape time. */
export interface RemoteRegionStats {
  asked: number;
  /** Did not answer in time, or could not be reached. */
  failed: number;
  /** Not asked, because it had failed just before. */
  rested: number;
}

/** An answer, or none. */
export type Answer<T> = { ok: true; value: T } | { ok: false };

const NONE = { ok: false } as const;

/** Another region's registry: opened late, waited for briefly, left alone for a while when it does not answer. */
export class RemoteRegion {
  readonly region: string;
  readonly stats: RemoteRegionStats = { asked: 0, failed: 0, rested: 0 };
  readonly #options: RemoteRegionOptions;
  readonly #deps: RemoteRegionDeps;
  #registry: Registry | Promise<Registry> | undefined;
  #isOpen = false;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteRegionOptions, deps: RemoteRegionDeps) {
    this.region = options.region;
    this.#options = options;
    this.#deps = deps;
  }

  /** Whether it is left alone now. */
  get rests(): boolean {
    return this.#deps.clock.now() < this.#restsUntilMs;
  }

  /** Opens it now, so that the first question need not wait for a connection over a long way. Never rejects. */
  async warm(): Promise<void> {
    this.#registry ??= this.#deps.open();
    await Promise.resolve(this.#registry).then(
      () => {
        this.#isOpen = true;
      },
      () => undefined,
    );
  }

  /**
   * Never waits longer than the time-out.
   * @param insistMs asks also while it is left alone, and waits for so long: for what cannot be done without it
   * @throws RegistryError when the region did answer, with a refusal
   */
  async ask<T>(question: (registry: Registry) => Promise<T>, insistMs?: number): Promise<Answer<T>> {
    if (this.rests && insistMs === undefined) {
      this.stats.rested += 1;
      return NONE;
    }
    this.stats.asked += 1;
    let timer: NodeJS.Timeout | undefined;
    const overrun = new Promise<typeof NONE>((resolve) => {
      timer = setTimeout(() => resolve(NONE), insistMs ?? this.#options.timeoutMs);
    });
    try {
      const answer = this.#put(question).then((value) => ({ ok: true, value }) as const);
      // Whatever it says after the time-out, nobody listens any more.
      answer.catch(() => undefined);
      const first = await Promise.race([answer, overrun]);
      // One that is still being connected to may answer the next question.
      if (!first.ok && this.#isOpen) this.#rest();
      else if (!first.ok) this.stats.failed += 1;
      return first;
    } catch (error) {
      if (error instanceof RegistryError && error.code !== 'unavailable') throw error;
      // What one record is the matter with says nothing about the region.
      if (error instanceof Error && error.name === 'ReplyError') this.stats.failed += 1;
      else this.#rest();
      return NONE;
    } finally {
      clearTimeout(timer);
    }
  }

  async #put<T>(question: (registry: Registry) => Promise<T>): Promise<T> {
    this.#registry ??= this.#deps.open();
    const registry = await this.#registry;
    this.#isOpen = true;
    return question(registry);
  }

  #rest(): void {
    this.stats.failed += 1;
    this.#restsUntilMs = this.#deps.clock.now() + this.#options.restMs;
  }
}
