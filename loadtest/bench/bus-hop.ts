import type { NamedRun, RunContext, RunOutcome } from '@partyline/harness';
import { bookFailures, sideFigures } from './bus/bus-verdict.ts';
import type { BusShape } from './bus/shape.ts';
import { runRounds, windowsOf } from './bus/windows.ts';
import { describeMachine } from './comparison/machine.ts';
import { writeTable } from './comparison/report.ts';
import { chooseCores } from './processes/cores.ts';
import { oneAtATime } from './processes/one-at-a-time.ts';

const ABOUT =
  'Time of a frame from the link of one edge to the room of another by one Redis, at 10,000 frames/s';
const FLOOR_MS = 12;
const AIM_MS = 8;
const SHAPES: readonly BusShape[] = [
  { name: '1 x 10,000', destinations: 1, framesPerSecond: 10_000 },
  { name: '10 x 1,000', destinations: 10, framesPerSecond: 1_000 },
];

const measure = async (context: RunContext): Promise<RunOutcome> => {
  const cores = chooseCores();
  const { rounds, windowMs } = windowsOf(context, { rounds: 3, windowMs: 3_000 });
  context.say(`${ABOUT}. ${rounds} windows of ${windowMs / 1000} s.`);
  const failures: string[] = [];
  const figures = [];
  for (const shape of SHAPES) {
    const windows = await runRounds({ shape, kinds: ['bundles'], rounds, windowMs, cores }, context);
    const side = sideFigures(windows.bundles, 0);
    const bound = FLOOR_MS * context.timingSlack;
    const failed = bookFailures(windows, shape);
    if (side.p99Ms > bound) failed.push(`p99 ${side.p99Ms} ms is over ${bound} ms`);
    failures.push(...failed.map((failure) => `${shape.name}: ${failure}`));
    figures.push({ shape: shape.name, ...side });
  }
  const table = [
    ['shape', 'frames/s', 'messages/s', 'p50 ms', 'p99 ms (floor, aim)', 'p99.9 ms', 'lost'],
    ...figures.map((side) => [
      side.shape,
      String(side.framesPerSecond),
      String(side.messagesPerSecond),
      side.p50Ms.toFixed(2),
      `${side.p99Ms.toFixed(2)} (${FLOOR_MS}, ${AIM_MS})`,
      side.p999Ms.toFixed(2),
      String(side.lost),
    ]),
  ];
  context.table(table);
  if (context.full) {
    writeTable({
      name: run.name,
      about: ABOUT,
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      setting: `The sender on a core, redis-server and the receiver on another. ${rounds} windows of ${windowMs / 1000} s, medians.`,
      table,
      figures,
    });
    context.say('Written to loadtest/bench/results.');
  }
  const p99Ms = Math.max(...figures.map((side) => side.p99Ms));
  return { pass: failures.length === 0, p99Ms, failures, shapes: figures };
};

/** Design section 10, the row of the bus hop. */
export const run: NamedRun = {
  name: 'bus-hop',
  about: ABOUT,
  floor: `p99 ${FLOOR_MS} ms`,
  aim: `p99 ${AIM_MS} ms`,
  run: (context) => oneAtATime(() => measure(context), context),
};
