import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { LogWatch } from '../support/log-watch.ts';
import { nowMs } from '../support/raw-client.ts';
import { speech } from '../support/synthetic-voice.ts';
import { System } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs } from '../support/wait.ts';
import { withTwoRegions } from '../support/wan/two-regions.ts';
import type { Wan } from '../support/wan/wan.ts';
import { Breaking } from './fault-sequences/breaking.ts';
import { Idle } from './fault-sequences/idle.ts';
import { People } from './fault-sequences/people.ts';
import {
  type Fault,
  OUTLASTING,
  type Outlasting,
  type Plan,
  planOf,
  type Step,
  sentenceOf,
} from './fault-sequences/plan.ts';
import { type Limits, removalFaults, untilAttended, voiceFaults } from './fault-sequences/whole.ts';

const IN_CI = 6;
const IN_FULL = 24;
/** Sequences that once failed, as they were then; they are run in addition. */
const FAILED_ONCE: readonly Asked[] = [7, 9, 24].map((seed) => ({ seed, outlasting: 'nothing' }));
/** Every second sequence has a fault longer than a lease; in the long form every third one longer than the grace. */
const LEASE_EVERY = 2;
const GRACE_EVERY = 3;
/** Everybody who is there is shown so, after the last fault has ended. */
const BACK_MS = 10_000;
/**
 * Whoever is gone is shown and listed no more: 3 s until an edge that was killed counts as silent, 15 s in which its
 * people may come back, and two looks at the registry. As long after Redis was back: 10 s of contact with it and the
 * time to get there.
 */
const WHOLE_MS = 20_000;
const IDLE_MS = 15_000;
/** Where other programs take the processor. Most of these times are spent waiting for a grace, which is no longer there. */
const TIMING_SLACK_IN_CI = 1.5;
const DRAIN_SECONDS = 2;
/** Characters of a sentence that a table has room for. */
const LAST_WRONG_SHOWN = 90;

/** In ms after the last fault has ended; `idleMs` after everybody has left. */
interface Figures {
  /** Everybody who wanted to join meanwhile has. */
  letInMs: number;
  /** Everybody is shown, as they are, who is there. */
  backMs: number;
  /** Nobody is shown any more who is gone. */
  shownMs: number;
  /** Directories list it as well. */
  wholeMs: number;
  idleMs: number;
  lastWrong: string;
}

/** What a plan follows from; on the command line `7`, `7:lease` or `7:grace`. */
interface Asked {
  seed: number;
  outlasting: Outlasting;
}

interface Sequence extends Figures {
  seed: string;
  faults: string;
  allMs: number;
  isClean: boolean;
}

