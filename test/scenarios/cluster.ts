import { execFileSync } from 'node:child_process';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { freePort } from '@partyline/redis/server';
import { Program, ROOT, withProgram } from '../support/program.ts';
import { holdsWithin, until } from '../support/wait.ts';

const STARTS_WITHIN_MS = 60_000;
/** Edges move their people before they end; there is nobody to move here. */
const STOPS_WITHIN_MS = 10_000;
const READY = /The cluster is ready: (\S+)/;
const REDIS_KINDS = ['single', 'sentinel'] as const;

/** A row of the summary table: what it is, its addresses, and its process ids. */
interface Row {
  name: string;
  region: string;
  address: string;
  opsUrl: string;
  pids: number[];
}

const rowsOf = (output: string): Row[] =>
  [...output.matchAll(/^│ (\S.*?) +│ (\S+) +│ (\S+) +│ (\S*) +│ ([\d ]+?) *│$/gm)].map(
    ([, name, region, address, metrics, pids]) => ({
      name: name!,
      region: region!,
      address: address!,
      opsUrl: metrics!.replace(/\/metrics$/, ''),
      pids: pids!.split(' ').map(Number),
    }),
  );

const isRunning = (pid: number): boolean => {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    // ps fails when there is no such process.
    return false;
  }
};

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};

const npmRunCluster = (flags: readonly string[], env: Readonly<Record<string, string>> = {}): Program =>
  new Program('npm', ['run', 'cluster', '--', ...flags], { cwd: ROOT, env });

/** Starts it, looks at all that it says is there, kills an edge, ends it, and looks that nothing is left. */
const once = async (
  checks: Expectations,
  redis: (typeof REDIS_KINDS)[number],
  end: (program: Program) => void,
): Promise<{ startMs: number; stopMs: number }> => {
  const port = await freePort('127.0.0.1');
  const flags = ['--port', String(port), '--redis', redis, '--edges', redis === 'single' ? '2' : '1'];
  return withProgram(npmRunCluster(flags), async (program) => {
    const startedAtMs = performance.now();
    const [, url] = await program.prints(READY, STARTS_WITHIN_MS);
    const startMs = Math.round(performance.now() - startedAtMs);
    checks.expect(url === `http://127.0.0.1:${port}/`, `--port ${port} printed ${url}`);
    const rows = rowsOf(program.output);
    const edges = rows.filter(({ name }) => /-edge-\d$/.test(name));
    const expectedEdges = redis === 'single' ? 4 : 2;
    checks.expect(edges.length === expectedEdges, `the table has ${edges.length} edges: ${program.output}`);
    checks.expect(
      rows.filter(({ name }) => /-directory-\d$/.test(name)).length === 2 &&
        rows.filter(({ name }) => name === `redis (${redis})`).length === 2,
      `the table lacks directories or Redis: ${JSON.stringify(rows)}`,
    );
    for (const { name, opsUrl, pids } of rows) {
      checks.expect(pids.every(isRunning), `${name} is not running as the table says`);
      if (opsUrl !== '')
        checks.expect(await answers(`${opsUrl}/readyz`), `${name} is not ready at ${opsUrl}`);
    }
    checks.expect(await answers(url!), 'the page is not served');

    const [edge] = edges as [Row, ...Row[]];
    process.kill(edge.pids[0]!, 'SIGKILL');
    await until(`${edge.name} to be gone`, async () => !(await answers(`${edge.opsUrl}/readyz`)));
    checks.expect(
      await holdsWithin(() => answers(`${edge.opsUrl}/readyz`), STARTS_WITHIN_MS),
      `${edge.name} was killed and is not started again`,
    );

    const endedAtMs = performance.now();
    end(program);
    await program.ends(STOPS_WITHIN_MS).catch(() => checks.expect(false, 'it does not end'));
    const left = rows.filter(({ pids }) => pids.some(isRunning)).map(({ name }) => name);
    checks.expect(left.length === 0, `still running after its end: ${left.join(', ')}`);
    checks.expect(!(await answers(`${edge.opsUrl}/readyz`)), `${edge.name} outlives its cluster`);
    return { startMs, stopMs: Math.round(performance.now() - endedAtMs) };
  });
};

const wrongCommandLines = async (checks: Expectations): Promise<void> => {
  for (const [flags, says] of [
    [['--redis', 'mongo'], /--redis takes single, cluster, sentinel/],
    [['--edges', 'many'], /--edges and --directories take 1 to 20/],
  ] as const) {
    await withProgram(npmRunCluster(flags), async (program) => {
      const code = await program.ends(20_000);
      checks.expect(
        code !== 0 && says.test(program.output),
        `${flags.join(' ')} is answered by ${program.output}`,
      );
    });
  }
};

const inCheckout = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  await wrongCommandLines(checks);
  const interrupted = await once(checks, 'single', (program) => program.interrupt());
  const terminated = await once(checks, 'sentinel', (program) => program.signal('SIGTERM'));
  context.table([
    ['npm run cluster', 'ready after ms', 'ended after ms'],
    ['Ctrl-C', interrupted.startMs, interrupted.stopMs],
    ['--redis sentinel, TERM to npm alone', terminated.startMs, terminated.stopMs],
  ]);
  return { ...checks.outcome, interrupted, terminated };
};

/** The whole cluster as somebody starts it who wants to look at it. */
export const run: NamedRun = {
  name: 'cluster',
  about:
    'npm run cluster: the table is true, a killed edge comes back, Ctrl-C and TERM to npm alone leave nothing.',
  floor: 'nothing left running',
  aim: 'nothing left running',
  run: inCheckout,
};
