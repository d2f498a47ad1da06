import type { EdgeMessage } from '@partyline/protocol';
import type { Time } from './clock.ts';
import type { ClockSync } from './clock-sync.ts';
import { Downlink, type DownlinkHandlers } from './downlink.ts';
import type { EdgeLink } from './edge-link.ts';
import { JoinTimer } from './join-timer.ts';
import type { Pace } from './pace.ts';
import { Paths } from './paths.ts';
import { Uplink } from './uplink.ts';

const UPLINK_DEADLINE_MS = 200;

/** What media needs from the room around it. */
export interface MediaHandlers extends DownlinkHandlers {
  /** There is room for less voice, or for more again. */
  pace(pace: Pace): void;
}

/**
 * The media of one session, whichever links carry it: frames go up by the one that carries the session, and come
 * down by all that are open.
 */
export class SessionMedia {
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly joinTimer: JoinTimer;
  readonly #clockSync: ClockSync;
  readonly #paths: Paths;
  #carrier: EdgeLink | undefined;

  constructor(deadlineMs: number | undefined, time: Time, clockSync: ClockSync, handlers: MediaHandlers) {
    this.#clockSync = clockSync;
    this.uplink = new Uplink(
      { deadlineMs: deadlineMs ?? UPLINK_DEADLINE_MS, pace: (pace) => handlers.pace(pace) },
      { local: time, cluster: clockSync },
    );
    this.joinTimer = new JoinTimer(time);
    this.downlink = new Downlink(clockSync, time, {
      ...handlers,
      frame: (frame) => {
        if (frame.streamId !== this.#carrier?.welcome.streamId) this.joinTimer.heard(frame);
        handlers.frame(frame);
      },
    });
    this.#paths = new Paths(clockSync, time, this.downlink);
  }

  /** The link of the session; undefined while there is none. */
  get carrier(): EdgeLink | undefined {
    return this.#carrier;
  }

  opened(link: EdgeLink): void {
    this.#paths.open(link);
  }

  /** Frames go up by this link from now on. */
  carriedBy(link: EdgeLink): void {
    this.#carrier = link;
    this.#clockSync.follow(this.#paths.of(link)!.estimate, false);
    this.downlink.ownStreamId = link.welcome.streamId;
    this.downlink.measured = this.#paths.of(link);
    this.downlink.traced.every = link.welcome.traceEvery ?? 0;
    this.uplink.connect(link, link.welcome.streamId);
  }

  /**
   * Frame k and all later ones go up by the new link, and the old one learns that k − 1 was its last (rule 63).
   * @param proved called once the old link is needed no more
   */
  moved(link: EdgeLink, from: EdgeLink | undefined, proved: () => void): void {
    this.#clockSync.follow(this.#paths.of(link)!.estimate, true);
    this.carriedBy(link);
    if (from === undefined) return;
    from.send({ type: 'handover', ...(from.lastFrame === undefined ? {} : { last: from.lastFrame }) });
    this.#paths.overlap(from, link, proved);
  }

  message(message: EdgeMessage, link: EdgeLink): void {
    this.#paths.of(link)?.take(message);
    if (message.type === 'subscribed') this.downlink.subscribed(message);
    if (message.type === 'receipt') this.uplink.receipt(message.sequence, link);
  }

  media(bytes: Uint8Array, link: EdgeLink): void {
    const path = this.#paths.of(link);
    if (path !== undefined) this.downlink.media(bytes, path);
  }

  /** @param replaced another link is about to carry the session: frames wait for it */
  closed(link: EdgeLink, replaced: boolean): void {
    this.#paths.close(link);
    if (link !== this.#carrier) return;
    this.#carrier = undefined;
    this.downlink.measured = undefined;
    if (replaced) this.uplink.hold();
    else this.uplink.disconnect();
  }

  /** Tells every edge how far its media came, at once. */
  acknowledge(): void {
    this.#paths.acknowledge();
  }

  /** Nothing goes up or comes down for now. */
  interrupted(): void {
    this.uplink.disconnect();
    this.downlink.interruptedAll();
  }

  /** For good. */
  end(): void {
    this.interrupted();
    this.#paths.closeAll();
    this.#carrier = undefined;
  }
}
