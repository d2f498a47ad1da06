import { vi } from 'vitest';
import { timeOf } from '../src/clock.ts';
import { systemTimers } from '../src/timers.ts';
import { Uplink } from '../src/uplink.ts';
import { ThinLink } from './thin-link.ts';

/** What a network is like, and what becomes of it. */
export interface ThinCase {
  /** While it is thin, for 5 s; before and after 10 Mbit/s. */
  bitsPerSecond: number;
  /** One way, without the time that bytes take at that rate. */
  delayMs: () => number;
  /** Buffer of the system. */
  systemBytes: number;
  /** How far into a frame it becomes thin. */
  phaseMs: number;
  confirms?: boolean;
}

const FRAME_MS = 20;
const USUAL_BPS = 32_000;
const WIDE = 10_000_000;
export const THIN_MS = 5_000;
/** Acknowledgements of what is heard go the same way: five a second, of so many bytes. */
const ACK_MS = 200;
const ACK_BYTES = 50;

/** How voice fared: delays are from the capture of a frame's first sample to its arrival. */
export interface ThinOutcome {
  uplink: Uplink;
  link: ThinLink;
  spokenFrames: number;
  /** Voice that came within 400 ms while the link was thin. */
  heardMs: number;
  /** After the link was wide again for so many ms: the largest delay. */
  worstAfterMs(sinceMs: number): number;
  /** When, after the link was wide again, the first frame came that was captured then. */
  freshAfterMs: number;
  /** Frames sent while it was thin, by their length. */
  framesOf(durationMs: number): number;
}

/** Speaks without a pause through a link that is thin for 5 s. Needs fake timers. */
export const throughThinLink = (network: ThinCase): ThinOutcome => {
  const clock = { now: () => Date.now(), offsetMs: 0, toCluster: (localMs: number) => localMs };
  const time = timeOf(clock, systemTimers);
  const uplink = new Uplink({ deadlineMs: 200 }, { local: time, cluster: clock });
  const link = new ThinLink(systemTimers, { ...network, bitsPerSecond: WIDE });
  link.onReceipt = (sequence) => uplink.receipt(sequence, link);
  uplink.connect(link, 1);
  let spokenFrames = 0;
  let gatheredMs = 0;
  // An encoder that keeps to the pace, as `VoicePublisher` does.
  const speak = (): void => {
    gatheredMs += FRAME_MS;
    const { maxBitrateBps = USUAL_BPS, minFrameMs } = uplink.pace;
    if (gatheredMs + FRAME_MS <= minFrameMs) return;
    spokenFrames += 1;
    uplink.publish({
      payload: new Uint8Array((maxBitrateBps / 8_000) * gatheredMs),
      capturedAtMs: Date.now() - gatheredMs,
      durationMs: gatheredMs,
      levelDbov: 30,
      active: true,
    });
    gatheredMs = 0;
  };
  const timers = [
    systemTimers.every(FRAME_MS, speak),
    systemTimers.every(ACK_MS, () => link.sendText(ACK_BYTES)),
  ];
  vi.advanceTimersByTime(3_000 + network.phaseMs);
  const thinAtMs = Date.now();
  link.bitsPerSecond = network.bitsPerSecond;
  vi.advanceTimersByTime(THIN_MS);
  const wideAtMs = Date.now();
  link.bitsPerSecond = WIDE;
  vi.advanceTimersByTime(15_000);
  for (const timer of timers) timer.cancel();
  vi.advanceTimersByTime(1_000);
  const all = link.arrived.map(({ frame, atMs }) => {
    const ageMs = (Math.floor(atMs) - frame.captureTimeMs) >>> 0;
    return { durationMs: frame.durationMs, atMs, ageMs, capturedMs: atMs - ageMs };
  });
  const whileThin = all.filter(({ atMs }) => atMs > thinAtMs && atMs <= wideAtMs);
  return {
    uplink,
    link,
    spokenFrames,
    heardMs: whileThin
      .filter(({ ageMs }) => ageMs < 400)
      .reduce((sum, { durationMs }) => sum + durationMs, 0),
    worstAfterMs: (sinceMs) =>
      Math.max(...all.filter(({ atMs }) => atMs > wideAtMs + sinceMs).map(({ ageMs }) => ageMs)),
    freshAfterMs: all.find(({ capturedMs }) => capturedMs > wideAtMs)!.atMs - wideAtMs,
    framesOf: (durationMs) => whileThin.filter((frame) => frame.durationMs === durationMs).length,
  };
};
