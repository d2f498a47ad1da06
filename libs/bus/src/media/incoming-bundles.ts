import { distance32, wireUs } from '@partyline/protocol';
import { inboxOf } from '../channels.ts';
import {
  BUNDLE_HEADER_BYTES,
  bundleFramesSoFar,
  bundleIsFrom,
  bundleIsHeartbeat,
  bundleLink,
  bundleSentAtUs,
  bundleSequence,
  bundleSource,
  checkBundle,
  sectionEnd,
  sectionFrames,
  sectionFramesStart,
  sectionIngressAtUs,
  sectionNameStart,
  sourceBytes,
  sourceOf,
} from './bundle.ts';
import { LATE_MS, LeastTransit } from './least-transit.ts';
import type { BundleSource, FrameSink, IncomingBundles, IncomingStats } from './link.ts';
import { Numbering } from './numbering.ts';
import { RoomNames } from './room-names.ts';

/** The most sources that are followed; beyond it the longest silent one goes, unless that was heard just now. */
export const MAX_SOURCES = 4_096;
const MAX_CHANNELS = 16_384;
/** A source that was silent for so long is forgotten, but for its numbers. */
const SILENT_MS = 60_000;
/** Numbers outlive an outage of the bus, during which nothing is numbered: else its end would look like a loss. */
const NUMBERS_MS = 3_600_000;
/** A bundle that is missing for so long does not come any more. */
const MISSING_MS = 1_000;
const LEAST_SILENCE_TO_GO_MS = 10_000;
/** What the fastest bundle is taken to need where the clocks are not known. */
const ASSUMED_LEAST_MS = 0.5;

export interface IncomingBundlesOptions {
  /** This edge's boot, or its first 16 digits: bundles of its own are ignored. */
  ownSource: string;
}

export interface IncomingBundlesServices {
  sink: FrameSink;
  /** Called for each bundle with the time that it took, as far as the clocks are known. */
  transit?: (ms: number, source: BundleSource) => void;
  /** By how many ms the source's clock is ahead of this edge's; undefined while that is not known. */
  offsetMs?: (source: string) => number | undefined;
}

/** @throws RangeError when `ownSource` does not begin with 16 hexadecimal digits */
export const createIncomingBundles = (
  options: IncomingBundlesOptions,
  services: IncomingBundlesServices,
): IncomingBundles => new Incoming(options, services);

interface Source extends BundleSource {
  heardAtMs: number;
  leastTransitMs: number;
  least: LeastTransit;
  forgotten: boolean;
}

/** Numbers on one channel by source; the two channels of an inbox share one. */
interface Channel {
  readonly inbox: string | undefined;
  readonly numberings: Map<Source, Numbering>;
}

class Incoming implements IncomingBundles {
  readonly stats: IncomingStats = {
    bundles: 0,
    heartbeats: 0,
    frames: 0,
    bytes: 0,
    lostBundles: 0,
    lostFrames: 0,
    duplicateBundles: 0,
    lateBundles: 0,
    lateFrames: 0,
    malformed: 0,
    unknownVersion: 0,
    refusedBundles: 0,
  };
  readonly #own: Uint8Array;
  readonly #services: IncomingBundlesServices;
  readonly #names = new RoomNames();
  readonly #sources = new Map<string, Source>();
  readonly #channels = new Map<string, Channel>();

  constructor({ ownSource }: IncomingBundlesOptions, services: IncomingBundlesServices) {
    this.#own = sourceBytes(sourceOf(ownSource));
    this.#services = services;
  }

