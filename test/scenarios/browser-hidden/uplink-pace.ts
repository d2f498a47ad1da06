import type { Expectations } from '@partyline/harness';
import type { SdkPage } from '../../browser/sdk-page.ts';
import { percentile } from '../../support/reception.ts';

/** A frame of Grace's as it came to Ada's page. */
interface Arrival {
  /** Epoch ms. */
  atMs: number;
  sequence: number;
  /** From capture to here. */
  ageMs: number;
}

declare global {
  interface Window {
    arrivals?: Arrival[];
  }
}

/** How one person's frames came to another. */
export interface Pace {
  framesPerSecond: number;
  /** The longest time without any. */
  largestGapMs: number;
  ageP95Ms: number;
  oldestMs: number;
  lostFrames: number;
}

/** Voice has 50 frames a second. */
const FRAMES_PER_SECOND = 50;
const OFF_FRAMES_PER_SECOND = 2;
/** A page that sends with its own timers leaves gaps of a second when it is hidden; a busy machine leaves shorter ones. */
const MOST_GAP_MS = 300;

/** Begins to write down every frame that comes to a page. */
export const watchArrivals = (page: SdkPage): Promise<void> =>
  page.page.evaluate(() => {
    const arrivals: Arrival[] = [];
    window.arrivals = arrivals;
    window.call!.room.on('frame', ({ sequence, arrivedAtMs, capturedAtMs }) => {
      const atMs = performance.timeOrigin + performance.now();
      arrivals.push({ atMs, sequence, ageMs: arrivedAtMs - capturedAtMs });
    });
  });

/** What has come since a time (epoch ms); what came before is forgotten. */
export const paceSince = async (page: SdkPage, fromMs: number): Promise<Pace> => {
  const { all, toMs } = await page.page.evaluate(() => ({
    all: window.arrivals!.splice(0),
    toMs: performance.timeOrigin + performance.now(),
  }));
  const arrivals = all.filter(({ atMs }) => atMs >= fromMs);
  const times = [fromMs, ...arrivals.map(({ atMs }) => atMs), toMs];
  const gaps = times.slice(1).map((atMs, index) => atMs - times[index]!);
  const ages = arrivals.map(({ ageMs }) => ageMs);
  const first = arrivals[0]?.sequence ?? 0;
  const last = arrivals.at(-1)?.sequence ?? -1;
  return {
    framesPerSecond: (1_000 * arrivals.length) / (toMs - fromMs),
    largestGapMs: Math.max(...gaps),
    ageP95Ms: percentile(ages, 0.95),
    oldestMs: Math.max(...ages),
    lostFrames: last - first + 1 - arrivals.length,
  };
};

export const expectEven = (checks: Expectations, when: string, pace: Pace): void => {
  checks.expect(
    Math.abs(pace.framesPerSecond - FRAMES_PER_SECOND) <= OFF_FRAMES_PER_SECOND,
    `${when}: ${pace.framesPerSecond.toFixed(1)} frames a second are sent`,
  );
  checks.expect(
    pace.largestGapMs <= MOST_GAP_MS,
    `${when}: for ${Math.round(pace.largestGapMs)} ms no frame came`,
  );
  checks.expect(
    pace.oldestMs <= MOST_GAP_MS,
    `${when}: a frame came ${Math.round(pace.oldestMs)} ms after it was spoken`,
  );
  checks.expect(pace.lostFrames === 0, `${when}: ${pace.lostFrames} frames are missing`);
};

export const describePace = ({
  framesPerSecond,
  largestGapMs,
  ageP95Ms,
  oldestMs,
  lostFrames,
}: Pace): string =>
  `${framesPerSecond.toFixed(1)} frames/s, gaps up to ${Math.round(largestGapMs)} ms, age p95 ${Math.round(ageP95Ms)} and at most ${Math.round(oldestMs)} ms, ${lostFrames} lost`;
