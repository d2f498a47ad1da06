import { fileURLToPath } from 'node:url';
import type { RunContext } from '@partyline/harness';
import { CallableChild } from '../../processes/child-calls.ts';
import type { Cores } from '../../processes/cores.ts';
import type { PathOptions, PathWindow } from './main.ts';

/** `removed`: the comparisons that are made for traces are not there. */
export const SIDES = ['removed', 'off', 'on'] as const;
export type Side = (typeof SIDES)[number];
/** With traces on, one frame in so many is followed. */
export const EVERY = 1_000;

/** CPU time of a frame in µs, of each process of a kind. */
export type PathFigures = Record<Side, number[]>;

const WARM_UPS = 3;
const MAIN = new URL('./main.ts', import.meta.url);
const WITHOUT_CHECKS = fileURLToPath(new URL('../without-checks.mjs', import.meta.url));

/** Measures with fresh processes each time, since what the compiler makes of the same code differs from one to the next. */
export const measurePath = async (
  otlpUrl: string,
  { trios, windows, cores }: { trios: number; windows: number; cores: Cores },
  context: Pick<RunContext, 'say'>,
): Promise<PathFigures> => {
  const figures: PathFigures = { removed: [], off: [], on: [] };
  for (let i = 0; i < trios; i += 1) {
    const one = await trio(otlpUrl, windows, cores);
    for (const side of SIDES) figures[side].push(one[side]);
    const text = SIDES.map((side) => `${side} ${(one[side] * 1_000).toFixed(0)} ns`).join(', ');
    context.say(`  ${i + 1}/${trios}: ${text}`);
  }
  return figures;
};

/** One process of each kind, in turns; of each the lower quartile, as other work on the machine only adds. */
const trio = async (otlpUrl: string, windows: number, cores: Cores): Promise<Record<Side, number>> => {
  const child = (side: Side): CallableChild =>
    new CallableChild({
      file: MAIN,
      label: side,
      ...(cores.server === undefined ? {} : { core: cores.server }),
      ...(side === 'removed' && { nodeFlags: ['--import', WITHOUT_CHECKS] }),
    });
  const children = { removed: child('removed'), off: child('off'), on: child('on') };
  const batches: Record<Side, number[]> = { removed: [], off: [], on: [] };
  try {
    for (const side of SIDES) {
      const options: PathOptions = side === 'on' ? { otlpUrl, every: EVERY } : { every: 0 };
      await children[side].call('start', options);
      for (let i = 0; i < WARM_UPS; i += 1) await children[side].call('window');
    }
    for (let turn = 0; turn < windows; turn += 1) {
      for (let i = 0; i < SIDES.length; i += 1) {
        const side = SIDES[(turn + i) % SIDES.length]!;
        batches[side].push(...(await children[side].call<PathWindow>('window')));
      }
    }
  } finally {
    await Promise.all(SIDES.map((side) => children[side].end()));
  }
  const lowerQuartile = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 2]!;
  return {
    removed: lowerQuartile(batches.removed),
    off: lowerQuartile(batches.off),
    on: lowerQuartile(batches.on),
  };
};
