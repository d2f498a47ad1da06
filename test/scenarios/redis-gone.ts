import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { bookFailures, closedBooks } from '../support/books.ts';
import { EDGE_WITH_FAULTS } from '../support/faults/fault-injector.ts';
import { type System, type SystemOptions, withSystem } from '../support/system.ts';
import { clusterMaster } from './redis-gone/cluster-master.ts';
import { cut } from './redis-gone/cut.ts';
import { frozen } from './redis-gone/frozen.ts';
import { gone } from './redis-gone/gone.ts';
import { lossy } from './redis-gone/lossy.ts';
import type { Part, PartResult } from './redis-gone/part.ts';
import { slot } from './redis-gone/slot.ts';

/** Enough edges in one region that a room on all of them gets a channel of its own there. */
const WIDE = {
  regions: [
    { name: 'eu', edges: 3, directories: 1 },
    { name: 'us', edges: 1, directories: 1 },
  ],
};
/** Parts that share a system, one after the other. */
const groups = (seed: string): readonly { options: SystemOptions; parts: readonly Part[] }[] => [
  { options: { shape: 'cluster' }, parts: [gone, frozen, cut] },
  { options: { shape: 'redis-cluster', cluster: WIDE }, parts: [clusterMaster, slot] },
  {
    options: {
      shape: 'cluster',
      cluster: { ...WIDE, edgeProgram: EDGE_WITH_FAULTS, edgeEnv: { FAULTS_SEED: seed } },
    },
    parts: [lossy],
  },
];

/** As `--part` says, or all. */
const chosen = ({ options }: RunContext): ((part: Part) => boolean) => {
  const wanted = options.get('part');
  const names = groups('').flatMap(({ parts }) => parts.map(({ name }) => name));
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new Error(`--part takes ${names.join(', ')}, not "${wanted}"`);
  }
  return ({ name }) => wanted === undefined || wanted === name;
};

const runGroup = async (
  context: RunContext,
  system: System,
  checks: Expectations,
  parts: readonly Part[],
): Promise<Record<string, PartResult>> => {
  const results: Record<string, PartResult> = {};
  for (const part of parts) {
    context.say(`${part.name} …`);
    results[part.name] = await part.run({ context, system, checks });
    for (const failure of bookFailures(await closedBooks(system))) {
      checks.expect(false, `${part.name}: ${failure}`);
    }
  }
  return results;
};

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

const all = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const isChosen = chosen(context);
  const results: Record<string, PartResult> = {};
  for (const { options, parts } of groups(context.options.get('seed') ?? '1')) {
    const wanted = parts.filter(isChosen);
    if (wanted.length === 0) continue;
    Object.assign(results, await withSystem(options, (system) => runGroup(context, system, checks, wanted)));
  }
  context.table([
    ['part', 'away s', 'gap between edges ms', 'frames lost between edges', 'whole again s', ''],
    ...Object.entries(results).map(([name, { outageMs, gapMs, lost, wholeMs, notes }]) => [
      name,
      seconds(outageMs),
      gapMs.toFixed(0),
      lost,
      seconds(wholeMs),
      notes,
    ]),
  ]);
  return { ...checks.outcome, ...results };
};

/** Redis killed, frozen, cutting its subscribers, losing masters, moving slots and losing messages. */
export const run: NamedRun = {
  name: 'redis-gone',
  about: 'Redis away in every way during calls: within an edge nothing is heard of it, then all is whole.',
  floor: 'no frame lost within an edge, whole within 5 s of the return',
  aim: 'nobody said to have left, losses counted exactly',
  run: all,
};
