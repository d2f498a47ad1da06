import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchParent } from './watch-parent.ts';

const moduleUrl = new URL('./watch-parent.ts', import.meta.url).href;

/** What npm would start: it watches, and says what it sees. */
const program = `
  import { watchParent } from ${JSON.stringify(moduleUrl)};
  const watch = watchParent({
    npmLifecycleEvent: process.env.npm_lifecycle_event,
    pollMs: 20,
    onGone: () => { console.log('gone'); process.exit(0); },
  });
  console.log(JSON.stringify({ pid: process.pid, watched: watch.pids }));
  setInterval(() => undefined, 1000);
`;

/**
 * A launcher with npm's title that keeps a shell which keeps the program: the trailing ":" makes the shell stay
 * instead of becoming the program. Like a launcher that passes nothing on, it dies alone when it is told to end.
 */
const launcher = `
  process.title = 'npm start';
  const { spawn } = require('node:child_process');
  const command = '"$PROGRAM_NODE" --import tsx --input-type=module --eval "$PROGRAM"; :';
  spawn('/bin/sh', ['-c', command], { stdio: 'inherit' });
  setInterval(() => undefined, 1000);
`;

const children: ChildProcess[] = [];
const programPids: number[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const pid of programPids.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function startLauncher(npmLifecycleEvent: string | undefined) {
  const env = { ...process.env, PROGRAM_NODE: process.execPath, PROGRAM: program };
  const child = spawn(process.execPath, ['-e', launcher], {
    env: { ...env, npm_lifecycle_event: npmLifecycleEvent },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(...text.trim().split('\n')));
  await vi.waitFor(() => expect(output).not.toEqual([]), { timeout: 15_000 });
  const { pid, watched } = JSON.parse(output[0]!) as { pid: number; watched: number[] };
  programPids.push(pid);
  return { launcherPid: child.pid!, child, pid, watched, output };
}

describe('watchParent', () => {
  it('notices within moments that npm was ended by a TERM to its own process alone', async () => {
    const { child, launcherPid, pid, watched, output } = await startLauncher('start');
    expect(watched).toHaveLength(2);
    expect(watched.at(-1)).toBe(launcherPid);
    const ended = once(child.stdout!, 'end');
    child.kill('SIGTERM');
    await ended;
    expect(output.at(-1)).toBe('gone');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
  });

  it('notices that the shell between npm and the program has ended', async () => {
    const { child, watched, output } = await startLauncher('start');
    const ended = once(child.stdout!, 'end');
    process.kill(watched[0]!, 'SIGKILL');
    await vi.waitFor(() => expect(output.at(-1)).toBe('gone'));
    child.kill('SIGTERM');
    await ended;
  });

  it('watches nothing when npm did not start the program', async () => {
    const { watched } = await startLauncher(undefined);
    expect(watched).toEqual([]);
  });

  it('can be called off', () => {
    vi.useFakeTimers();
    const watch = watchParent({ npmLifecycleEvent: 'start', onGone: () => undefined });
    expect(watch.pids.length).toBeGreaterThan(0);
    expect(vi.getTimerCount()).toBe(1);
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
