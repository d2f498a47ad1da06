import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { RedisServer } from '@partyline/redis/server';
import { mintAccessToken } from '@partyline/tokens';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDirectoryProcessConfig } from '../config.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const { privateKey } = generateKeyPairSync('ed25519');
const ticketKey = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const key = { id: 'key-1', secret: 'a-secret-of-at-least-thirty-two-bytes' };

interface Running {
  child: ChildProcess;
  url: string;
  opsUrl: string;
  exited: Promise<number | null>;
}

const children: ChildProcess[] = [];

const spawnDirectory = (env: Record<string, string>): { child: ChildProcess; output: () => string } => {
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  return { child, output: () => text };
};

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on('exit', (code) => resolve(code)));

const until = async (isDone: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const endsAtMs = performance.now() + 15_000;
  while (!(await isDone())) {
    if (performance.now() > endsAtMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const start = async (redisUrl: string): Promise<Running> => {
  const { child, output } = spawnDirectory({
    PARTYLINE_REDIS_URL: redisUrl,
    PARTYLINE_TICKET_KEY: ticketKey,
    PARTYLINE_API_KEYS: `${key.id}:${key.secret}`,
    PARTYLINE_DIRECTORY_PORT: '0',
    PARTYLINE_OPS_PORT: '0',
  });
  const exited = exitOf(child);
  const line = /"port":(\d+),"opsPort":(\d+)/;
  await until(() => line.test(output()), `the start line in: ${output()}`);
  const [, port, opsPort] = line.exec(output())!;
  return { child, url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort}`, exited };
};

describe('a directory as a process of its own', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const admin = () => mintAccessToken({ keyId: key.id, secret: key.secret, nowMs: Date.now(), admin: true });
  const call = async (url: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${await admin()}`, 'content-type': 'application/json' };
    return fetch(url, { ...init, headers });
  };

  it('shares rooms with another one, and stops in order', async () => {
    const [one, two] = await Promise.all([start(redis.url), start(redis.url)]);
    const body = JSON.stringify({ room: 'shared', settings: { maxParticipants: 3 } });
    expect((await call(`${one.url}/v1/rooms`, { method: 'POST', body })).status).toBe(201);
    const found = await call(`${two.url}/v1/rooms/shared`);
    expect(await found.json()).toMatchObject({ room: 'shared', maxParticipants: 3 });
    expect(await (await fetch(`${one.url}/v1/keys`)).json()).toEqual(
      await (await fetch(`${two.url}/v1/keys`)).json(),
    );
    const metrics = await (await fetch(`${one.opsUrl}/metrics`)).text();
    expect(metrics).toContain('partyline_directory_redis_up{redis="local"} 1');
    for (const { child, exited } of [one, two]) {
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    }
  }, 30_000);

  it('starts while Redis is away, is ready, answers 503, and works once it is there', async () => {
    const own = await RedisServer.start();
    await own.stop();
    const { url, opsUrl } = await start(own.url);
    expect(await (await fetch(`${opsUrl}/readyz`)).json()).toEqual({ status: 'ready' });
    const away = await call(`${url}/v1/rooms`);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await away.json()).toMatchObject({ code: 'registry_unavailable' });
    const back = await RedisServer.start({ port: own.port });
    try {
      await until(async () => (await call(`${url}/v1/rooms`)).status === 200, 'Redis');
    } finally {
      await back.stop();
    }
  }, 30_000);

  it('ends at once, with everything that is wrong, when its settings are', async () => {
    const { child, output } = spawnDirectory({
      PARTYLINE_DIRECTORY_HOST: '0.0.0.0',
      PARTYLINE_REDIS_REGIONS: 'us=redis://127.0.0.1:1',
      PARTYLINE_TICKET_TTL: 'soon',
    });
    expect(await exitOf(child)).toBe(78);
    for (const name of ['REDIS_URL', 'TICKET_KEY', 'API_KEYS', 'DIRECTORY_REGION', 'TICKET_TTL']) {
      expect(output()).toContain(`PARTYLINE_${name}`);
    }
    expect(output()).toContain('openssl genpkey -algorithm ed25519');
  }, 30_000);

  it('says that the password is wrong instead of trying for ever', async () => {
    const locked = await RedisServer.start({ password: 'right' });
    try {
      const { child, output } = spawnDirectory({
        PARTYLINE_REDIS_URL: locked.url.replace('right', 'wrong'),
        PARTYLINE_TICKET_KEY: ticketKey,
        PARTYLINE_DIRECTORY_PORT: '0',
        PARTYLINE_OPS_PORT: '0',
      });
      expect(await exitOf(child)).toBe(1);
      expect(output()).toMatch(/refused the password/);
      expect(output()).not.toContain('wrong@');
    } finally {
      await locked.stop();
    }
  }, 30_000);
});

describe('the settings of a directory process', () => {
  const env = { PARTYLINE_REDIS_URL: 'redis://127.0.0.1', PARTYLINE_TICKET_KEY: ticketKey };
  const issuesOf = (more: Record<string, string>): string[] => {
    const parsed = parseDirectoryProcessConfig({ ...env, ...more });
    return parsed.ok ? [] : parsed.issues.map((issue) => `${issue.env} ${issue.message}`);
  };

  it('need Redis and a ticket key, and keys for others where others can come', () => {
    expect(parseDirectoryProcessConfig(env)).toMatchObject({ ok: true, value: { region: 'local' } });
    expect(issuesOf({ PARTYLINE_DIRECTORY_HOST: '10.1.2.3' })).toEqual([
      expect.stringMatching(/^PARTYLINE_API_KEYS is required: other machines can reach 10\.1\.2\.3/),
    ]);
    const regions = {
      PARTYLINE_REDIS_REGIONS: 'eu=redis://127.0.0.1',
      PARTYLINE_CONTROL_REDIS_URL: 'redis://127.0.0.1',
    };
    expect(issuesOf(regions)).toEqual([expect.stringMatching(/^PARTYLINE_DIRECTORY_REGION is required/)]);
    expect(issuesOf({ ...regions, PARTYLINE_DIRECTORY_REGION: 'us' })).toEqual([]);
    expect(issuesOf({ PARTYLINE_DIRECTORY_REGION: 'a:b' })).toHaveLength(1);
  });
});
