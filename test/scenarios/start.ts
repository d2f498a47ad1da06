import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import WebSocket from 'ws';
import { Program, ROOT, withProgram } from '../support/program.ts';
import { holdsWithin } from '../support/wait.ts';

const WARM_FLOOR_MS = 3_000;
const COLD_FLOOR_MS = 90_000;
/** "At once" for a person who pressed Ctrl-C. */
const STOP_FLOOR_MS = 1_000;
const READY = /Partyline is ready: (\S+)/;

const npmStart = (
  env: Readonly<Record<string, string>>,
  cwd = ROOT,
  flags: readonly string[] = [],
): Program => new Program('npm', ['start', ...(flags.length > 0 ? ['--', ...flags] : [])], { cwd, env });

const portIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });

/** A port that is free, and so is the one after it. */
const freePort = async (): Promise<number> => {
  for (let port = 20_000 + (process.pid % 10_000); ; port += 2) {
    if ((await portIsFree(port)) && (await portIsFree(port + 1))) return port;
  }
};

const opensWebSocket = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}v1/ws`);
    socket.once('open', () => {
      socket.close();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Processes of a process group that still live. */
const groupMembers = (group: number): string =>
  execFileSync('ps', ['-eo', 'pgid=,pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+\s+\d+\s+Z/.test(line))
    .join('\n');

const oneLine = (program: Program): string[] =>
  program.stderr.filter((line) => line.trim() !== '' && !line.startsWith('npm '));

const inCheckout = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const timing = context.timingSlack;
  const figures: Record<string, number> = {};
  const port = await freePort();
  const env = { PORT: String(port) };

  /** Starts, looks, ends it by `end`, and expects that nothing is left. */
  const startAndEnd = async (name: string, end: (program: Program) => void): Promise<void> => {
    await withProgram(npmStart(env), async (program) => {
      const startedAt = performance.now();
      const [, url] = await program.prints(READY, 30_000);
      figures[`${name}StartMs`] = Math.round(performance.now() - startedAt);
      checks.expect(url === `http://127.0.0.1:${port}/`, `PORT=${port} printed ${url}`);
      const page = await fetch(url!);
      const api = await fetch(`${url}openapi.json`);
      checks.expect(
        page.ok && /<html/i.test(await page.text()) && api.ok && (await opensWebSocket(url!)),
        'page, API and WebSocket are not all served on the one port',
      );
      if (name === 'interrupt') await takenPort(checks, env);
      const endedAt = performance.now();
      end(program);
      const gone = await holdsWithin(() => groupMembers(program.pid) === '', 10_000);
      figures[`${name}StopMs`] = Math.round(performance.now() - endedAt);
      checks.expect(gone, `${name}: still running:\n${groupMembers(program.pid)}`);
      checks.expect(await portIsFree(port), `${name}: the port is still taken`);
    });
  };
  await startAndEnd('interrupt', (program) => program.interrupt());
  await startAndEnd('terminateNpm', (program) => program.signal('SIGTERM'));

  for (const [name, limit] of [
    ['interruptStartMs', WARM_FLOOR_MS],
    ['terminateNpmStartMs', WARM_FLOOR_MS],
    ['interruptStopMs', STOP_FLOOR_MS],
    ['terminateNpmStopMs', STOP_FLOOR_MS],
  ] as const) {
    checks.expect(figures[name]! <= limit * timing, `${name} is ${figures[name]}, over ${limit * timing}`);
  }

  await withProgram(
    npmStart({ PORT: 'eighty', PARTYLINE_EDGE_LAST_N: 'many', HOST: '0.0.0.0' }),
    async (program) => {
      const code = await program.ends(20_000);
      const output = program.output;
      checks.expect(
        code !== 0 && /PORT/.test(output) && /PARTYLINE_EDGE_LAST_N/.test(output),
        `wrong settings are not all named at once: ${output}`,
      );
    },
  );
  await withProgram(npmStart({ PORT: String(port), HOST: '0.0.0.0' }), async (program) => {
    const code = await program.ends(20_000);
    checks.expect(
      code !== 0 && /PARTYLINE_API_KEYS/.test(program.output),
      `listening for other machines without keys is not refused: ${program.output}`,
    );
  });
  await withProgram(npmStart(env, ROOT, ['--https']), async (program) => {
    const [, url] = await program.prints(READY, 30_000);
    checks.expect(/^https:/.test(url!), `--https printed ${url}`);
  });

  if (context.full || context.options.has('cold')) figures.coldStartMs = await coldStart(checks, timing);
  context.table([['what', 'ms'], ...Object.entries(figures)]);
  return { ...checks.outcome, ...figures };
};

const takenPort = async (checks: Expectations, env: Readonly<Record<string, string>>): Promise<void> => {
  const second = npmStart(env);
  await withProgram(second, async () => {
    const code = await second.ends(20_000);
    const lines = oneLine(second);
    checks.expect(
      code !== 0 && lines.length === 1 && lines[0]!.includes(env.PORT!) && /PORT=/.test(lines[0]!),
      `a taken port should give one clear line, not:\n${lines.join('\n')}`,
    );
  });
};

/** A copy of what is committed, with nothing installed. Packages come from npm's cache where it has them. */
const coldStart = async (checks: Expectations, timing: number): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-clone-'));
  try {
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, folder]);
    cpSync(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'));
    const port = await freePort();
    return await withProgram(npmStart({ PORT: String(port) }, folder), async (program) => {
      const startedAt = performance.now();
      await program.prints(READY, COLD_FLOOR_MS * timing);
      const elapsedMs = Math.round(performance.now() - startedAt);
      checks.expect(elapsedMs <= COLD_FLOOR_MS * timing, `a cold start took ${elapsedMs} ms`);
      return elapsedMs;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What a newcomer's first command does, and how it ends. */
export const run: NamedRun = {
  name: 'start',
  about:
    'npm start: URL, one port, taken port, Ctrl-C, TERM to npm alone, wrong settings (--cold: fresh clone).',
  floor: `${WARM_FLOOR_MS} ms warm, ${COLD_FLOOR_MS} ms cold`,
  aim: '1000 ms warm, 30000 ms cold',
  run: inCheckout,
};
