import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { attemptCases, type CaseResult } from '../support/cluster-bad-input/case.ts';
import { runningCases, withBystanders } from '../support/cluster-bad-input/running.ts';
import { startingCases, startLockedRedis } from '../support/cluster-bad-input/starting.ts';
import { mixedVersions } from '../support/cluster-bad-input/versions.ts';

/** Starts take a processor each. */
const STARTS_AT_ONCE = 3;

const starting = async (only: string | undefined): Promise<CaseResult[]> => {
  const redis = await startLockedRedis();
  try {
    const cases = startingCases(redis).filter(({ name }) => only === undefined || name.includes(only));
    return await attemptCases(cases, STARTS_AT_ONCE);
  } finally {
    await redis.stop();
  }
};

const everything = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const only = context.options.get('case');
  const results = await starting(only);
  context.say(`${results.length} starts were tried`);
  await withBystanders(async (system, written) => {
    // One after the other: each has a call of its own that must lose nothing.
    const cases = runningCases(system, written).filter(
      ({ name }) => only === undefined || name.includes(only),
    );
    results.push(...(await attemptCases(cases, 1)));
    checks.expect(system.running, 'a process of the cluster ended');
  });
  const versions = [mixedVersions(context.options.get('previous'), context.ci)].filter(
    ({ name }) => only === undefined || name.includes(only),
  );
  results.push(...(await attemptCases(versions, 1)));
  for (const { case: one, trouble } of results)
    checks.expect(trouble === undefined, `${one.name}: ${trouble}`);
  context.table([
    ['input', 'expected', 'happened', 'seconds'],
    ...results.map(({ case: one, trouble, notes, seconds }) => [
      one.name,
      one.expected,
      [trouble ?? 'as expected', ...notes].join('; '),
      seconds.toFixed(1),
    ]),
  ]);
  const notes = results.flatMap((result) => result.notes.map((text) => `${result.case.name}: ${text}`));
  return { ...checks.outcome, cases: results.length, notes };
};

/** What operators, other versions and broken clocks can do to a cluster. */
export const run: NamedRun = {
  name: 'cluster-bad-input',
  about:
    'Wrong settings, garbage between edges, mixed versions, a wrong clock: one clear line, no frame lost (--case TEXT, --previous REF).',
  floor: 'every case as specified',
  aim: 'every case as specified',
  run: everything,
};
