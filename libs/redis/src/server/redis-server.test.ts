import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
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

  it.runIf(process.platform === 'linux')(
    'ends with the process that started it, even if that is killed',
    async () => {
      const program = `
      import { RedisServer } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
      const server = await RedisServer.start();
      console.log(server.pid);
    `;
      const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pid = await new Promise<number>((resolve) => {
        parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
      });
      expect(isAlive(pid)).toBe(true);
      parent.kill('SIGKILL');
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
    },
  );
});
