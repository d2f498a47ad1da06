import type { EdgeLease } from '@partyline/registry';
import type { Component } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';

const LOOK_EVERY_MS = 5_000;
/** So long edges may take to start, in ms. */
const PATIENCE_MS = 20_000;

export interface RegionWatchDeps {
  edges: () => Promise<readonly EdgeLease[]>;
  /** Whether the region answers now: of one that does not nothing is known. */
  answers: (region: string) => boolean;
  clock: { now(): number };
  log: Logger;
}

/** Counts the edges of each region in the settings, and complains of one that has none: its name may be wrong. */
export class RegionWatch implements Component {
  readonly name = 'region watch';
  /** By region; of the last look. */
  readonly edges = new Map<string, number>();
  readonly #deps: RegionWatchDeps;
  /** Since when each region has been seen without an edge. */
  readonly #emptySinceMs = new Map<string, number>();
  readonly #named = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(regions: readonly string[], deps: RegionWatchDeps) {
    this.#deps = deps;
    for (const region of regions) this.edges.set(region, 0);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const leases = await this.#deps.edges().catch(() => undefined);
    if (leases === undefined) return;
    for (const region of this.edges.keys()) {
      const count = leases.filter((lease) => lease.region === region).length;
      this.edges.set(region, count);
      if (count > 0) this.#inhabited(region);
      else if (this.#deps.answers(region)) this.#empty(region);
      else this.#emptySinceMs.delete(region);
    }
  }

  #inhabited(region: string): void {
    this.#emptySinceMs.delete(region);
    if (this.#named.delete(region))
      this.#deps.log.info({ region }, `The region ${region} has an edge by now.`);
  }

  #empty(region: string): void {
    const { clock, log } = this.#deps;
    const nowMs = clock.now();
    const sinceMs = this.#emptySinceMs.get(region) ?? nowMs;
    this.#emptySinceMs.set(region, sinceMs);
    if (nowMs - sinceMs < PATIENCE_MS || this.#named.has(region)) return;
    this.#named.add(region);
    log.warn(
      { region },
      `The region ${region} has no edge. If it should have some: is that what their PARTYLINE_EDGE_REGION says, and do they use the Redis that is named for it here?`,
    );
  }
}
