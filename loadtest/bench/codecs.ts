import type { NamedRun, RunContext, RunOutcome } from '@partyline/harness';
import { ChromiumBench } from './codecs/chromium.ts';
import { NodeBench } from './codecs/node-bench.ts';
import type { RealTimeFactors } from './codecs/real-time-factor.ts';
import { type Subject, subjects } from './codecs/subject.ts';
import { describeMachine } from './comparison/machine.ts';
import { writeTable } from './comparison/report.ts';
import { median, round } from './comparison/statistics.ts';
import { oneAtATime } from './processes/one-at-a-time.ts';

const ABOUT =
  'Real-time factor of every codec: seconds of voice encoded, and decoded again, in a second of the processor';
const QUICK = { rounds: 3, minMs: 100 };
const FULL = { rounds: 9, minMs: 400 };
const FLOORS = 'G.711 10,000, G.729 100, Speex wide band 50, Opus c5 60';
const ENGINES = ['Node', 'Chromium'] as const;

type Engine = (typeof ENGINES)[number];
type Measured = Record<Engine, RealTimeFactors[]>;

/** Engines and codecs take turns, so that the machine's moods fall on all. */
const measure = async (
  { rounds, minMs }: { rounds: number; minMs: number },
  node: NodeBench,
  chromium: ChromiumBench | undefined,
): Promise<Map<Subject, Measured>> => {
  const measured = new Map(subjects.map((subject) => [subject, { Node: [], Chromium: [] } as Measured]));
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const [subject, factors] of measured) {
      factors.Node.push(await node.measure(subject, minMs));
      if (chromium !== undefined) factors.Chromium.push(await chromium.measure(subject, minMs));
    }
  }
  return measured;
};

const middleOf = (factors: readonly RealTimeFactors[]): RealTimeFactors | undefined => {
  if (factors.length === 0) return undefined;
  const of = (what: keyof RealTimeFactors): number => median(factors.map((one) => one[what]));
  return { encode: of('encode'), decode: of('decode'), both: of('both') };
};

const written = (factor: number | undefined): string => {
  if (factor === undefined) return '–';
  return `${round(factor, factor < 1000 ? 0 : -1).toLocaleString('en')} ×`;
};

const outcomeOf = (
  measured: ReadonlyMap<Subject, Measured>,
  { context, chromium }: { context: RunContext; chromium: string | undefined },
): RunOutcome => {
  const failures: string[] = [];
  const ratios: number[] = [];
  const table = [['codec', ...ENGINES.flatMap((engine) => [`${engine}: encode`, 'decode', 'both']), 'floor']];
  const factors: Record<string, Partial<Record<Engine, RealTimeFactors>>> = {};
  for (const [subject, engines] of measured) {
    const { name, floor } = subject;
    const middles = ENGINES.map((engine) => middleOf(engines[engine]));
    factors[name] = Object.fromEntries(ENGINES.map((engine, i) => [engine, middles[i]]));
    const cells = middles.flatMap((middle) => [
      written(middle?.encode),
      written(middle?.decode),
      written(middle?.both),
    ]);
    table.push([name, ...cells, floor === undefined ? '' : written(floor)]);
    if (floor === undefined) continue;
    const bar = floor / context.timingSlack;
    const { both } = middles[0]!;
    ratios.push(both / floor);
    if (both < bar) failures.push(`${name}: ${written(both)} real time in Node is below ${written(bar)}`);
  }
  context.table(table);
  if (context.full) {
    writeTable({
      name: run.name,
      about: ABOUT,
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      setting:
        `Frames of 20 ms, on one thread; medians of ${FULL.rounds} rounds of ${FULL.minMs} ms. Node by time of the processor, ` +
        `Chromium ${chromium ?? '(none)'} by the clock. The floors are for encoding and decoding together in Node. Opus is libopus as WebAssembly; ` +
        'what the browser itself has is not on the thread of the page.',
      table,
      figures: factors,
    });
    context.say('Written to loadtest/bench/results.');
  }
  return { pass: failures.length === 0, ratio: round(Math.min(...ratios), 3), factors, failures };
};

const compare = async (context: RunContext): Promise<RunOutcome> => {
  context.say(`${ABOUT}.`);
  const chromium = context.options.has('no-chromium') ? undefined : await ChromiumBench.open();
  if (chromium === undefined) context.say('Without Chromium.');
  const node = new NodeBench();
  try {
    const measured = await measure(context.full ? FULL : QUICK, node, chromium);
    return outcomeOf(measured, { context, chromium: chromium?.version });
  } finally {
    await node.close();
    await chromium?.close();
  }
};

/** How fast codecs are. */
export const run: NamedRun = {
  name: 'codecs',
  about: `${ABOUT} (--no-chromium).`,
  floor: FLOORS,
  aim: FLOORS,
  run: (context) => oneAtATime(() => compare(context), context),
};
