import { fileURLToPath } from 'node:url';
import type { NamedRun, RunContext, RunOutcome } from '@partyline/harness';
import { describeMachine } from './comparison/machine.ts';
import { writeTable } from './comparison/report.ts';
import { median, round } from './comparison/statistics.ts';
import { measurePath, type PathFigures, type PathKind } from './path/turns.ts';
import { chooseCores } from './processes/cores.ts';
import { oneAtATime } from './processes/one-at-a-time.ts';
import { startSink } from './traces/sink.ts';
import { measureWhole } from './traces/whole-edge.ts';

const ABOUT =
  'What the code for traces costs an edge, off and with one frame in 1,000 followed: frames per CPU-second against the same edge without it';
const FLOOR = 0.99;
/** With traces on, one frame in so many is followed. */
const EVERY = 1_000;
/** `removed`: the comparisons that are made for traces are not there. */
const SIDES = ['removed', 'off', 'on'] as const;
type Side = (typeof SIDES)[number];
const WITHOUT_CHECKS = fileURLToPath(new URL('./traces/without-checks.mjs', import.meta.url));
const QUICK = { trios: 5, windows: 6, seconds: 3 };
const FULL = { trios: 15, windows: 10, seconds: 10 };

const compare = async (context: RunContext): Promise<RunOutcome> => {
  const cores = chooseCores();
  const { trios, windows, seconds } = context.full ? FULL : QUICK;
  const sink = await startSink();
  context.say(
    `${ABOUT}. ${cores.about} A whole edge for ${seconds} s three times, then its way of a frame in ${trios} processes of each kind.`,
  );
  try {
    const wholeUs = await measureWhole(seconds * 1_000, cores, context);
    const kinds: Record<Side, PathKind> = {
      removed: { options: { every: 0 }, without: WITHOUT_CHECKS },
      off: { options: { every: 0 } },
      on: { options: { otlpUrl: sink.url, every: EVERY } },
    };
    const path = await measurePath({ kinds, rounds: trios, windows, cores }, context);
    const setting =
      `${cores.about} The first line is a whole edge with 300 rooms of 4, a fifth talking, nothing coalesced. The others are the code from the message handler to the ` +
      `call that publishes, without sockets: ${trios} processes of each kind in turns, of each the lower quartile, of those the median. ` +
      'The ratio is the whole against the whole with what the code adds, as a difference of some ns does not show beside what sockets cost from one second to the next.';
    return outcomeOf(wholeUs, path, { context, setting, exports: sink.exports() });
  } finally {
    sink.stop();
  }
};

const NAMES: Readonly<Record<Side, string>> = {
  removed: 'its way of a frame, code for traces removed',
  off: 'the same, traces off',
  on: `the same, one frame in ${EVERY} followed`,
};

const outcomeOf = (
  wholeUs: number,
  path: PathFigures<Side>,
  { context, setting, exports }: { context: RunContext; setting: string; exports: number },
): RunOutcome => {
  // Of the processes that ran side by side, so that the machine's moods fall on both.
  const addedNs = (side: Side): number => median(path[side].map((us, i) => (us - path.removed[i]!) * 1_000));
  const ratioOf = (side: Side): number => round(wholeUs / (wholeUs + Math.max(0, addedNs(side)) / 1_000), 4);
  const ratios = { off: ratioOf('off'), on: ratioOf('on') };
  const table = [
    ['what', 'CPU of a frame', 'added', `ratio (floor ${FLOOR})`],
    ['a whole edge', `${wholeUs.toFixed(1)} µs`, '', ''],
    ...SIDES.map((side) => [
      NAMES[side],
      `${(median(path[side]) * 1_000).toFixed(0)} ns`,
      side === 'removed' ? '' : `${addedNs(side).toFixed(1)} ns`,
      side === 'removed' ? '' : ratios[side].toFixed(4),
    ]),
  ];
  context.table(table);
  const failures = (['off', 'on'] as const)
    .filter((side) => ratios[side] < FLOOR)
    .map((side) => `with traces ${side} the ratio is ${ratios[side]}, below ${FLOOR}`);
  if (exports === 0) failures.push('nothing was exported with traces on');
  if (context.full) {
    const date = new Date().toISOString().slice(0, 10);
    const figures = { wholeUs, path };
    writeTable({ name: run.name, about: ABOUT, date, machine: describeMachine(), setting, table, figures });
    context.say('Written to loadtest/bench/results.');
  }
  return {
    pass: failures.length === 0,
    ratio: ratios.off,
    on: ratios.on,
    addedNs: { off: round(addedNs('off'), 1), on: round(addedNs('on'), 1) },
    failures,
  };
};

/** What traces cost while nobody wants any. */
export const run: NamedRun = {
  name: 'traces-off',
  about: ABOUT,
  floor: FLOOR,
  aim: 1,
  run: (context) => oneAtATime(() => compare(context), context),
};
