import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { API_CASES } from '../support/bad-input/api.ts';
import type { BadInput } from '../support/bad-input/case.ts';
import { CONTROL_CASES } from '../support/bad-input/control.ts';
import { MEDIA_CASES } from '../support/bad-input/media.ts';
import { SESSION_CASES } from '../support/bad-input/sessions.ts';
import { TICKET_CASES } from '../support/bad-input/tickets.ts';
import { expectAllHeard, untilHeard } from '../support/hearing.ts';
import { speech } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';

/** Sessions come first, as half-open sockets take longest to find. */
const CASES: readonly BadInput[] = [
  ...SESSION_CASES,
  ...CONTROL_CASES,
  ...MEDIA_CASES,
  ...TICKET_CASES,
  ...API_CASES,
];
const CASES_AT_ONCE = 6;

interface Result {
  bad: BadInput;
  /** What happened instead of what was expected. */
  trouble: string | undefined;
}

/** Runs all cases, several at once and each in its own room; results in the order of the cases. */
const attemptAll = async (system: System, context: RunContext): Promise<Result[]> => {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CASES.length) {
      const index = next++;
      const bad = CASES[index]!;
      const only = context.options.get('case');
      if (only !== undefined && !bad.name.includes(only)) continue;
      const trouble = await bad
        .attempt(system, `bad-${index}`)
        .catch(
          (error: unknown) => `it could not be tried: ${error instanceof Error ? error.message : error}`,
        );
      results[index] = { bad, trouble };
    }
  };
  await Promise.all(Array.from({ length: CASES_AT_ONCE }, worker));
  return results.filter((result) => result !== undefined);
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const speaker = await system.join({ room: 'bystanders', identity: 'speaker' });
  const listener = await system.join({
    room: 'bystanders',
    identity: 'listener',
    grants: { publish: false },
  });
  talkers.say(speaker, speech(20));

  const results = await attemptAll(system, context);
  for (const { bad, trouble } of results) checks.expect(trouble === undefined, `${bad.name}: ${trouble}`);
  context.table([
    ['input', 'expected', 'happened'],
    ...results.map(({ bad, trouble }) => [bad.name, bad.expected, trouble ?? 'as expected']),
  ]);

  talkers.hush(speaker);
  await untilHeard([listener], () => speaker.spoken);
  talkers.stop();
  expectAllHeard(checks, listener, speaker.spoken, talkers);
  checks.expect(
    speaker.closed === undefined && listener.closed === undefined,
    'a call beside all this was disconnected',
  );
  checks.expect(
    system.running && (await system.opsStatus('/readyz')) === 200,
    'the system is not ready any more',
  );
  await Promise.all([speaker.leave(), listener.leave()]);
  return { ...checks.outcome, cases: results.length };
};

/** Every kind of bad input, each with what has to come of it, beside a call that must not notice. */
export const run = systemScenario({
  name: 'bad-input',
  about:
    'Malformed, oversized and flooding messages, bad tickets and tokens, missing grants, half-open sockets.',
  floor: 'every case as specified',
  aim: 'every case as specified',
  // Edges of a cluster take pages of every origin unless told otherwise.
  system: { cluster: { edgeEnv: { PARTYLINE_EDGE_ORIGINS: 'https://app.example' } } },
  inCall,
});
