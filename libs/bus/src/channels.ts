import { createHash } from 'node:crypto';
import { keySlot, SLOTS } from '@partyline/redis';

/**
 * Names of channels. The second field is the region whose bus carries the channel: so a publisher finds the right
 * one, and several clusters can share a Redis by their prefix (pub/sub ignores database numbers).
 */
export interface ChannelAddress {
  /** Without a colon at its end, such as `partyline`. */
  prefix: string;
  region: string;
}

export interface EdgeAddress extends ChannelAddress {
  edge: string;
  /** Random per process start: a restarted edge is another source, and two edges with one id do not mix. */
  boot: string;
}

/**
 * Media bundles for one edge. An engine with several masters gets two, `a` and `b`: their slots are so far apart
 * (at least three eighths of all) that three masters or more that share the slots evenly have them on different ones.
 */
export const inboxChannel = ({ prefix, region, edge, boot }: EdgeAddress, which: 'a' | 'b' = 'a'): string => {
  const a = `${prefix}:${region}:inbox-a:${edge}:${boot}`;
  if (which === 'a') return a;
  const slot = keySlot(a);
  for (let attempt = 0; ; attempt++) {
    const b = `${prefix}:${region}:inbox-b:${edge}:${boot}:${attempt}`;
    const distance = Math.abs(keySlot(b) - slot);
    if (distance >= APART && SLOTS - distance >= APART) return b;
  }
};

const APART = (SLOTS * 3) / 8;

/** What both channels of an inbox have in common; undefined for other channels. */
export const inboxOf = (channel: string): string | undefined => {
  const found = /^([^:]*:[^:]*):inbox-[ab]:([^:]*:[^:]*)/.exec(channel);
  return found === null ? undefined : `${found[1]}:${found[2]}`;
};

/** Media bundles of a room that is on many edges of the region; room names may hold what channels must not. */
export const roomChannel = ({ prefix, region }: ChannelAddress, room: string): string =>
  `${prefix}:${region}:room:${createHash('sha256').update(room).digest('base64url').slice(0, 22)}`;

/** What edges tell each other about rooms. */
export const peerChannel = ({ prefix, region, edge, boot }: EdgeAddress): string =>
  `${prefix}:${region}:peer:${edge}:${boot}`;

/** Orders of directories to one edge. */
export const orderChannel = ({ prefix, region, edge, boot }: EdgeAddress): string =>
  `${prefix}:${region}:control:${edge}:${boot}`;

/** Answers to orders. */
export const replyChannel = ({ prefix, region }: ChannelAddress, id: string): string =>
  `${prefix}:${region}:control-reply:${id}`;

/** The region in a channel's name, or undefined for a name of another make. */
export const regionOf = (channel: string): string | undefined => channel.split(':', 3)[1];
