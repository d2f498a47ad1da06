import type { LinkStats } from './link.ts';

/** What bounds and paces links; each has a default, and `docs/limits.md` names what happens at the bounds. */
export interface LinkLimits {
  /** A link that sent nothing for so long sends at once. */
  quietMs: number;
  /** How long a frame waits for others on a link that is not quiet. Timers count whole ms. */
  waitMs: number;
  /** Bundles without an answer, by link and channel. */
  maxUnanswered: number;
  /** Bytes without an answer, over all links to a region that use the same channel of their two. */
  maxUnansweredBytes: number;
  /** Frames that reached this edge longer ago than this are not sent any more. */
  maxAgeMs: number;
  /** A link that sent nothing for so long sends a heartbeat. */
  heartbeatMs: number;
  /** Without an answer for so long, the other channel is tried; and a link switches no more often than this. */
  switchMs: number;
  /** Without an answer for so long, a bundle is given up: an engine that is alive answers or refuses before. */
  answerMs: number;
  /** After the bus refused a bundle as unavailable, frames are dropped for so long before it is tried again. */
  awayMs: number;
  /** The least time between two reports of a deaf link. */
  deafMs: number;
}

export const LINK_LIMITS: Readonly<LinkLimits> = {
  quietMs: 5,
  waitMs: 4,
  maxUnanswered: 32,
  maxUnansweredBytes: 262_144,
  maxAgeMs: 300,
  heartbeatMs: 1_000,
  switchMs: 300,
  answerMs: 3_000,
  awayMs: 50,
  deafMs: 1_000,
};

export const noLinkStats = (): LinkStats => ({
  bundles: 0,
  frames: 0,
  bytes: 0,
  droppedFull: 0,
  droppedAway: 0,
  droppedOld: 0,
  deafBundles: 0,
  deafFrames: 0,
  failedBundles: 0,
});
