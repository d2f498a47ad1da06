import { connect } from 'node:net';
import type { Cluster } from '@partyline/cluster';
import { Program } from '../program.ts';
import { forMs, holdsWithin } from '../wait.ts';

type Env = Readonly<Record<string, string>>;
export const KINDS = ['edge', 'directory'] as const;
export type Kind = (typeof KINDS)[number];

/** A start takes two seconds, several at once on a busy machine many more. */
export const START_MS = 30_000;

/**
 * An edge or directory as an operator starts it, with all its settings.
 * @param isCalm gives way to everything else on the machine: for starts beside a call
 */
export const startProgram = (kind: Kind, env: Env, isCalm = false): Program => {
  const node = [process.execPath, '--import', 'tsx', `services/${kind}/src/main.ts`];
  const [command, ...args] = isCalm ? ['nice', '-n', '19', ...node] : node;
  // Makes it watch this process, so that it does not outlive one that was killed.
  return new Program(command!, args, { env: { npm_lifecycle_event: 'scenario', ...env } });
};

/** Settings of a further process in a region of a cluster. */
export const redisSettings = (cluster: Cluster, region: string): Env => {
  const others = [...cluster.redis].filter(([name]) => name !== region);
  return {
    PARTYLINE_REDIS_URL: cluster.redis.get(region)!.url,
    PARTYLINE_REDIS_REGIONS: others.map(([name, { wanUrl }]) => `${name}=${wanUrl}`).join(';'),
    PARTYLINE_CONTROL_REDIS_URL: cluster.redis.values().next().value!.url,
  };
};

/** What is wrong with the way a process ended; undefined when it is as it has to be. */
export const endedWith = async (
  program: Program,
  code: number,
  says: RegExp,
  never?: string,
): Promise<string | undefined> => {
  const actual = await program.ends(START_MS);
  const { output } = program;
  if (actual !== code) return `it ended with ${actual}: ${output.slice(-300)}`;
  if (/^\s+at /m.test(output)) return `it printed a stack: ${output.slice(0, 300)}`;
  if (never !== undefined && output.includes(never)) return 'it printed the password';
  const lines = linesOf(program, says);
  return lines.length >= 1 && lines.length <= 2
    ? undefined
    : `${lines.length} lines match ${says}: ${output.slice(0, 400)}`;
};

export const linesOf = (program: Program, says: RegExp): string[] =>
  program.output.split('\n').filter((line) => says.test(line));

/** Whether somebody listens on a port of this machine at any time while a process runs. */
export const listensEver = async (program: Program, port: number): Promise<boolean> => {
  while (program.running) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return true;
    await forMs(50);
  }
  return false;
};

/** A page of an operations port; status 0 while nobody answers. */
export const opsPage = async (opsPort: number, path: string): Promise<{ status: number; body: string }> => {
  try {
    const reply = await fetch(`http://127.0.0.1:${opsPort}${path}`, { signal: AbortSignal.timeout(2_000) });
    return { status: reply.status, body: await reply.text() };
  } catch {
    return { status: 0, body: '' };
  }
};

/** Waits until a process is ready. @returns false when it is not in time, or has ended */
export const isReady = (program: Program, opsPort: number): Promise<boolean> =>
  holdsWithin(
    async () => !program.running || (await opsPage(opsPort, '/readyz')).status === 200,
    START_MS,
    100,
  ).then((held) => held && program.running);
