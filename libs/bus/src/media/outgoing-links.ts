import type { Clock } from '@partyline/runtime';
import type { Bus } from '../bus.ts';
import { sourceBytes, sourceOf } from './bundle.ts';
import { BundleBuffers } from './bundle-builder.ts';
import { FlushTimer, type Schedule, scheduleByTimeout } from './flush-timer.ts';
import { Lane } from './lane.ts';
import type { InFlight, LinkStats, OutgoingLink, OutgoingLinks } from './link.ts';
import { LINK_LIMITS, type LinkLimits, noLinkStats } from './link-limits.ts';
import { type LinkServices, MediaLink } from './media-link.ts';

export interface OutgoingLinksOptions extends Partial<LinkLimits> {
  /** This edge's boot, a UUID: receivers know the source by its first 16 digits. */
  source: string;
  /** Counted from the start, so that their numbers are there, as zero, before the first frame; none unless given. */
  regions?: readonly string[];
}

export interface OutgoingLinksServices {
  bus: Bus;
  clock: Clock;
  /** `setTimeout` unless given. */
  schedule?: Schedule;
}

/** @throws RangeError when `source` does not begin with 16 hexadecimal digits */
export const createOutgoingLinks = (
  options: OutgoingLinksOptions,
  services: OutgoingLinksServices,
): OutgoingLinks => new Links(options, services);

class Links implements OutgoingLinks {
  onDeaf: ((link: OutgoingLink) => void) | undefined;
  readonly regions = new Map<string, LinkStats>();
  readonly #clock: Clock;
  readonly #limits: LinkLimits;
  readonly #services: Omit<LinkServices, 'total'>;
  readonly #links = new Map<string, MediaLink>();
  /** Ended ones whose last bundles are not answered yet: what these take of their lane must come back. */
  readonly #ending = new Set<MediaLink>();
  readonly #lanes = new Map<string, readonly [Lane, Lane]>();
  /** Links are numbered, so that one which is opened again is not taken for a gap in the former. */
  #opened = 0;
  #stopped = false;

  constructor({ source, regions = [], ...limits }: OutgoingLinksOptions, services: OutgoingLinksServices) {
    const { bus, clock, schedule = scheduleByTimeout } = services;
    this.#clock = clock;
    this.#limits = { ...LINK_LIMITS, ...limits };
    this.#services = {
      bus,
      clock,
      buffers: new BundleBuffers(),
      timer: new FlushTimer(clock, schedule),
      limits: this.#limits,
      source: sourceBytes(sourceOf(source)),
      deaf: (link) => this.onDeaf?.(link),
    };
    for (const region of regions) this.#totalOf(region);
  }

  get stats(): LinkStats {
    const sum = noLinkStats();
    for (const stats of this.regions.values()) {
      for (const key of Object.keys(sum) as (keyof LinkStats)[]) sum[key] += stats[key];
    }
    return sum;
  }

  get inFlight(): Map<string, InFlight> {
    const regions = new Map([...this.regions.keys()].map((region) => [region, { bundles: 0, bytes: 0 }]));
    for (const link of [...this.#links.values(), ...this.#ending]) {
      regions.get(link.region)!.bundles += link.unanswered;
    }
    for (const [region, lanes] of this.#lanes) {
      for (const lane of lanes) regions.get(region)!.bytes += lane.unansweredBytes;
    }
    return regions;
  }

  open(region: string, channels: readonly string[]): OutgoingLink {
    if (this.#stopped) throw new Error('The links of this edge were stopped; none can be opened.');
    const [channel] = channels;
    if (channel === undefined || channels.length > 2) {
      throw new RangeError(`A link has one channel or two, not ${channels.length}.`);
    }
    const open = this.#links.get(channel);
    if (open !== undefined) {
      open.holders += 1;
      return open;
    }
    const services = { ...this.#services, total: this.#totalOf(region) };
    const link = new MediaLink(region, channels, this.#opened >>> 0, this.#lanesOf(region), services);
    this.#opened += 1;
    this.#links.set(channel, link);
    return link;
  }

  close(link: OutgoingLink): void {
    const open = this.#links.get(link.channel);
    if (open === undefined || open !== link) return;
    open.holders -= 1;
    if (open.holders > 0) return;
    this.#links.delete(link.channel);
    open.end(this.#clock.now());
    if (open.unanswered > 0) this.#ending.add(open);
  }

  tick(nowMs: number): void {
    for (const link of this.#links.values()) link.tick(nowMs);
    for (const link of this.#ending) {
      link.tick(nowMs);
      if (link.unanswered === 0) this.#ending.delete(link);
    }
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const nowMs = this.#clock.now();
    for (const link of this.#links.values()) link.end(nowMs);
    this.#links.clear();
    this.#ending.clear();
    this.#services.timer.stop();
  }

  #totalOf(region: string): LinkStats {
    let total = this.regions.get(region);
    if (total === undefined) {
      total = noLinkStats();
      this.regions.set(region, total);
    }
    return total;
  }

  #lanesOf(region: string): readonly [Lane, Lane] {
    let lanes = this.#lanes.get(region);
    if (lanes === undefined) {
      const { maxUnansweredBytes } = this.#limits;
      lanes = [new Lane(maxUnansweredBytes), new Lane(maxUnansweredBytes)];
      this.#lanes.set(region, lanes);
    }
    return lanes;
  }
}
