import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { CrowdListener } from '../support/crowd-listener.ts';
import { nowMs } from '../support/raw-client.ts';
import { percentile } from '../support/reception.ts';
import { type System, withSystem } from '../support/system.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const JOINS = 1_000;
const WITHIN_MS = 10_000;
const ROOM_SIZE = 50;
const RETRY_AFTER_MS = 200;
const MAX_TRIES = 20;

interface Storm {
  /** From asking to ready, each. */
  tookMs: number[];
  retries: number;
  lost: string[];
  listeners: CrowdListener[];
}

/** A thousand joins, evenly spread over ten seconds; whoever fails tries again, as an SDK would. */
const storm = async (system: System, name: string, during: () => Promise<void>): Promise<Storm> => {
  const result: Storm = { tookMs: [], retries: 0, lost: [], listeners: [] };
  const join = async (number: number): Promise<void> => {
    await forMs((number * WITHIN_MS) / JOINS);
    const beganAtMs = nowMs();
    let failure = '';
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      if (attempt > 0) {
        result.retries += 1;
        await forMs(RETRY_AFTER_MS);
      }
      try {
        const { reply, socketUrl } = await system.ticket({
          room: `${name}-${Math.floor(number / ROOM_SIZE)}`,
          identity: `person-${number}`,
          grants: { publish: number % ROOM_SIZE < 5 },
        });
        const listener = await CrowdListener.open(socketUrl, reply.ticket);
        if (listener.ready) {
          result.listeners.push(listener);
          result.tookMs.push(nowMs() - beganAtMs);
          return;
        }
        failure = listener.closed ?? 'never ready';
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    result.lost.push(failure);
  };
  await Promise.all([during(), ...Array.from({ length: JOINS }, (_, number) => join(number))]);
  return result;
};

/** Every room is there with everybody in it, and nobody twice. */
const complete = async (system: System, name: string): Promise<boolean> =>
  holdsWithin(
    async () => {
      for (let room = 0; room < JOINS / ROOM_SIZE; room++) {
        const { body } = await system.admin.request('GET', `/v1/rooms/${name}-${room}`);
        if ((body as { participants?: number }).participants !== ROOM_SIZE) return false;
      }
      return true;
    },
    10_000,
    250,
  );

const examine = async (
  checks: Expectations,
  system: System,
  name: string,
  { lost, listeners }: Storm,
): Promise<void> => {
  checks.expect(lost.length === 0, `${name}: ${lost.length} joins were lost: ${lost[0] ?? ''}`);
  checks.expect(await complete(system, name), `${name}: not every room has its ${ROOM_SIZE} participants`);
  for (const listener of listeners) listener.leave();
};

const inStorm = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const calm = await storm(system, 'calm', async () => undefined);
  await examine(checks, system, 'calm', calm);
  checks.expect(calm.retries === 0, `${calm.retries} joins had to be tried again without any fault`);

  const [victim] = system.cluster.directories.slice(-1);
  const rough = await storm(system, 'rough', async () => {
    await forMs(WITHIN_MS * 0.3);
    await victim!.member.kill();
    await forMs(WITHIN_MS * 0.4);
    await victim!.member.start();
  });
  await examine(checks, system, 'rough', rough);
  checks.expect(rough.retries > 0, 'no join met the directory that was killed, so nothing was shown');
  const row = (name: string, { tookMs, retries, lost }: Storm): (string | number)[] => [
    name,
    tookMs.length,
    lost.length,
    retries,
    percentile(tookMs, 0.5).toFixed(0),
    percentile(tookMs, 0.95).toFixed(0),
  ];
  context.table([
    ['1,000 joins in 10 s', 'joined', 'lost', 'tries again', 'p50 ms', 'p95 ms'],
    row('all well', calm),
    row('a directory killed', rough),
  ]);
  return {
    ...checks.outcome,
    p95Ms: percentile(calm.tookMs, 0.95),
    roughP95Ms: percentile(rough.tookMs, 0.95),
    retries: rough.retries,
  };
};

/** A thousand joins in ten seconds. */
export const run: NamedRun = {
  name: 'join-storm',
  about: '1,000 joins in 10 s, then the same while a directory is killed: none lost, at most tried again.',
  floor: 'none lost',
  aim: 'none lost',
  run: (context) =>
    withSystem({ shape: 'cluster', env: { PARTYLINE_JOINS_PER_MINUTE_PER_ADDRESS: '1000000' } }, (system) =>
      inStorm(context, system),
    ),
};
