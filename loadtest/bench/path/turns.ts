import type { RunContext } from '@partyline/harness';
import { CallableChild } from '../processes/child-calls.ts';
import type { Cores } from '../processes/cores.ts';
import type { PathOptions, PathWindow } from './main.ts';

/** A kind of process that goes the way of a frame. */
export interface PathKind {
  options: PathOptions;
  /** A module that cuts code out before anything is loaded. */
  without?: string;
}

/** CPU time of a frame in µs, of each process of a kind; those at one place in the lists ran side by side. */
export type PathFigures<Side extends string> = Record<Side, number[]>;

export interface PathPlan<Side extends string> {
  kinds: Readonly<Record<Side, PathKind>>;
  /** Processes of each kind, one after the other. */
  rounds: number;
  windows: number;
  cores: Cores;
}

const WARM_UPS = 3;
const MAIN = new URL('./main.ts', import.meta.url);

/** Measures with fresh processes each time, since what the compiler makes of the same code differs from one to the next. */
export const measurePath = async <Side extends string>(
  plan: PathPlan<Side>,
  context: Pick<RunContext, 'say'>,
): Promise<PathFigures<Side>> => {
  const sides = Object.keys(plan.kinds) as Side[];
  const figures = perSide(sides, (): number[] => []);
  for (let i = 0; i < plan.rounds; i += 1) {
    const one = await round(plan, sides);
    for (const side of sides) figures[side].push(one[side]);
    const text = sides.map((side) => `${side} ${(one[side] * 1_000).toFixed(0)} ns`).join(', ');
    context.say(`  ${i + 1}/${plan.rounds}: ${text}`);
  }
  return figures;
};

/** One process of each kind, in turns; of each the lower quartile, as other work on the machine only adds. */
const round = async <Side extends string>(
  { kinds, windows, cores }: PathPlan<Side>,
  sides: readonly Side[],
): Promise<Record<Side, number>> => {
  const children = perSide(sides, (side) => {
    const { without } = kinds[side];
    return new CallableChild({
      file: MAIN,
      label: side,
      ...(cores.server === undefined ? {} : { core: cores.server }),
      ...(without !== undefined && { nodeFlags: ['--import', without] }),
    });
  });
  const batches = perSide(sides, (): number[] => []);
  try {
    for (const side of sides) {
      await children[side].call('start', kinds[side].options);
      for (let i = 0; i < WARM_UPS; i += 1) await children[side].call('window');
    }
    for (let turn = 0; turn < windows; turn += 1) {
      for (let i = 0; i < sides.length; i += 1) {
        const side = sides[(turn + i) % sides.length]!;
        batches[side].push(...(await children[side].call<PathWindow>('window')));
      }
    }
  } finally {
    await Promise.all(sides.map((side) => children[side].end()));
  }
  return perSide(sides, (side) => lowerQuartile(batches[side]));
};

const perSide = <Side extends string, Value>(
  sides: readonly Side[],
  make: (side: Side) => Value,
): Record<Side, Value> => Object.fromEntries(sides.map((side) => [side, make(side)])) as Record<Side, Value>;

const lowerQuartile = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 2]!;
