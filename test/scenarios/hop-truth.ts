import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { EDGE_WITH_FAULTS } from '../support/faults/fault-injector.ts';
import { type System, withSystem } from '../support/system.ts';
import { Call } from './hop-truth/call.ts';
import { type Delay, delays, expectTruth } from './hop-truth/delays.ts';
import { type Drop, drops } from './hop-truth/drops.ts';
import { type Step, stepsOf } from './hop-truth/steps.ts';
import type { Sums } from './hop-truth/sums.ts';

const REGIONS = [
  { name: 'eu', edges: 1, directories: 1 },
  { name: 'us', edges: 1, directories: 1 },
];

const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1));

const sayDelays = (context: RunContext, steps: readonly Step[], all: readonly Delay[]): void => {
  context.table([
    ['50 ms on', 'moved by ms', 'of all others the most', 'worst sum of a frame less what was heard, ms'],
    ...all.map(({ hop, shown, worstOther, sums }, i) => [
      hop,
      steps[i]!.moves.map((key, j) => `${key} ${ms(shown[j])}`).join('\n'),
      `${worstOther.key} ${ms(worstOther.ms)}`,
      sums.map(({ edge, worstMs, frames }) => `${edge} ${ms(worstMs)} (${frames} frames)`).join('\n'),
    ]),
  ]);
};

const saySums = (context: RunContext, sums: readonly Sums[]): void => {
  const hops = ['capture', 'uplink', 'edge', 'downlink', 'playout'] as const;
  context.table([
    ['followed frames', ...hops, 'sum', 'heard', 'worst difference'],
    ...sums.map(({ edge, frames, hops: means, heardMs, worstMs }) => [
      `${edge}: ${frames}`,
      ...hops.map((hop) => ms(means[hop])),
      ms(hops.reduce((sum, hop) => sum + means[hop], 0)),
      ms(heardMs),
      ms(worstMs),
    ]),
  ]);
};

const sayDrops = (context: RunContext, all: readonly Drop[]): void => {
  const told = (counts: Map<string, number>): string =>
    [...counts].map(([key, frames]) => `${key}: ${frames}`).join('\n');
  context.table([
    ['every 33rd frame lost on', 'injected', 'counted'],
    ...all.map(({ hop, injected, counted }) => [hop, told(injected), told(counted)]),
  ]);
};

const shownBy = ({ moves }: Step, shown: readonly number[]): Record<string, number> =>
  Object.fromEntries(moves.map((key, i) => [key, shown[i]!]));

const measure = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const { steps, wholeLines } = stepsOf(...(system.edges as [string, string]));
  const call = await Call.start(system);
  try {
    const all = [...steps, ...wholeLines];
    const late = await delays(context, system, call, all);
    expectTruth(context, checks, all, late);
    context.table([['mean without faults', 'ms'], ...[...late.base].map(([key, value]) => [key, ms(value)])]);
    saySums(context, late.sums);
    sayDelays(context, all, late.delays);
    const lost = await drops(checks, system, call, steps);
    sayDrops(context, lost);
    return {
      ...checks.outcome,
      movedMs: Object.fromEntries(late.delays.map(({ hop, shown }, i) => [hop, shownBy(all[i]!, shown)])),
      othersMovedMs: Object.fromEntries(late.delays.map(({ hop, worstOther }) => [hop, worstOther])),
      worstSumMs: Math.max(
        ...[late.sums, ...late.delays.map(({ sums }) => sums)].flat().map(({ worstMs }) => Math.abs(worstMs)),
      ),
      measuredAgain: late.retries,
      lost: Object.fromEntries(lost.map(({ hop, counted }) => [hop, Object.fromEntries(counted)])),
    };
  } finally {
    await call.leave();
  }
};

/** Whether the hop figures say the truth: faults of a known size, one hop at a time, and what the edges' pages show. */
export const run: NamedRun = {
  name: 'hop-truth',
  about: 'Delays and losses of a known size on each hop: which means move, and where losses are counted.',
  floor: '50 ± 5 ms on that hop alone; losses to the frame',
  aim: '50 ± 2 ms on that hop alone; losses to the frame',
  run: (context) =>
    withSystem({ shape: 'cluster', cluster: { regions: REGIONS, edgeProgram: EDGE_WITH_FAULTS } }, (system) =>
      measure(context, system),
    ),
};
