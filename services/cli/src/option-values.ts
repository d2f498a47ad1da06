import type { FrameMs } from '@partyline/codecs';
import { isIdentity, isRoomId, MAX_REASON_CHARS, MAX_REMOVAL_SECONDS } from '@partyline/protocol';
import { InvalidArgumentError } from 'commander';

/** A number of seconds above 0. */
export const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || value > 604_800) {
    throw new InvalidArgumentError('Give a number of seconds above 0, at most 604800.');
  }
  return value;
};

/** A whole number, 0 or more. */
export const amount = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number, at most 99999999.');
  return value;
};

/** A decimal number, 0 or more. */
export const decimal = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(text))
    throw new InvalidArgumentError('Give a number such as 0.5, at most 999.');
  return value;
};

/** A share in percent. */
export const percent = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(text) || value > 100)
    throw new InvalidArgumentError('Give percent, 0 to 100.');
  return value;
};

/** Length of a frame, ms. */
export const frameLength = (text: string): FrameMs => {
  const value = [10, 20, 40, 60].find((one) => `${one}` === text);
  if (value === undefined) throw new InvalidArgumentError('Give 10, 20, 40 or 60 ms.');
  return value as FrameMs;
};

/** Speex's quality. */
export const speexQuality = (text: string): number => {
  if (!/^(10|\d)$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0 to 10.');
  return Number(text);
};

/** An Opus bit rate. */
export const bitrate = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 6_000 || value > 510_000) {
    throw new InvalidArgumentError('Give bit/s from 6000 to 510000.');
  }
  return value;
};

/** How many speakers of a room are forwarded, as an edge can be set. */
export const lastN = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,2}$/.test(text) || value < 1 || value > 62) {
    throw new InvalidArgumentError('Give a whole number from 1 to 62.');
  }
  return value;
};

/** How long frames wait for each other, as an edge can be set, ms. */
export const coalescingTime = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(text) || value > 100) {
    throw new InvalidArgumentError('Give ms from 0 to 100.');
  }
  return value;
};

/** How long a network takes one way, ms. */
export const networkTime = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text) || value > 2_000) {
    throw new InvalidArgumentError('Give ms from 0 to 2000.');
  }
  return value;
};

/** A play-out buffer's least time, ms. */
export const bufferTime = (text: string): number => {
  const value = Number(text);
  if (!(value >= 20) || value > 1_000) throw new InvalidArgumentError('Give ms from 20 to 1000.');
  return value;
};

export const roomName = (text: string): string => {
  if (!isRoomId(text)) {
    throw new InvalidArgumentError(
      'A room name has 1 to 64 letters, digits, "_", "." or "-" and starts with a letter or digit.',
    );
  }
  return text;
};

/** Whom it is about. */
export const identityName = (text: string): string => {
  // A URL takes "." and ".." for ways to somewhere else, however they are written.
  if (!isIdentity(text) || text === '.' || text === '..') {
    throw new InvalidArgumentError(
      'An identity has 1 to 128 characters, no control characters, and is neither "." nor "..".',
    );
  }
  return text;
};

/** What somebody who is removed is told. */
export const removalReason = (text: string): string => {
  if (text.length > MAX_REASON_CHARS) {
    throw new InvalidArgumentError(`A reason has at most ${MAX_REASON_CHARS} characters.`);
  }
  return text;
};

/** How long somebody who is removed is kept out, in seconds: a duration, or 0 for not at all. */
export const removalTime = (text: string): number => {
  const value = text === '0' ? 0 : duration(text);
  if (value > MAX_REMOVAL_SECONDS) {
    throw new InvalidArgumentError(`Give at most ${MAX_REMOVAL_SECONDS / 86_400}d.`);
  }
  return value;
};

/** A service's address; a forgotten `http://` is the usual mistake. */
export const serviceAddress = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Give an address such as http://127.0.0.1:8080.');
  }
  return text;
};

const UNITS: Record<string, number> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** A duration such as `90`, `90s`, `10m`, `2h` or `1d`, in seconds. */
export const duration = (text: string): number => {
  const [, digits, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  const value = digits === undefined ? 0 : Number(digits) * UNITS[unit]!;
  if (value < 1) throw new InvalidArgumentError('Give a duration such as 90s, 10m, 2h or 1d.');
  return value;
};

export const GRANTS = ['publish', 'subscribe', 'moderate', 'hidden', 'direct'] as const;
export type GrantName = (typeof GRANTS)[number];

/** Grants separated by commas: all that the token gives. */
export const grants = (text: string): Record<GrantName, boolean> => {
  const given = text.split(',').map((name) => name.trim());
  const unknown = given.find((name) => name !== '' && !(GRANTS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is no grant. Grants are ${GRANTS.join(', ')}.`);
  }
  return Object.fromEntries(GRANTS.map((name) => [name, given.includes(name)])) as Record<GrantName, boolean>;
};

/** A choice of `all`, separated by commas; "none" is none of them. */
export const choices =
  <const All extends readonly string[]>(all: All, what: string) =>
  (text: string): All[number][] => {
    const given = text === 'none' ? [] : text.split(',').map((name) => name.trim());
    const unknown = given.find((name) => !all.includes(name));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`"${unknown}" is no ${what}. Give some of ${all.join(', ')}, or none.`);
    }
    return all.filter((one) => given.includes(one));
  };
