import { seeded } from './seeded.ts';

/** The sound device takes so many samples at a moment (true ms). */
export interface Pull {
  readonly atMs: number;
  readonly samples: number;
}

/** A sound device, from 0 to `lengthMs`. */
export type Device = (lengthMs: number) => Iterable<Pull>;

/**
 * Takes `block` samples whenever it needs them, `together` blocks at a time: browsers render 128 samples, but
 * a device asks for more, and then several blocks are rendered in a row.
 */
export const device = (block: number, together = 1): Device =>
  function* (lengthMs) {
    const periodMs = (block * together) / 48;
    for (let atMs = 0; atMs < lengthMs; atMs += periodMs) {
      for (let i = 0; i < together; i += 1) yield { atMs, samples: block };
    }
  };

/** The same, by a thread that others keep waiting for up to `lateMs`; it makes up for it. */
export const lateDevice = (seed: number, block: number, lateMs: number): Device =>
  function* (lengthMs) {
    const random = seeded(seed);
    let lastMs = 0;
    for (let atMs = 0; atMs < lengthMs; atMs += block / 48) {
      lastMs = Math.max(lastMs, atMs + lateMs * random() ** 8);
      yield { atMs: lastMs, samples: block };
    }
  };

/** A device that takes nothing from `fromMs` to `toMs` and then goes on, or (`madeUp`) takes it all at once. */
export const stopping = (other: Device, fromMs: number, toMs: number, madeUp: boolean): Device =>
  function* (lengthMs) {
    for (const { atMs, samples } of other(lengthMs)) {
      if (atMs < fromMs || atMs >= toMs) yield { atMs, samples };
      else if (madeUp) yield { atMs: toMs, samples };
    }
  };
