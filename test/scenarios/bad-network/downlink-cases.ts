import { readFileSync } from 'node:fs';
import {
  busyThread,
  type Delay,
  type Device,
  device,
  lateDevice,
  pauses,
  recorded,
  retransmissions,
  type StreamFrame,
  stalls,
  steady,
  stopping,
  type TalkOptions,
  talk,
  uniform,
  wifi,
  withRoute,
  withStall,
} from '@partyline/audio/simulation';

/** When the one thing happens that a case is about. */
export const EVENT_MS = 20_000;

/** One network, thread and sound device, and what a listener may notice. */
export interface DownlinkCase {
  readonly name: string;
  frames(seed: number, lengthMs: number): StreamFrame[];
  readonly device?: Device;
  /** Most of the talk that may be missing, percent. */
  readonly missingPercent: number;
  /** Most delay beyond the fastest frame's that may be added on average, ms. */
  readonly delayMs: number;
  /** Whether all has to be as before 5 s after {@link EVENT_MS}: less than 80 ms held, and the same delay at the end. */
  readonly event?: boolean;
  /** A recording is the same for every seed. */
  readonly once?: boolean;
}

const lan = (seed: number): Delay => uniform(seed, 6);
const onLan =
  (options: Partial<TalkOptions> = {}) =>
  (seed: number, lengthMs: number): StreamFrame[] =>
    talk({ lengthMs, ...options }, lan(seed), busyThread(seed, 60_000, 5, 10));
const over =
  (way: (seed: number) => Delay) =>
  (seed: number, lengthMs: number): StreamFrame[] =>
    talk({ lengthMs }, way(seed), busyThread(seed, 60_000, 5, 10));

/** Arrivals of a real call, 40 ms away over lines that lose 3 % of the packets; the seed is of no use there. */
const arrivals = (name: 'listener' | 'both') => (): StreamFrame[] => {
  const file = new URL(`../../../libs/audio/test/traces/${name}.json`, import.meta.url);
  const { frames } = JSON.parse(readFileSync(file, 'utf8')) as { frames: [number, number, number][] };
  return recorded(frames);
};

/** Speakers whose clocks run fast or slow, turn by turn. */
const ppmOf = (seed: number): number => (seed % 2 === 0 ? 200 : -200);

/** The issue's own: jitter of 0 to 120 ms, one stall of 300 ms, a clock that is off by ±200 ppm. */
const HARD_CASE: DownlinkCase = {
  name: 'jitter 0–120 ms, stall 300 ms, ±200 ppm',
  frames: (seed, lengthMs) =>
    talk({ lengthMs, ppm: ppmOf(seed) }, withStall(uniform(seed, 120), EVENT_MS, 300)),
  missingPercent: 1,
  delayMs: 145,
  event: true,
};

export const DOWNLINK_CASES: readonly DownlinkCase[] = [
  HARD_CASE,
  { name: 'steady', frames: (_, lengthMs) => talk({ lengthMs }, steady), missingPercent: 0.01, delayMs: 20 },
  { name: 'LAN', frames: onLan(), missingPercent: 0.05, delayMs: 35 },
  {
    name: 'LAN, stall 300 ms, ±200 ppm',
    frames: (seed, lengthMs) => talk({ lengthMs, ppm: ppmOf(seed) }, withStall(lan(seed), EVENT_MS, 300)),
    missingPercent: 1,
    delayMs: 35,
    event: true,
  },
  {
    name: 'LAN, thread busy 10–40 ms every 2 s',
    frames: (seed, lengthMs) => talk({ lengthMs }, lan(seed), busyThread(seed, 2_000, 10, 40)),
    missingPercent: 0.3,
    delayMs: 65,
  },
  {
    name: 'LAN, thread busy 30–50 ms every 12 s',
    frames: (seed, lengthMs) => talk({ lengthMs }, lan(seed), busyThread(seed, 12_000, 30, 50)),
    missingPercent: 0.3,
    delayMs: 75,
  },
  { name: 'Wi-Fi', frames: over(wifi), missingPercent: 0.4, delayMs: 100 },
  {
    name: 'stalls 80–200 ms every 3 s',
    frames: over((seed) => stalls(seed, 3_000, 80, 200)),
    missingPercent: 1,
    delayMs: 215,
  },
  {
    name: 'stalls 100–200 ms every 12 s',
    frames: over((seed) => stalls(seed, 12_000, 100, 200)),
    missingPercent: 1.6,
    delayMs: 100,
  },
  {
    name: 'TCP, 80 ms round trip, 1 % lost',
    frames: over((seed) => retransmissions(seed, 0.01, 80)),
    missingPercent: 1.6,
    delayMs: 190,
  },
  {
    name: 'recorded: listener’s line loses 3 %',
    frames: arrivals('listener'),
    once: true,
    missingPercent: 5,
    delayMs: 300,
  },
  {
    name: 'recorded: both lines lose 3 %',
    frames: arrivals('both'),
    once: true,
    missingPercent: 2.5,
    delayMs: 340,
  },
  {
    name: 'route 80 ms longer for a while',
    frames: (seed, lengthMs) =>
      talk({ lengthMs }, withRoute(lan(seed), EVENT_MS, EVENT_MS + lengthMs / 4, 80)),
    missingPercent: 0.5,
    delayMs: 75,
  },
  {
    name: 'talk with pauses, Wi-Fi',
    frames: (seed, lengthMs) => talk({ lengthMs, silentAt: pauses(seed) }, wifi(seed)),
    missingPercent: 0.5,
    delayMs: 100,
  },
  {
    name: 'muted for half of the time, ±200 ppm',
    frames: (seed, lengthMs) =>
      talk(
        { lengthMs, ppm: ppmOf(seed), silentAt: (ms) => ms > lengthMs / 4 && ms < (lengthMs * 3) / 4 },
        lan(seed),
      ),
    missingPercent: 0.1,
    delayMs: 40,
  },
  {
    name: 'nothing handed over for 10 s',
    frames: (seed, lengthMs) =>
      talk({ lengthMs }, lan(seed), (ms) =>
        ms > EVENT_MS && ms < EVENT_MS + 10_000 ? EVENT_MS + 10_000 - ms : 1,
      ),
    missingPercent: 100,
    delayMs: 45,
  },
  { name: 'device takes 441', frames: onLan(), device: device(441), missingPercent: 0.05, delayMs: 45 },
  { name: 'device takes 1024', frames: onLan(), device: device(1024), missingPercent: 0.1, delayMs: 60 },
  { name: 'device takes 8 × 128', frames: onLan(), device: device(128, 8), missingPercent: 0.1, delayMs: 60 },
  {
    name: 'device up to 30 ms late',
    frames: onLan(),
    device: lateDevice(5, 128, 30),
    missingPercent: 0.3,
    delayMs: 60,
  },
  {
    name: 'device stops for 3 s',
    frames: onLan(),
    device: stopping(device(128), EVENT_MS, EVENT_MS + 3_000, false),
    missingPercent: 0.1,
    delayMs: 40,
  },
  {
    name: 'nothing taken for 10 s, then all at once',
    frames: onLan(),
    device: stopping(device(480), EVENT_MS, EVENT_MS + 10_000, true),
    missingPercent: 100,
    delayMs: 50,
  },
];