interface Services {
  system: System;
  wan: Wan;
  idle: Idle;
  log: LogWatch;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

const isFault = (step: Step): step is Step & { does: Fault } => !('room' in step.does);

/** Carries a plan out, and tells what is wrong at the end of it. */
const carryOut = async (
  plan: Plan,
  { system, wan, idle, log }: Services,
  limits: Limits,
): Promise<{ failures: string[]; figures: Figures }> => {
  const failures: string[] = [];
  const people = new People(system, plan.rooms);
  const breaking = new Breaking(system, wan);
  const talkers = new Talkers();
  for (const deed of plan.first) people.begin(deed);
  await people.done();
  const beforehand = await untilAttended(system, people, nowMs(), limits);
  failures.push(...people.failures, ...beforehand.faults.map((fault) => `before any fault: ${fault}`));
  const speakers = [...people.rooms.values()].flatMap(({ callers }) => callers.get('caller-0') ?? []);
  for (const speaker of speakers) talkers.say(speaker, speech(60));

  const beganAtMs = nowMs();
  for (const step of plan.steps) {
    await forMs(Math.max(0, beganAtMs + step.atMs - nowMs()));
    if ('room' in step.does) people.begin(step.does);
    else breaking.begin(step.does);
  }
  await breaking.mended();
  const mendedAtMs = nowMs();
  await people.done();
  const letInMs = nowMs() - mendedAtMs;
  failures.push(...breaking.failures, ...people.failures);
  if (letInMs > limits.backMs)
    failures.push(`people were kept out for ${seconds(letInMs)} s after the last fault`);

  const { faults, ...recovery } = await untilAttended(system, people, mendedAtMs, limits);
  failures.push(...faults);
  talkers.hush(...speakers);
  const voices = await Promise.all([...people.rooms.values()].map((room) => voiceFaults(room, talkers)));
  failures.push(...voices.flat(), ...(await removalFaults(system, people)));
  talkers.stop();
  for (const { id, member } of [...system.cluster.edges, ...system.cluster.directories]) {
    if (!member.running) failures.push(`${id} has ended by itself`);
  }

  const leftAtMs = nowMs();
  await people.leave();
  for (const room of plan.rooms) {
    const { status } = await system.admin.request('DELETE', `/v1/rooms/${room}`);
    if (status !== 200 && status !== 404) failures.push(`deleting ${room} is answered by ${status}`);
  }
  failures.push(...(await idle.leftovers(plan.rooms, IDLE_MS)));
  failures.push(...log.take().map((line) => `in the log of ${line}`));
  return { failures, figures: { letInMs, ...recovery, idleMs: nowMs() - leftAtMs } };
};

const nameOf = ({ seed, outlasting }: Asked): string =>
  outlasting === 'nothing' ? `${seed}` : `${seed}:${outlasting}`;

/** @throws Error when it is not written as {@link nameOf} does */
const readAsked = (text: string): Asked => {
  const [seed, word = 'nothing'] = text.split(':');
  const outlasting = OUTLASTING.find((name) => name === word);
  if (outlasting === undefined || !/^\d+$/.test(seed!)) {
    throw new Error(`--seed takes numbers such as 7, 7:lease or 7:grace, not "${text}"`);
  }
  return { seed: Number(seed), outlasting };
};

const askedOf = ({ full, options }: RunContext): Asked[] => {
  const asked = options.get('seed');
  if (asked !== undefined) return asked.split(',').map(readAsked);
  const first = Number(options.get('from') ?? 1);
  const last = Number(options.get('to') ?? (full ? IN_FULL : first + IN_CI - 1));
  const usual = Array.from({ length: last - first + 1 }, (_, i): Asked => {
    const seed = first + i;
    if (full && seed % GRACE_EVERY === 0) return { seed, outlasting: 'grace' };
    return { seed, outlasting: seed % LEASE_EVERY === 0 ? 'lease' : 'nothing' };
  });
  if (options.has('from') || options.has('to')) return usual;
  const isUsual = (one: Asked): boolean => usual.some((other) => nameOf(other) === nameOf(one));
  return [...usual, ...FAILED_ONCE.filter((one) => !isUsual(one))];
};

/** A cluster for one sequence after the other; one that failed is not used again. */
const withCluster = <T>(use: (services: Services) => Promise<T>): Promise<T> =>
  withTwoRegions({ means: 'delaying proxies' }, async ({ cluster, wan }) => {
    const log = new LogWatch();
    const env = { PARTYLINE_EDGE_DRAIN_WINDOW: String(DRAIN_SECONDS) };
    const system = await System.start({ shape: 'cluster', env, cluster: { ...cluster, onLine: log.onLine } });
    try {
      return await use({ system, wan, idle: await Idle.measure(system), log });
    } finally {
      await system.stop();
    }
  });

const all = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const sequences: Sequence[] = [];
  const slack = context.ci ? TIMING_SLACK_IN_CI : 1;
  const limits: Limits = { backMs: BACK_MS * slack, wholeMs: WHOLE_MS * slack };
  const asked = askedOf(context);
  const failedSeeds: string[] = [];
  while (asked.length > 0) {
    await withCluster(async (services) => {
      let isClean = true;
      while (isClean && asked.length > 0) {
        const one = asked.shift()!;
        const seed = nameOf(one);
        const plan = planOf(one.seed, one.outlasting);
        context.say(`seed ${seed} …`);
        const beganAtMs = nowMs();
        const { failures, figures } = await carryOut(plan, services, limits);
        isClean = failures.length === 0;
        const kinds = plan.steps.filter(isFault).map(({ does }) => does.kind);
        const allMs = nowMs() - beganAtMs;
        sequences.push({ seed, faults: kinds.join(' '), ...figures, allMs, isClean });
        checks.expect(isClean, `seed ${seed}: ${failures.slice(0, 12).join('; ')}`);
        if (isClean) continue;
        failedSeeds.push(seed);
        context.say(`Seed ${seed} failed:`);
        for (const failure of failures) context.say(`  ${failure}`);
        context.say(
          `  People at first: ${plan.first.map(({ room, identity, edge }) => `${room} ${identity} on ${edge}`).join(', ')}`,
        );
        for (const step of plan.steps) context.say(`  ${sentenceOf(step)}`);
        context.say(`Again: npm run scenario -- fault-sequences --seed ${seed}`);
      }
    });
  }
  context.table([
    ['seed', 'faults', 'let in s', 'back s', 'shown s', 'whole s', 'idle s', 'in all s', 'wrong last', ''],
    ...sequences.map(({ seed, faults, lastWrong, isClean, ...figures }) => [
      seed,
      faults,
      ...[
        figures.letInMs,
        figures.backMs,
        figures.shownMs,
        figures.wholeMs,
        figures.idleMs,
        figures.allMs,
      ].map(seconds),
      lastWrong.slice(0, LAST_WRONG_SHOWN),
      isClean ? '' : 'FAILED',
    ]),
  ]);
  return { ...checks.outcome, sequences, failedSeeds };
};

/** Random sequences of faults, each of which follows from its seed. */
export const run: NamedRun = {
  name: 'fault-sequences',
  about:
    'Seeded sequences of crashes, freezes, drains and cuts during calls; then all is whole and nothing is left (--seed 7:lease,9 or --from 1 --to 8).',
  floor: 'everybody back and shown within 10 s, who is gone forgotten within 20 s, nothing left behind',
  aim: 'everybody back and shown within 5 s',
  run: all,
};