  receive(bytes: Uint8Array, channel: string, nowMs: number): void {
    const { stats } = this;
    if (bundleIsFrom(bytes, this.#own)) return;
    const frames = checkBundle(bytes);
    if (typeof frames === 'string') {
      if (frames === 'unknown_version' || frames === 'unknown_type') stats.unknownVersion += 1;
      else stats.malformed += 1;
      return;
    }
    const source = this.#sourceOf(bytes, nowMs);
    if (source === undefined) {
      stats.refusedBundles += 1;
      return;
    }
    source.heardAtMs = nowMs;
    const numbering = this.#numberingOf(channel, source);
    const link = bundleLink(bytes);
    if (numbering.arrive(link, bundleSequence(bytes), bundleFramesSoFar(bytes), frames, nowMs) === 'again') {
      stats.duplicateBundles += 1;
      return;
    }
    stats.bundles += 1;
    stats.bytes += bytes.length;
    if (bundleIsHeartbeat(bytes)) stats.heartbeats += 1;

    const transitUs = (wireUs(nowMs) - bundleSentAtUs(bytes)) >>> 0;
    const offsetMs = this.#services.offsetMs?.(source.source);
    const knownMs = offsetMs === undefined ? undefined : signedMs(transitUs, offsetMs);
    const excessMs = source.least.observe(transitUs, nowMs, knownMs);
    source.leastTransitMs = distance32(0, source.least.leastUs) / 1000;
    // Nothing takes less than no time, whatever the estimate of the clocks says.
    const transitMs = knownMs === undefined ? excessMs + ASSUMED_LEAST_MS : Math.max(0, knownMs);
    this.#services.transit?.(transitMs, source);
    if (excessMs > LATE_MS) {
      stats.lateBundles += 1;
      stats.lateFrames += frames;
      return;
    }
    stats.frames += frames;
    if (frames > 0) this.#passOn(bytes, source, nowMs - transitMs, nowMs);
  }

  forget(channel: string): void {
    const known = this.#channels.get(channel);
    if (known === undefined) return;
    this.#channels.delete(channel);
    for (const numbering of known.numberings.values()) numbering.settle(Number.POSITIVE_INFINITY);
  }

  tick(nowMs: number): void {
    for (const channel of this.#channels.values()) {
      for (const numbering of channel.numberings.values()) numbering.settle(nowMs - MISSING_MS);
    }
    for (const source of this.#sources.values()) {
      const silentMs = nowMs - source.heardAtMs;
      if (silentMs >= NUMBERS_MS) {
        this.#remove(source);
      } else if (silentMs >= SILENT_MS && !source.forgotten) {
        source.forgotten = true;
        source.least = new LeastTransit();
      }
    }
  }

  source(source: string): BundleSource | undefined {
    const known = this.#sources.get(source);
    return known === undefined || known.forgotten ? undefined : known;
  }

  #passOn(bytes: Uint8Array, source: Source, sentAtMs: number, nowMs: number): void {
    const { sink } = this.#services;
    const sentAtUs = bundleSentAtUs(bytes);
    for (let o = BUNDLE_HEADER_BYTES; o < bytes.length; o = sectionEnd(bytes, o)) {
      const start = sectionFramesStart(bytes, o);
      const room = this.#names.get(bytes, sectionNameStart(o), start);
      const waitedMs = distance32(sectionIngressAtUs(bytes, o), sentAtUs) / 1000;
      sink.frames(
        room,
        source,
        bytes,
        start,
        sectionEnd(bytes, o),
        sectionFrames(bytes, o),
        sentAtMs - waitedMs,
        nowMs,
      );
    }
  }

  #sourceOf(bytes: Uint8Array, nowMs: number): Source | undefined {
    const id = bundleSource(bytes);
    let source = this.#sources.get(id);
    if (source === undefined) {
      if (this.#sources.size >= MAX_SOURCES && !this.#removeLongestSilent(nowMs)) return undefined;
      source = {
        source: id,
        heardAtMs: nowMs,
        leastTransitMs: 0,
        least: new LeastTransit(),
        forgotten: false,
      };
      this.#sources.set(id, source);
    }
    source.forgotten = false;
    return source;
  }

  #removeLongestSilent(nowMs: number): boolean {
    let longest: Source | undefined;
    for (const source of this.#sources.values()) {
      if (longest === undefined || source.heardAtMs < longest.heardAtMs) longest = source;
    }
    if (longest === undefined || nowMs - longest.heardAtMs < LEAST_SILENCE_TO_GO_MS) return false;
    this.#remove(longest);
    return true;
  }

  #remove(source: Source): void {
    this.#sources.delete(source.source);
    for (const channel of this.#channels.values()) {
      channel.numberings.get(source)?.settle(Number.POSITIVE_INFINITY);
      channel.numberings.delete(source);
    }
  }

  #numberingOf(channel: string, source: Source): Numbering {
    const known = this.#channels.get(channel) ?? this.#addChannel(channel);
    let numbering = known.numberings.get(source);
    if (numbering === undefined) {
      numbering = new Numbering(known.inbox !== undefined, this.stats);
      known.numberings.set(source, numbering);
    }
    return numbering;
  }

  #addChannel(channel: string): Channel {
    if (this.#channels.size >= MAX_CHANNELS) this.forget(this.#channels.keys().next().value!);
    const inbox = inboxOf(channel);
    let added: Channel | undefined;
    if (inbox !== undefined) {
      for (const known of this.#channels.values()) if (known.inbox === inbox) added = known;
    }
    added ??= { inbox, numberings: new Map() };
    this.#channels.set(channel, added);
    return added;
  }
}

/** A transit in µs modulo 2^32, put right by the clocks' difference, to ms nearest to 0. */
const signedMs = (transitUs: number, offsetMs: number): number =>
  distance32(0, (transitUs + Math.round(offsetMs * 1000)) % 0x1_0000_0000) / 1000;
