import type { Logger } from '@partyline/telemetry';
import { MAX_PEERS, PEER_SILENT_AFTER_MS } from '../limits.ts';
import { Peer } from './peer.ts';
import type { PeerCounters } from './peer-counters.ts';
import type { PeerAddress } from './peer-message.ts';

/** A peer that shares no room is remembered for this long, in ms. */
const FORGET_AFTER_MS = 30_000;
/** Ticks further apart than this mean that this process stood still: the peers were not silent, it was deaf. */
const STOOD_STILL_MS = 1_000;
/** A clock that is off by more is written to the log, at most once a minute. In ms. */
const CLOCK_WARNING_MS = 1_000;
const CLOCK_WARNING_EVERY_MS = 60_000;
/** Bundles name their source by this much of its boot. */
const SOURCE_DIGITS = 16;

export interface PeersServices {
  counters: PeerCounters;
  log: Logger;
}

/** The other edges that this one has to do with. */
export class Peers {
  readonly #prefix: string;
  readonly #ownBoot: string;
  readonly #services: PeersServices;
  readonly #byBoot = new Map<string, Peer>();
  readonly #bySource = new Map<string, Peer>();
  #tickedAtMs = 0;

  constructor(prefix: string, ownBoot: string, services: PeersServices) {
    this.#prefix = prefix;
    this.#ownBoot = ownBoot;
    this.#services = services;
  }

  get size(): number {
    return this.#byBoot.size;
  }

  all(): Iterable<Peer> {
    return this.#byBoot.values();
  }

  get(boot: string): Peer | undefined {
    return this.#byBoot.get(boot);
  }

  /** By the first 16 hexadecimal digits of the boot, as bundles name their source. */
  bySource(source: string): Peer | undefined {
    return this.#bySource.get(source);
  }

  /** The peer of this address, known or new; undefined for this edge itself, and for one too many. */
  open(address: PeerAddress, nowMs: number): Peer | undefined {
    const known = this.#byBoot.get(address.boot);
    if (known !== undefined) return known;
    if (address.boot === this.#ownBoot) return undefined;
    if (this.#byBoot.size >= MAX_PEERS) {
      this.#services.counters.overBound += 1;
      return undefined;
    }
    const { edge, boot, region } = address;
    const peer = new Peer(this.#prefix, { edge, boot, region }, nowMs);
    this.#byBoot.set(boot, peer);
    this.#bySource.set(sourceOf(boot), peer);
    return peer;
  }

  forget(peer: Peer): void {
    this.#byBoot.delete(peer.boot);
    if (this.#bySource.get(sourceOf(peer.boot)) === peer) this.#bySource.delete(sourceOf(peer.boot));
  }

  /** Something valid was heard. True if the peer had been silent. */
  heard(peer: Peer, nowMs: number): boolean {
    peer.heardAtMs = nowMs;
    if (!peer.silent) return false;
    peer.silent = false;
    return true;
  }

  /** Finds peers that fell silent, and forgets those of no use. Call it every TICK_MS. */
  tick(nowMs: number, onSilent: (peer: Peer) => void): void {
    const pausedMs = nowMs - this.#tickedAtMs;
    const stoodStill = this.#tickedAtMs > 0 && pausedMs > STOOD_STILL_MS;
    this.#tickedAtMs = nowMs;
    for (const peer of this.#byBoot.values()) {
      if (peer.rooms.size > 0) peer.sharedNothingSinceMs = nowMs;
      else if (nowMs - peer.sharedNothingSinceMs > FORGET_AFTER_MS) this.forget(peer);
      if (stoodStill) peer.heardAtMs = Math.min(nowMs, peer.heardAtMs + pausedMs);
      if (peer.silent || nowMs - peer.heardAtMs < PEER_SILENT_AFTER_MS) continue;
      peer.silent = true;
      peer.silentSinceMs = nowMs;
      if (peer.rooms.size === 0) continue;
      this.#services.counters.silences += 1;
      onSilent(peer);
    }
  }

  /** Takes a sample of the peer's clock. */
  clock(peer: Peer, times: { t0: number; t1: number; t2: number }, nowMs: number): void {
    if (!peer.clock.take(times.t0, times.t1, times.t2, nowMs)) return;
    const offsetMs = peer.clock.offsetMs!;
    if (Math.abs(offsetMs) < CLOCK_WARNING_MS) return;
    if (nowMs - peer.warnedOfClockAtMs < CLOCK_WARNING_EVERY_MS) return;
    peer.warnedOfClockAtMs = nowMs;
    const { edge, region } = peer.address;
    const ahead = offsetMs > 0 ? 'ahead of' : 'behind';
    this.#services.log.warn(
      { peer: edge, region, offsetMs: Math.round(offsetMs) },
      `The clock of edge ${edge} is ${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${ahead} this edge's: check NTP on both nodes. Calls go on; times of frames between the two are corrected.`,
    );
  }

  /** The greatest distance of a peer's clock from this one's, in ms. */
  get worstClockOffsetMs(): number {
    let worst = 0;
    for (const { clock } of this.#byBoot.values()) worst = Math.max(worst, Math.abs(clock.offsetMs ?? 0));
    return worst;
  }
}

const sourceOf = (boot: string): string => boot.replaceAll('-', '').slice(0, SOURCE_DIGITS);
