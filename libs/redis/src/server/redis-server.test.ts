import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RedisServer } from './redis-server.ts';

const started: RedisServer[] = [];
const start = async (options = {}): Promise<RedisServer> => {
  const server = await RedisServer.start(options);
  started.push(server);
  return server;
};
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

describe('RedisServer', () => {
  it('answers once started, keeps nothing, and leaves nothing behind', async () => {
    const server = await start({ password: 'a "quoted\\ word' });
    expect(server.url).toBe(`redis://:a%20%22quoted%5C%20word@127.0.0.1:${server.port}`);
    await server.command('SET', 'key', 'value');
    const { pid, folder } = server;
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await server.command('GET', 'key')).toBeNull();
    const last = server.pid!;
    await server.stop();
    await server.stop();
    expect([isAlive(last), existsSync(folder), server.pid]).toEqual([false, false, undefined]);
  });

  it('stops also when frozen', async () => {
    const server = await start();
    const pid = server.pid!;
    server.freeze();
    await server.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('says in its own words why it does not start', async () => {
    const { port } = await start();
    await expect(RedisServer.start({ port })).rejects.toThrow(
      /ended at once:\n[\s\S]*Address already in use/i,
    );
    await expect(RedisServer.start({ settings: { 'no-such-setting': 1 } })).rejects.toThrow(
      /no-such-setting/,
    );
  });

  it('names the package when the program is missing', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    await expect(RedisServer.start()).rejects.toThrow(
      'The program redis-server was not found; on Debian: apt-get install redis-server',
    );
  });

  /** Another process that starts a server, says where, and then does as told. */
  const parent = async (thenDo: string, folder?: string) => {
    const program = `
      import { RedisServer } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
      const server = await RedisServer.start({ folder: ${JSON.stringify(folder)} });
      process.stdout.write(JSON.stringify({ pid: server.pid, folder: server.folder }) + '\\n', () => { ${thenDo} });
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const text = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data) => resolve(String(data))),
    );
    return { child, ...(JSON.parse(text) as { pid: number; folder: string }) };
  };
  const ends = (pid: number): Promise<void> =>
    vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 10 });

  it('ends with a process that forgot to stop it, and leaves no folder', async () => {
    const { pid, folder } = await parent('process.exit(0)');
    await ends(pid);
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 5_000 });
  });

  it.runIf(process.platform === 'linux')('ends with a process that is killed', async () => {
    const scratch = mkdtempSync(path.join(os.tmpdir(), 'partyline-redis-test-'));
    const { child, pid } = await parent('', scratch);
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await ends(pid);
    rmSync(scratch, { recursive: true });
  });
});
