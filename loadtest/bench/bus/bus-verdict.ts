import { median, round } from '../comparison/statistics.ts';
import type { BusWindow } from './bus-run.ts';
import type { BusShape } from './shape.ts';
import type { BusWindows } from './windows.ts';

export interface BusSideFigures {
  framesPerSecond: number;
  messagesPerSecond: number;
  /** Of the whole sending process, and without what making the frames takes. */
  senderShare: number;
  ownShare: number;
  framesPerCpuSecond: number;
  receiverShare: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  /** Over all windows. */
  sent: number;
  lost: number;
}

export interface BusFigures {
  shape: string;
  destinations: number;
  framesPerSecond: number;
  floor: number;
  aim: number;
  /** Median over the rounds, the making of frames subtracted from both sides. */
  ratio: number;
  ratios: number[];
  /** The same of the whole processes. */
  wholeRatio: number;
  /** Share of its core that making the frames takes. */
  generatorShare: number;
  latenessP99Ms: number;
  frames: BusSideFigures;
  bundles: BusSideFigures;
  failures: string[];
}

/** Less than this cannot be told from nothing by subtracting. */
const LEAST_SHARE = 0.002;
/** A sender that makes fewer frames than this of what it should is no load to compare at. */
const LEAST_RATE = 0.97;

const middle = (windows: readonly BusWindow[], of: (window: BusWindow) => number): number =>
  median(windows.map(of));

const ownShare = (window: BusWindow, generatorShare: number): number =>
  Math.max(LEAST_SHARE, window.senderShare - generatorShare);

export const sideFigures = (windows: readonly BusWindow[], generatorShare: number): BusSideFigures => ({
  framesPerSecond: Math.round(middle(windows, (w) => w.framesPerSecond)),
  messagesPerSecond: Math.round(middle(windows, (w) => w.messagesPerSecond)),
  senderShare: round(
    middle(windows, (w) => w.senderShare),
    4,
  ),
  ownShare: round(
    middle(windows, (w) => ownShare(w, generatorShare)),
    4,
  ),
  framesPerCpuSecond: Math.round(middle(windows, (w) => w.framesPerSecond / ownShare(w, generatorShare))),
  receiverShare: round(
    middle(windows, (w) => w.share),
    4,
  ),
  p50Ms: middle(windows, (w) => w.p50Ms),
  p99Ms: middle(windows, (w) => w.p99Ms),
  p999Ms: middle(windows, (w) => w.p999Ms),
  sent: windows.at(-1)?.sent ?? 0,
  lost: windows.at(-1)?.lost ?? 0,
});

/** Books that do not balance, and windows that are no load: each is a reason to fail, whatever the speed. */
export const bookFailures = (windows: BusWindows, shape: BusShape): string[] => {
  const failures: string[] = [];
  const offered = shape.destinations * shape.framesPerSecond;
  for (const kind of ['frames', 'bundles'] as const) {
    const last = windows[kind].at(-1);
    if (last === undefined) continue;
    if (last.lost !== 0) failures.push(`${kind}: ${last.lost} of ${last.sent} frames did not come`);
    if (last.late !== 0) {
      failures.push(
        `invalid: ${last.late} of ${last.sent} frames were over 300 ms late, as the machine is busy with something else`,
      );
    }
    if (last.missed !== 0) {
      failures.push(
        `${kind}: ${last.missed} frames or messages were dropped, failed or lost by the counters`,
      );
    }
    const rate = middle(windows[kind], (w) => w.framesPerSecond) / offered;
    if (rate < LEAST_RATE) {
      failures.push(
        `invalid: ${kind} were sent at ${Math.round(rate * 100)} % of the pace, as the machine is busy`,
      );
    }
  }
  return failures;
};

/** What a run of one shape comes to. */
export const judgeLinks = (
  windows: BusWindows,
  shape: BusShape,
  { floor, aim }: { floor: number; aim: number },
  timingSlack: number,
): BusFigures => {
  const generatorShare = middle(windows.nothing, (w) => w.senderShare);
  const own = (window: BusWindow, round: number): number =>
    ownShare(window, windows.nothing[round]?.senderShare ?? generatorShare) / window.framesPerSecond;
  const ratios = windows.bundles.map((window, i) => round(own(windows.frames[i]!, i) / own(window, i), 2));
  const ratio = round(median(ratios), 2);
  const wholeRatio = round(
    median(windows.bundles.map((w, i) => w.framesPerCpuSecond / windows.frames[i]!.framesPerCpuSecond)),
    2,
  );
  const failures = bookFailures(windows, shape);
  const bound = floor / timingSlack;
  if (ratio < bound) failures.push(`ratio ${ratio} is below the floor ${bound}`);
  return {
    shape: shape.name,
    destinations: shape.destinations,
    framesPerSecond: shape.framesPerSecond,
    floor,
    aim,
    ratio,
    ratios,
    wholeRatio,
    generatorShare: round(generatorShare, 4),
    latenessP99Ms: middle(windows.bundles, (w) => w.latenessP99Ms),
    frames: sideFigures(windows.frames, generatorShare),
    bundles: sideFigures(windows.bundles, generatorShare),
    failures: failures.map((failure) => `${shape.name}: ${failure}`),
  };
};
