import type { Time } from './clock.ts';
import type { ClockSync } from './clock-sync.ts';
import type { Downlink } from './downlink.ts';
import type { EdgeLink } from './edge-link.ts';
import { Path } from './path.ts';
import type { Timer } from './timers.ts';

/** A stream that was heard this lately has to be heard on the new path before the old one ends. */
const ACTIVE_MS = 500;
const FRAMES_TO_HEAR = 2;
/** For what is on its way on the old path while nobody speaks. */
const LEAST_OVERLAP_MS = 200;
const LONGEST_OVERLAP_MS = 1_000;
const LOOK_MS = 20;

interface Overlap {
  old: EdgeLink;
  timer: Timer;
}

/** The connections that receive: one as a rule, two for a while around a move (protocol rules 61 to 64). */
export class Paths {
  readonly #clockSync: ClockSync;
  readonly #time: Time;
  readonly #downlink: Downlink;
  readonly #paths = new Map<EdgeLink, Path>();
  #overlap: Overlap | undefined;

  constructor(clockSync: ClockSync, time: Time, downlink: Downlink) {
    this.#clockSync = clockSync;
    this.#time = time;
    this.#downlink = downlink;
  }

  open(link: EdgeLink): void {
    const estimate = this.#clockSync.estimate(link.welcome.edge);
    const missed = (messages: number): void => this.#downlink.missed(messages);
    this.#paths.set(link, new Path(link, estimate, this.#time, missed));
    this.#downlink.overlapping = this.#paths.size > 1;
  }

  /** Says on each connection how far it was received. */
  acknowledge(): void {
    for (const path of this.#paths.values()) path.acks.flush();
  }

  of(link: EdgeLink): Path | undefined {
    return this.#paths.get(link);
  }

  close(link: EdgeLink): void {
    if (this.#overlap?.old === link) this.#endOverlap();
    this.#paths.get(link)?.close();
    this.#paths.delete(link);
    this.#downlink.overlapping = this.#paths.size > 1;
  }

  closeAll(): void {
    for (const link of [...this.#paths.keys()]) this.close(link);
  }

  /**
   * The session went over from one link to the other, which has still to prove itself.
   * @param proved called once the old link is needed no more
   */
  overlap(old: EdgeLink, successor: EdgeLink, proved: () => void): void {
    this.#endOverlap();
    const toHear = new Map(this.#downlink.activeStreams(ACTIVE_MS).map((id) => [id, FRAMES_TO_HEAR]));
    this.#downlink.watch(this.#paths.get(successor), (streamId) => {
      const left = toHear.get(streamId);
      if (left === undefined) return;
      if (left > 1) toHear.set(streamId, left - 1);
      else toHear.delete(streamId);
    });
    const beganAtMs = this.#time.now();
    const look = (): void => {
      const sinceMs = this.#time.now() - beganAtMs;
      const heard = toHear.size === 0 && old.bufferedAmount === 0 && sinceMs >= LEAST_OVERLAP_MS;
      if (!heard && sinceMs < LONGEST_OVERLAP_MS) return;
      this.#endOverlap();
      proved();
    };
    this.#overlap = { old, timer: this.#time.every(LOOK_MS, look) };
  }

  #endOverlap(): void {
    this.#overlap?.timer.cancel();
    this.#overlap = undefined;
    this.#downlink.watch(undefined);
  }
}
