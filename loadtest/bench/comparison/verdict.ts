import type { Measured, Plan, PlanResult } from './paired-windows.ts';
import { median, round } from './statistics.ts';

/** What a shape must reach. */
export interface Bar {
  floor: number;
  aim: number;
  /** The edge's p99 minus the bare relay's, ms. */
  addedP99Ms: number;
}

export interface SideFigures {
  usefulFramesPerSecond: number;
  framesPerCpuSecond: number;
  serverShare: number;
  idleShare: number;
  framesPerMessage: number;
  /** Control messages to all participants, and their acknowledgements. */
  textsPerSecond: number;
  acksPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  /** Useful frames that never came, over all windows. */
  lost: number;
  messageGaps: number;
  rssMiB: number;
}

export interface ShapeFigures {
  shape: string;
  rooms: number;
  publishers: number;
  listeners: number;
  intervalMs: number;
  talkShare: number;
  tls: boolean;
  /** Cap asked for, ms; null is the edge's default. */
  coalesceMs: number | null;
  floor: number;
  aim: number;
  /** Median over the pairs of the edge's useful frames per CPU-second over the bare relay's. */
  ratio: number;
  ratios: number[];
  addedP99Ms: number;
  addedP99LimitMs: number;
  generatorShare: number;
  latenessP99Ms: number;
  bare: SideFigures;
  edge: SideFigures;
  failures: string[];
}

/** Above this the generator, not the server, is what is measured. */
const GENERATOR_FULL = 0.95;
/** Frames that leave this much later than planned (p99) are no voice any more, and no load to compare latencies at. */
const GENERATOR_LATE_MS = 10;

const middle = (windows: readonly Measured[], of: (window: Measured) => number): number =>
  median(windows.map(of));

const figuresOf = (windows: readonly Measured[], idleShare: number, rssBytes: number): SideFigures => ({
  usefulFramesPerSecond: Math.round(middle(windows, (w) => w.frames / w.seconds)),
  framesPerCpuSecond: Math.round(middle(windows, (w) => w.framesPerCpuSecond)),
  serverShare: round(
    middle(windows, (w) => w.serverShare),
    3,
  ),
  idleShare: round(idleShare, 4),
  framesPerMessage: round(
    middle(windows, (w) => (w.frames + w.ownFrames) / Math.max(1, w.messages)),
    2,
  ),
  textsPerSecond: Math.round(middle(windows, (w) => w.texts / w.seconds)),
  acksPerSecond: Math.round(middle(windows, (w) => w.acks / w.seconds)),
  p50Ms: middle(windows, (w) => w.p50Ms),
  p99Ms: middle(windows, (w) => w.p99Ms),
  p999Ms: middle(windows, (w) => w.p999Ms),
  lost: windows.reduce((sum, w) => sum + w.books.lost, 0),
  messageGaps: windows.reduce((sum, w) => sum + w.books.messageGaps, 0),
  rssMiB: Math.round(rssBytes / 1_048_576),
});

/** Books that do not balance: each is a reason to fail, whatever the speed. */
const bookFailures = (result: PlanResult): string[] => {
  const failures: string[] = [];
  for (const kind of ['bare', 'edge'] as const) {
    const books = result.windows[kind].map((window) => window.books);
    const sum = (of: (one: (typeof books)[number]) => number): number =>
      books.reduce((all, one) => all + of(one), 0);
    const lost = sum((one) => one.lost);
    if (lost !== 0)
      failures.push(`the ${kind} server lost ${lost} of ${sum((one) => one.expected)} useful frames`);
    const odd = sum((one) => one.duplicates + one.messageGaps + one.strays);
    if (odd > 0) failures.push(`the ${kind} server doubled, skipped or misdirected ${odd} messages`);
    const skipped = sum((one) => one.skipped);
    if (skipped > 0)
      failures.push(
        `invalid: ${skipped} frames were held back, as the ${kind} server or the generator fell behind`,
      );
    const pauses = sum((one) => one.pauses);
    if (pauses > 0) failures.push(`the ${kind} server paused listeners ${pauses} times`);
    const closed = books.at(-1)?.closed ?? 0;
    if (closed > 0)
      failures.push(`the ${kind} server lost ${closed} connections: ${books.at(-1)?.firstClose}`);
  }
  return failures;
};

/** Turns a paired run into figures and says what they fall short of. */
export const judge = (plan: Plan, result: PlanResult, bar: Bar, timingSlack: number): ShapeFigures => {
  const { bare, edge } = result.windows;
  const ratios = edge.map((window, i) => round(window.framesPerCpuSecond / bare[i]!.framesPerCpuSecond, 3));
  const ratio = round(median(ratios), 3);
  const addedP99Ms = round(median(edge.map((window, i) => window.p99Ms - bare[i]!.p99Ms)), 2);
  const all = [...bare, ...edge];
  const generatorShare = round(Math.max(...all.map((window) => window.generatorShare)), 3);
  const latenessP99Ms = round(
    middle(all, (window) => window.lateP99Ms),
    2,
  );
  const failures = bookFailures(result);
  if (generatorShare > GENERATOR_FULL) {
    failures.push(
      `invalid: the generator used ${Math.round(generatorShare * 100)} % of its core, so it set the pace`,
    );
  }
  if (latenessP99Ms > GENERATOR_LATE_MS * timingSlack) {
    failures.push(
      `invalid: frames left ${latenessP99Ms} ms late (p99), as the machine is busy with something else`,
    );
  }
  if (ratio < bar.floor) failures.push(`ratio ${ratio} is below the floor ${bar.floor}`);
  if (addedP99Ms > bar.addedP99Ms * timingSlack) {
    failures.push(`the edge adds ${addedP99Ms} ms to the p99, more than ${bar.addedP99Ms * timingSlack} ms`);
  }
  const { name, ...shape } = plan.shape;
  return {
    shape: name,
    ...shape,
    tls: plan.tls,
    coalesceMs: plan.coalesceMs ?? null,
    floor: bar.floor,
    aim: bar.aim,
    ratio,
    ratios,
    addedP99Ms,
    addedP99LimitMs: bar.addedP99Ms,
    generatorShare,
    latenessP99Ms,
    bare: figuresOf(bare, result.idleShare.bare, result.rssBytes.bare),
    edge: figuresOf(edge, result.idleShare.edge, result.rssBytes.edge),
    failures: failures.map((failure) => `${name}: ${failure}`),
  };
};
