import type { FieldHistogram } from '@partyline/telemetry';

/** More regions than this are counted as one. */
const MAX_REGIONS = 64;
/** More sources than any cluster has: then all are looked up anew. */
const MAX_SOURCES = 4_096;
const OTHER = 'other';
const UNKNOWN = 'unknown';

/** What came from one region. */
export interface Origin {
  frames: number;
  readonly latency: FieldHistogram;
}

export interface OriginsServices {
  /** Where a source is, by the first 16 hexadecimal digits of its boot; undefined while that is not known. */
  regionOf: (source: string) => string | undefined;
  latencyFrom: (region: string) => FieldHistogram;
}

/** Counts frames by the region they came from, and measures how long they took. */
export class Origins {
  readonly byRegion = new Map<string, Origin>();
  readonly #services: OriginsServices;
  readonly #bySource = new Map<string, Origin>();

  /** @param ownRegion counted from the start, so that its numbers are there, as zero, before the first frame */
  constructor(ownRegion: string, services: OriginsServices) {
    this.#services = services;
    this.#open(ownRegion);
  }

  /** @param ingressAtMs when the oldest of these frames reached its first edge, by this edge's clock */
  count(source: string, frames: number, ingressAtMs: number, nowMs: number): void {
    const origin = this.#bySource.get(source) ?? this.#find(source);
    origin.frames += frames;
    origin.latency.observe((nowMs - ingressAtMs) / 1000, frames);
  }

  #find(source: string): Origin {
    const region = this.#services.regionOf(source);
    const origin = this.#open(region ?? UNKNOWN);
    if (region !== undefined) {
      if (this.#bySource.size >= MAX_SOURCES) this.#bySource.clear();
      this.#bySource.set(source, origin);
    }
    return origin;
  }

  #open(region: string): Origin {
    const known = this.byRegion.get(region);
    if (known !== undefined) return known;
    if (this.byRegion.size >= MAX_REGIONS && region !== OTHER) return this.#open(OTHER);
    const origin = { frames: 0, latency: this.#services.latencyFrom(region) };
    this.byRegion.set(region, origin);
    return origin;
  }
}
