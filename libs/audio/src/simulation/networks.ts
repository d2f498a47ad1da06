import { seeded } from './seeded.ts';
import type { Delay } from './stream.ts';

/** What every simulated way takes at least, ms. */
export const LEAST_TRANSIT_MS = 10;

/** Moments at which something happens: after `firstMs`, then at random about every `everyMs`. */
function momentsOf(random: () => number, everyMs: number, firstMs = everyMs / 2): (ms: number) => number {
  let nextMs = firstMs;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (ms) => {
    while (ms >= nextMs) {
      lastMs = nextMs;
      nextMs += everyMs * (0.5 + random());
    }
    return lastMs;
  };
}

/** The way stands still for a while about every `everyMs`; all that waited arrives when it goes on. */
function stalling(random: () => number, everyMs: number, fromMs: number, toMs: number): Delay {
  const lastOf = momentsOf(random, everyMs);
  let stallAtMs = Number.NEGATIVE_INFINITY;
  let lengthMs = 0;
  return (ms) => {
    const lastMs = lastOf(ms);
    if (lastMs !== stallAtMs) {
      stallAtMs = lastMs;
      lengthMs = fromMs + (toMs - fromMs) * random();
    }
    return Math.max(0, stallAtMs + lengthMs - ms);
  };
}

/** A delay that is the same all the time. */
export const steady: Delay = () => LEAST_TRANSIT_MS;

/** Each frame takes `least` to `least + spreadMs`, whatever the one before took. */
export const uniform = (seed: number, spreadMs: number): Delay =>
  (
    (random) => () =>
      LEAST_TRANSIT_MS + spreadMs * random()
  )(seeded(seed));

/** A house's Wi-Fi: short tails all the time, and a channel that is taken for 20 to 80 ms about every 2 s. */
export const wifi = (seed: number): Delay => {
  const random = seeded(seed);
  const stalls = stalling(seeded(seed + 1000), 2_000, 20, 80);
  return (ms) => LEAST_TRANSIT_MS - 4 * Math.log(1 - 0.99 * random()) + stalls(ms);
};

/** Stalls of `fromMs` to `toMs` about every `everyMs` on a quiet way. */
export const stalls = (seed: number, everyMs: number, fromMs: number, toMs: number): Delay => {
  const random = seeded(seed);
  const stall = stalling(seeded(seed + 1000), everyMs, fromMs, toMs);
  return (ms) => LEAST_TRANSIT_MS + 5 * random() + stall(ms);
};

/** TCP on a way of `rttMs` that loses a share of the packets: each loss holds up everything until it is sent again. */
export const retransmissions = (seed: number, share: number, rttMs: number): Delay => {
  const random = seeded(seed);
  return () => {
    let ms = LEAST_TRANSIT_MS + 3 * random();
    // The first repeat follows the third acknowledgement of something later; a repeat that is lost takes a timer.
    if (random() < share) ms += rttMs + 60;
    while (ms > rttMs && random() < share) ms += 200 + rttMs;
    return ms;
  };
};

/** One stall at a moment, on top of another way. */
export const withStall =
  (way: Delay, atMs: number, lengthMs: number): Delay =>
  (ms) =>
    way(ms) + (ms >= atMs && ms < atMs + lengthMs ? atMs + lengthMs - ms : 0);

/** Another route from a moment on, slower or (negative) faster by `byMs`. */
export const withRoute =
  (way: Delay, fromMs: number, toMs: number, byMs: number): Delay =>
  (ms) =>
    way(ms) + (ms >= fromMs && ms < toMs ? byMs : 0);

/**
 * A program that decodes and hands over within 1 to 4 ms, unless it is busy: then what comes waits until it is done.
 * @param everyMs between two such moments, about
 */
export const busyThread = (seed: number, everyMs: number, fromMs: number, toMs: number): Delay => {
  const random = seeded(seed);
  const stall = stalling(seeded(seed + 2000), everyMs, fromMs, toMs);
  return (ms) => 1 + 3 * random() + stall(ms);
};

/** Talk of 1 to 4 s with pauses of 0.5 to 3 s, as `silentAt`; ask in order of time. */
export const pauses = (seed: number): ((ms: number) => boolean) => {
  const random = seeded(seed);
  let silent = false;
  let untilMs = 2_000;
  return (ms) => {
    while (ms >= untilMs) {
      silent = !silent;
      untilMs += silent ? 500 + 2_500 * random() : 1_000 + 3_000 * random();
    }
    return silent;
  };
};
