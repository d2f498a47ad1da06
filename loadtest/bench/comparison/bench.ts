import type { NamedRun, RunContext, RunOutcome } from '@partyline/harness';
import { chooseCores } from '../processes/cores.ts';
import { oneAtATime } from '../processes/one-at-a-time.ts';
import { loadedShape } from './calibration.ts';
import { describeMachine } from './machine.ts';
import { type Plan, runPaired } from './paired-windows.ts';
import { tableOf, writeReport } from './report.ts';
import type { Shape } from './shape.ts';
import { type Bar, judge, type ShapeFigures } from './verdict.ts';

/** A shape and what is expected of it. */
export interface Arrangement {
  shape: Shape;
  bar: Bar;
  tls?: boolean;
  /** Run at the frame rate that takes the bare relay 60–80 % of a core, instead of the shape's own. */
  loaded?: boolean;
  /** Cap of the edge's coalescing, ms; absent: its default. */
  coalesceMs?: number;
}

export interface ComparisonOptions {
  name: string;
  about: string;
  arrangements: readonly Arrangement[];
}

const QUICK = { pairs: 3, windowMs: 5_000 };
const FULL = { pairs: 5, windowMs: 15_000 };

/** A bench that puts the edge beside a bare relay, shape by shape; its ratio is the worst shape's. */
export const comparisonBench = ({ name, about, arrangements }: ComparisonOptions): NamedRun => ({
  name,
  about,
  floor: bounds(arrangements, 'floor'),
  aim: bounds(arrangements, 'aim'),
  run: (context) => oneAtATime(() => compare({ name, about, arrangements }, context), context),
});

const compare = async (
  { name, about, arrangements }: ComparisonOptions,
  context: RunContext,
): Promise<RunOutcome> => {
  const cores = chooseCores();
  const windows = windowsOf(context);
  const chosen = arrangements.filter(({ shape }) => isNamed(shape, context));
  if (chosen.length === 0)
    throw new Error(`--shape: choose from ${arrangements.map((a) => a.shape.name).join(', ')}`);
  context.say(
    `${about}. ${cores.about} ${windows.pairs} pairs of windows of ${windows.windowMs / 1000} s a shape.`,
  );
  const shapes: ShapeFigures[] = [];
  for (const arrangement of chosen) {
    const tls = arrangement.tls ?? false;
    const shape = arrangement.loaded
      ? await loadedShape(arrangement.shape, { tls, cores }, context)
      : arrangement.shape;
    const plan: Plan = {
      shape,
      tls,
      cores,
      ...windows,
      ...profileOf(context),
      ...coalescingOf(arrangement, context),
    };
    shapes.push(judge(plan, await runPaired(plan, context), arrangement.bar, context.timingSlack));
  }
  context.table(tableOf(shapes));
  const outcome = outcomeOf(shapes);
  // What is committed is the whole bench as it stands, nothing chosen or changed by hand.
  if (
    context.full &&
    !['shape', 'coalesce', 'profile', 'profile-bare'].some((option) => context.options.has(option))
  ) {
    writeReport({
      name,
      about,
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      pinning: cores.about,
      pairs: windows.pairs,
      windowSeconds: windows.windowMs / 1000,
      ratio: outcome.ratio!,
      shapes,
    });
    context.say('Written to loadtest/bench/results.');
  }
  return outcome;
};

/** The worst shape is the one that lies lowest against its own floor. */
const outcomeOf = (shapes: readonly ShapeFigures[]): RunOutcome => {
  const failures = shapes.flatMap((shape) => shape.failures);
  const worst = shapes.reduce((low, shape) =>
    shape.ratio / shape.floor < low.ratio / low.floor ? shape : low,
  );
  return { pass: failures.length === 0, ratio: worst.ratio, worst: worst.shape, failures, shapes };
};

const bounds = (arrangements: readonly Arrangement[], which: 'floor' | 'aim'): number | string => {
  const values = [...new Set(arrangements.map(({ bar }) => bar[which]))];
  return values.length === 1 ? values[0]! : values.join('; ');
};

const isNamed = (shape: Shape, context: RunContext): boolean => {
  const wanted = context.options.get('shape');
  return wanted === undefined || shape.name === wanted;
};

const windowsOf = (context: RunContext): { pairs: number; windowMs: number } => {
  const base = context.full ? FULL : QUICK;
  return {
    pairs: positive(context, 'pairs') ?? base.pairs,
    windowMs: (positive(context, 'seconds') ?? base.windowMs / 1000) * 1000,
  };
};

/** `--coalesce MS` stands over the shape's own cap, to see what coalescing does: 0 turns it off. */
const coalescingOf = (arrangement: Arrangement, context: RunContext): Pick<Plan, 'coalesceMs'> => {
  const text = context.options.get('coalesce');
  const coalesceMs = text === undefined ? arrangement.coalesceMs : Number(text);
  return coalesceMs === undefined ? {} : { coalesceMs };
};

const positive = (context: RunContext, option: string): number | undefined => {
  const text = context.options.get(option);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value <= 100))
    throw new Error(`--${option} must be a number above 0, up to 100, not "${text}"`);
  return option === 'pairs' ? Math.ceil(value) : value;
};

/** `--profile FOLDER` runs the edge under Node's profiler, `--profile-bare FOLDER` the bare relay. */
const profileOf = (context: RunContext): Pick<Plan, 'profile'> => {
  const edge = context.options.get('profile');
  if (edge !== undefined) return { profile: { kind: 'edge', folder: edge || '.' } };
  const bare = context.options.get('profile-bare');
  return bare === undefined ? {} : { profile: { kind: 'bare', folder: bare || '.' } };
};
