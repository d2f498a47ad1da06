import type { NamedRun, RunContext, RunOutcome } from '@partyline/harness';
import { type BusFigures, type BusSideFigures, judgeLinks } from './bus/bus-verdict.ts';
import { oneDestination, tenDestinations } from './bus/shape.ts';
import { runRounds, windowsOf } from './bus/windows.ts';
import { describeMachine } from './comparison/machine.ts';
import { writeTable } from './comparison/report.ts';
import { chooseCores } from './processes/cores.ts';
import { oneAtATime } from './processes/one-at-a-time.ts';

const ABOUT =
  'Frames per CPU-second of the sending edge over the Redis bus, against ioredis publishing each by itself';
const ARRANGEMENTS = [
  { shape: oneDestination, bar: { floor: 3, aim: 10 } },
  { shape: tenDestinations, bar: { floor: 1, aim: 1.5 } },
] as const;

const HEAD = [
  'shape',
  'sender',
  'frames/s',
  'messages/s',
  'CPU',
  'own CPU',
  'frames/CPU-s',
  'p50 ms',
  'p99 ms',
  'lost',
  'ratio (floor, aim)',
];

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const row = (figures: BusFigures, kind: 'frames' | 'bundles'): string[] => {
  const side: BusSideFigures = figures[kind];
  const isOurs = kind === 'bundles';
  return [
    isOurs ? '' : figures.shape,
    isOurs ? 'links of an edge' : 'plain ioredis',
    String(side.framesPerSecond),
    String(side.messagesPerSecond),
    percent(side.senderShare),
    percent(side.ownShare),
    `${(side.framesPerCpuSecond / 1000).toFixed(0)}k`,
    side.p50Ms.toFixed(2),
    side.p99Ms.toFixed(2),
    String(side.lost),
    isOurs ? `${figures.ratio.toFixed(2)} (${figures.floor}, ${figures.aim})` : '',
  ];
};

const compare = async (context: RunContext): Promise<RunOutcome> => {
  const cores = chooseCores();
  const { rounds, windowMs } = windowsOf(context, { rounds: 3, windowMs: 1_200 });
  const profile = context.options.get('profile');
  context.say(
    `${ABOUT}. The sender is pinned to core 0, redis-server and the receiver to core 1, if there are two. ` +
      `${rounds} rounds of windows of ${windowMs / 1000} s a shape; own CPU is without the making of frames, measured in each round.`,
  );
  const shapes: BusFigures[] = [];
  for (const { shape, bar } of ARRANGEMENTS) {
    const plan = {
      shape,
      kinds: ['nothing', 'frames', 'bundles'] as const,
      rounds,
      windowMs,
      cores,
      ...(profile === undefined ? {} : { profile: profile || '.' }),
    };
    shapes.push(judgeLinks(await runRounds(plan, context), shape, bar, context.timingSlack));
  }
  const table = [HEAD, ...shapes.flatMap((figures) => [row(figures, 'frames'), row(figures, 'bundles')])];
  context.table(table);
  const failures = shapes.flatMap((figures) => figures.failures);
  const worst = shapes.reduce((low, one) => (one.ratio / one.floor < low.ratio / low.floor ? one : low));
  if (context.full && profile === undefined) {
    writeTable({
      name: run.name,
      about: ABOUT,
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      setting:
        `The sender on a core, redis-server and the receiver on another. ${rounds} rounds of windows of ${windowMs / 1000} s, medians. ` +
        'Own CPU is without the making of frames; the ratio is of that.',
      table,
      figures: shapes,
    });
    context.say('Written to loadtest/bench/results.');
  }
  return { pass: failures.length === 0, ratio: worst.ratio, worst: worst.shape, failures, shapes };
};

/** Design section 10, the row of the bus. */
export const run: NamedRun = {
  name: 'bus-links',
  about: ABOUT,
  floor: '3; 1',
  aim: '10; 1.5',
  run: (context) => oneAtATime(() => compare(context), context),
};
