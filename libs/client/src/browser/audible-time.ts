import { localClock } from '../clock.ts';
import { wallToLocalMs } from './audio-context.ts';
import type { PlayoutReport } from './messages.ts';

/**
 * What Firefox puts between its audio thread and the loudspeaker on Linux, in ms: 45 by its own word on PulseAudio, where
 * it asks for buffers of 10 to 40 ms.
 */
const FIREFOX_LINUX_LATENCY_MS = 45;

/** More than any loudspeaker is behind, and any rounding of clocks ahead, in ms. */
const MOST_OFF_MS = 1_000;

type OutputTimes = Pick<AudioContext, 'getOutputTimestamp' | 'baseLatency' | 'outputLatency'>;

/**
 * Whether a browser can be asked what its loudspeaker plays right now. Firefox on Linux cannot: the answer comes from
 * PulseAudio's thread, which waits for the audio callback, which waits for the page's thread, which waits for the
 * answer. The page then hangs for good; in Firefox 153 about every second call did, in its first seconds.
 */
export const tellsOutputTime = (userAgent: string): boolean =>
  !userAgent.includes('Firefox/') || /Windows|Macintosh/.test(userAgent);

/**
 * Whether an output timestamp speaks of the present. WebKitGTK's does not: it is ahead by as long as sound has been
 * running.
 */
const isNow = (performanceTime: number): boolean =>
  performanceTime > 0 && Math.abs(performance.now() - performanceTime) <= MOST_OFF_MS;

/** Local time in ms at which the moment of a report is heard. */
export const audibleAtMs = (
  context: OutputTimes,
  { wallMs, contextTimeS }: Pick<PlayoutReport, 'wallMs' | 'contextTimeS'>,
  userAgent: string = navigator.userAgent,
): number => {
  const handedOverAtMs = (): number => wallMs + wallToLocalMs(localClock.now());
  if (!tellsOutputTime(userAgent)) return handedOverAtMs() + FIREFOX_LINUX_LATENCY_MS;
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
  if (contextTime > 0 && isNow(performanceTime)) {
    return performance.timeOrigin + performanceTime + (contextTimeS - contextTime) * 1_000;
  }
  // Not every browser says what is heard right now: the latencies that it claims are the next best.
  const { outputLatency = 0, baseLatency = 0 } = context;
  return handedOverAtMs() + (outputLatency + baseLatency) * 1_000;
};
