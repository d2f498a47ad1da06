import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Identity, JoinReply, RoomId } from '@partyline/protocol';
import { parseRedisUrl } from '@partyline/redis';
import { RedisServer } from '@partyline/redis/server';
import { ClusterRegistry, type MemberRecord } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { createLogger } from '@partyline/telemetry';
import { mintAccessToken } from '@partyline/tokens';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDirectoryProcessConfig } from '../config.ts';
import { leaseOf } from '../fixture.ts';

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
  const endsAtMs = performance.now() + 30_000;
  while (!(await isDone())) {
    if (performance.now() > endsAtMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const start = async (redisUrl: string, more: Record<string, string> = {}): Promise<Running> => {
  const { child, output } = spawnDirectory({
    PARTYLINE_REDIS_URL: redisUrl,
    PARTYLINE_TICKET_KEY: ticketKey,
    PARTYLINE_API_KEYS: `${key.id}:${key.secret}`,
    PARTYLINE_DIRECTORY_PORT: '0',
    PARTYLINE_OPS_PORT: '0',
    ...more,
  });
  const exited = exitOf(child);
  const line = /"port":(\d+),"opsPort":(\d+)/;
  await until(() => line.test(output()), `the start line in: ${output()}`);
  const [, port, opsPort] = line.exec(output())!;
  return { child, url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort}`, exited };
};

const memberOf = (streamId: number, edge: string): MemberRecord => ({
  streamId: streamId as never,
  generation: 0,
  identity: `p${streamId}` as Identity,
  name: '',
  edge: edge as never,
  boot: `boot-of-${edge}`,
  joinedAt: 1,
  publisher: true,
  hidden: false,
  muted: false,
  moderated: false,
  reconnecting: false,
  selection: 'auto',
});

describe('a directory as a process of its own', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
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

  /** An edge as the registry sees it. */
  const startEdge = async (edge: string): Promise<ClusterRegistry> => {
    const target = parseRedisUrl(redis.url);
    if (!target.ok) throw new Error(target.problem);
    const cluster = new ClusterRegistry(
      {
        region: 'local',
        name: edge,
        prefix: 'partyline',
        limits: {},
        own: target.target,
        others: new Map(),
        control: undefined,
      },
      { log: createLogger({ level: 'silent', name: edge }), clock: systemClock },
    );
    await cluster.start();
    const renew = () => cluster.registry.renewLease(leaseOf(edge)).catch(() => undefined);
    await renew();
    const timer = setInterval(renew, 1_000);
    stops.push(() => {
      clearInterval(timer);
      cluster.stop();
    });
    return cluster;
  };

  it('and another that race on one identity leave one session, and the same one to both', async () => {
    const [one, two] = await Promise.all([start(redis.url), start(redis.url)]);
    const { registry } = await startEdge('edge-race');
    const token = await mintAccessToken({
      keyId: key.id,
      secret: key.secret,
      nowMs: Date.now(),
      identity: 'ada',
      room: 'race',
    });
    const join = async (url: string, body: object): Promise<JoinReply> => {
      const reply = await fetch(`${url}/v1/rooms/race/join`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(reply.status).toBe(200);
      return (await reply.json()) as JoinReply;
    };
    const isCurrent = ({ room, identity, resumeId, generation }: JoinReply): Promise<boolean> =>
      registry.seatIsCurrent(room as RoomId, identity as Identity, resumeId, generation);
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) => join(index % 2 ? one.url : two.url, {})),
    );
    const current = await Promise.all(replies.map(isCurrent));
    expect(current.filter((is) => is)).toHaveLength(1);
    const winner = replies[current.indexOf(true)]!;
    const { resumeId, streamId } = winner;
    const resumed = await Promise.all(
      Array.from({ length: 10 }, (_, index) => join(index % 2 ? one.url : two.url, { resumeId })),
    );
    expect(new Set(resumed.map((reply) => reply.streamId))).toEqual(new Set([streamId]));
    expect(resumed.map(({ generation }) => generation).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
  }, 30_000);

  it('posts every event in order although a directory is killed meanwhile', async () => {
    const received: { id: string; type: string; version: { counter: number } }[] = [];
    const application = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        received.push(JSON.parse(body));
        // Slow enough for the directory to be killed with much under way.
        setTimeout(() => response.writeHead(204).end(), 5);
      });
    });
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    stops.push(() => {
      application.close();
      application.closeAllConnections();
    });
    const env = {
      PARTYLINE_WEBHOOK_URLS: `http://127.0.0.1:${(application.address() as AddressInfo).port}/`,
      PARTYLINE_WEBHOOK_SECRET: 'a-secret-of-the-webhooks',
    };
    const [one, two] = await Promise.all([start(redis.url, env), start(redis.url, env)]);
    const { registry } = await startEdge('edge-hooks');
    const delivered = async ({ opsUrl }: Running): Promise<number> => {
      const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
      return Number(/webhooks_total\{outcome="delivered"\} (\d+)/.exec(metrics)?.[1]);
    };
    let survivor = one;
    const room = 'hooks' as RoomId;
    const count = 100;
    for (let index = 1; index <= count; index++) {
      await registry.putMember(room, memberOf(index, 'edge-hooks'));
      if (index === count / 2) {
        await until(() => received.length > 5, 'the first events');
        const holder = (await delivered(one)) > 0 ? one : two;
        survivor = holder === one ? two : one;
        holder.child.kill('SIGKILL');
      }
    }
    // The start of the room, and everybody in it.
    await until(() => new Set(received.map(({ id }) => id)).size === count + 1, 'all events');
    const first = received.filter(
      ({ id }, index) => received.findIndex((event) => event.id === id) === index,
    );
    expect(first.map(({ version }) => version.counter)).toEqual(
      Array.from({ length: count + 1 }, (_, index) => index + 1),
    );
    // Only what was just being delivered may come twice.
    expect(received.length).toBeLessThanOrEqual(first.length + 16);
    expect(await delivered(survivor)).toBeGreaterThan(count / 2 - 16);
  }, 60_000);

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
