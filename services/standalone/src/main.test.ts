import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const command = [process.execPath, '--import', 'tsx', main];
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

interface Run {
  child: ChildProcess;
  output(): string;
  /** Resolves with the exit code. */
  ended: Promise<number | null>;
}

const run = ([file, ...argv]: readonly string[], env: Record<string, string> = {}): Run => {
  const child = spawn(file!, argv, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', ...env },
  });
  started.push(child);
  let text = '';
  child.stdout!.on('data', (chunk) => (text += chunk));
  child.stderr!.on('data', (chunk) => (text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => text, ended };
};

const urlIn = (text: string): string | undefined => text.match(/http:\S+/)?.[0];

const pageOf = async ({ output }: Run): Promise<string> => {
  await expect.poll(() => urlIn(output()), { timeout: 40_000 }).toBeDefined();
  return urlIn(output())!;
};

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (reply) => reply.ok,
    () => false,
  );

describe('npm start', { timeout: 60_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints the URL first, and ends in order on %s', async (signal) => {
    const program = run(command);
    const url = await pageOf(program);
    expect(await answers(url)).toBe(true);
    const before = performance.now();
    program.child.kill(signal);
    expect(await program.ended).toBe(0);
    // A second is promised; a busy machine gets three.
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(await answers(url)).toBe(false);
  });

  it('ends when the shell that npm started it with is killed', async () => {
    const quoted = command.map((word) => `'${word}'`).join(' ');
    const shell = run(['sh', '-c', `${quoted} & wait`], { npm_lifecycle_event: 'start' });
    const url = await pageOf(shell);
    shell.child.kill('SIGKILL');
    await expect.poll(() => answers(url), { timeout: 20_000 }).toBe(false);
  });

  it('answers a taken port with one line and exit code 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const program = run(command, { PORT: String(port) });
    expect(await program.ended).toBe(1);
    const complaint = program
      .output()
      .split('\n')
      .filter((line) => line.includes('taken'));
    expect(complaint).toHaveLength(1);
    expect(complaint[0]).toContain('PORT=');
    other.close();
  });

  it('says all that is wrong with its settings, and exits with 78', async () => {
    const program = run(command, { PORT: 'x', PARTYLINE_EDGE_LAST_N: 'y' });
    expect(await program.ended).toBe(78);
    expect(program.output()).toMatch(/PORT.*PARTYLINE_EDGE_LAST_N/s);
  });

  it('explains itself', async () => {
    const program = run([...command, '--help']);
    expect(await program.ended).toBe(0);
    expect(program.output()).toContain('Usage: npm start');
  });
});
