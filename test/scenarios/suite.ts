import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { type System, shapeAsked, withSystem } from '../support/system.ts';
import type { SystemScenario } from '../support/system-scenario.ts';
import { holdsWithin } from '../support/wait.ts';
import { run as badInput } from './bad-input.ts';
import { run as crowd } from './crowd.ts';
import { run as metrics } from './metrics.ts';
import { run as moderation } from './moderation.ts';
import { run as randomBytes } from './random-bytes.ts';
import { run as selection } from './selection.ts';
import { run as slowListener } from './slow-listener.ts';

/** In this order: the first two read counters from their beginning, the last two leave the most behind. */
const MEMBERS: readonly SystemScenario[] = [
  metrics,
  slowListener,
  selection,
  crowd,
  moderation,
  badInput,
  randomBytes,
];
/** What the members want of their system, all at once. */
const SYSTEM = {
  inspected: MEMBERS.some(({ system }) => system.inspected === true),
  env: Object.assign({}, ...MEMBERS.map(({ system }) => system.env)) as Record<string, string>,
  cluster: {
    edgeEnv: Object.assign({}, ...MEMBERS.map(({ system }) => system.cluster?.edgeEnv)) as Record<
      string,
      string
    >,
  },
};
/** Half-open connections end by themselves within this time. */
const EMPTY_WITHIN_MS = 15_000;

interface Result {
  name: string;
  pass: boolean;
  seconds: number;
}

/** One member, which must pass and leave nobody behind; what it says of itself is not shown unless it fails. */
const attempt = async (
  member: SystemScenario,
  system: System,
  context: RunContext,
  checks: Expectations,
): Promise<Result> => {
  const beganAtMs = performance.now();
  const said: (() => void)[] = [];
  const quiet: RunContext = {
    ...context,
    say: (line) => void said.push(() => context.say(line)),
    table: (rows) => void said.push(() => context.table(rows)),
  };
  const outcome: RunOutcome = await member
    .inCall(quiet, system)
    .catch((error: unknown) => ({ pass: false, failures: [String(error)] }));
  const failures = [...(outcome.failures ?? [])];
  const connections = async (): Promise<number> => (await system.metrics()).sum('partyline_edge_connections');
  if (!(await holdsWithin(async () => (await connections()) === 0, EMPTY_WITHIN_MS, 100))) {
    failures.push(`${await connections()} connections were left open`);
  }
  for (const failure of failures) checks.expect(false, `${member.name}: ${failure}`);
  const pass = checks.expect(outcome.pass && failures.length === 0, `${member.name} did not pass`);
  if (!pass) for (const show of said) show();
  const seconds = (performance.now() - beganAtMs) / 1_000;
  const held = typeof outcome.held === 'number' ? `${outcome.held} expectations held` : '';
  context.say(
    `${member.name.padEnd(16)} ${pass ? 'passed' : 'FAILED'} ${seconds.toFixed(0).padStart(4)} s  ${held}`,
  );
  return { name: member.name, pass, seconds };
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const only = context.options.get('only')?.split(',');
  const results: Result[] = [];
  for (const member of MEMBERS) {
    if (only !== undefined && !only.includes(member.name)) continue;
    results.push(await attempt(member, system, context, checks));
  }
  return { ...checks.outcome, shape: shapeAsked(), results };
};

/** The same scenarios on whatever a system is made of. */
export const run: NamedRun = {
  name: 'suite',
  about: `Quick scenarios one after the other on one system (--shape one, cluster or redis-cluster; --only a,b).`,
  floor: 'all pass',
  aim: 'all pass',
  run: (context) => withSystem(SYSTEM, (system) => inCall(context, system)),
};
