import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ClientMessage, EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import { parseRedisUrl } from '@partyline/redis';
import { RedisServer } from '@partyline/redis/server';
import { ClusterRegistry } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { createLogger } from '@partyline/telemetry';
import { TicketSigner } from '@partyline/tokens';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestClient } from './edge-fixture.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const GRANTS = { publish: true, subscribe: true, moderate: false, hidden: false, direct: true };

let redis: RedisServer;
let state: ClusterRegistry;
let directory: FakeDirectory;
const started: ChildProcess[] = [];

/** Its keys, and a ticket for edge-2 to whoever is to move. */
class FakeDirectory {
  signer = TicketSigner.generate();
  keyRequests = 0;
  readonly #server: Server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/v1/keys') {
      this.keyRequests += 1;
      answer(200, this.signer.publicKeys());
    } else if (request.url === '/v1/tickets/move') {
      const there = { edge: 'edge-2', url: 'ws://edge-2.test/v1/ws' };
      answer(200, { ticket: 'a-ticket', ticketExpiresAt: 4e12, fallbacks: [], ...there });
    } else answer(404, {});
  });
  #port = 0;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
}

class EdgeProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, ['--import', 'tsx', main], {
      cwd: root,
      env: { PATH: process.env.PATH, PARTYLINE_EDGE_PORT: '0', PARTYLINE_OPS_PORT: '0', ...env },
    });
    started.push(this.child);
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** With Redis and the directory of this file. */
  static async start(env: Record<string, string> = {}): Promise<EdgeProcess> {
    const edge = new EdgeProcess({
      PARTYLINE_REDIS_URL: redis.url,
      PARTYLINE_DIRECTORY_URLS: directory.url,
      ...env,
    });
    await edge.says(/takes clients on port \d+/);
    return edge;
  }

  async says(text: RegExp): Promise<void> {
    const said = expect.poll(() => this.output, { timeout: 40_000 }).toMatch(text);
    await Promise.race([said, this.ended.then(() => expect(this.output).toMatch(text))]);
  }

  get port(): number {
    return Number(/takes clients on port (\d+)/.exec(this.output)?.[1]);
  }

  async readiness(): Promise<unknown> {
    const opsPort = /operations on port (\d+)/.exec(this.output)?.[1];
    return (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).json();
  }

  async ready(): Promise<void> {
    await expect.poll(() => this.readiness(), { timeout: 20_000 }).toEqual({ status: 'ready' });
  }

  async join(identity = 'ada'): Promise<TestClient> {
    const client = new TestClient(`ws://127.0.0.1:${this.port}/v1/ws`);
    await client.opened;
    client.send({ type: 'hello', version: 1, ticket: await ticket(identity) } as ClientMessage);
    await client.next('ready');
    return client;
  }
}

const ticket = async (identity: string): Promise<string> => {
  const place = { room: 'room' as RoomId, identity: identity as Identity, edge: 'edge-1' as EdgeId };
  const seat = await state.registry.claimSeat({ ...place, seatTtlMs: 10_000 });
  if (!seat.ok) throw new Error(seat.reason);
  const { streamId, resumeId, generation } = seat;
  const session = { streamId: streamId as StreamId, resumeId, generation };
  const claims = { room: 'room', sub: identity, name: identity, grants: GRANTS, edge: 'edge-1', ...session };
  return (await directory.signer.sign(claims, 300)).ticket;
};

beforeAll(async () => {
  redis = await RedisServer.start();
  const target = parseRedisUrl(redis.url);
  if (!target.ok) throw new Error(target.problem);
  state = new ClusterRegistry(
    {
      region: 'local',
      name: 'test',
      prefix: 'partyline',
      limits: {},
      own: target.target,
      others: new Map(),
      control: undefined,
    },
    { log: createLogger({ level: 'silent', name: 'test' }), clock: systemClock },
  );
  await state.start();
  directory = new FakeDirectory();
  await directory.start();
}, 60_000);
afterAll(async () => {
  state?.stop();
  await directory?.stop();
  await redis?.stop();
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null) continue;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
  }
  // So that the next edge of the same id need not wait for the lease of this one.
  for (const { edge, boot } of await state.registry.edges()) await state.registry.dropLease(edge, boot);
});

describe('an edge process', { timeout: 90_000 }, () => {
  it('says all that is wrong with its settings, and exits with 78', async () => {
    const wrong = new EdgeProcess({
      PARTYLINE_EDGE_PORT: 'x',
      PARTYLINE_EDGE_DRAIN_WINDOW: '-1',
      PARTYLINE_DIRECTORY_URLS: 'ftp://x',
      PARTYLINE_TICKET_PUBLIC_KEYS: 'no key',
      PARTYLINE_REDIS_URL: 'http://x',
    });
    expect(await wrong.ended).toBe(78);
    expect(wrong.output).toMatch(/5 settings are wrong/);
    const bare = new EdgeProcess({ PARTYLINE_EDGE_TLS_CERT: 'c.pem' });
    expect(await bare.ended).toBe(78);
    for (const name of ['PARTYLINE_REDIS_URL', 'PARTYLINE_DIRECTORY_URLS', 'PARTYLINE_EDGE_TLS_KEY']) {
      expect(bare.output).toMatch(new RegExp(`${name} is required`));
    }
  });

  it('starts while Redis and directory are away, and is ready once it has the keys of tickets', async () => {
    const late = new FakeDirectory();
    await late.start();
    await late.stop();
    const edge = await EdgeProcess.start({
      PARTYLINE_REDIS_URL: 'redis://127.0.0.1:1',
      PARTYLINE_DIRECTORY_URLS: late.url,
    });
    expect(await edge.readiness()).toEqual({
      status: 'not ready',
      reason: 'waiting for the keys of tickets from a directory',
    });
    await late.start();
    await edge.ready();
    await late.stop();
    await edge.ready();
  });

  it('takes the keys from its settings instead, PEM or JWKS', async () => {
    const edge = await EdgeProcess.start({
      PARTYLINE_DIRECTORY_URLS: '',
      PARTYLINE_TICKET_PUBLIC_KEYS: JSON.stringify(directory.signer.publicKeys()),
    });
    await edge.ready();
    await (await edge.join()).next('heartbeat');
  });

  it('asks for keys again when a ticket names another, but not for every such ticket', async () => {
    const edge = await EdgeProcess.start();
    await edge.ready();
    await edge.join('ada');
    directory.signer = TicketSigner.generate();
    // The keys may have been asked for a moment ago; until they may be asked for again the ticket is unknown.
    await expect
      .poll(
        () =>
          edge.join('bob').then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    const before = directory.keyRequests;
    const strange = TicketSigner.generate();
    const original = directory.signer;
    for (let i = 0; i < 5; i++) {
      directory.signer = strange;
      const forged = await ticket('eve');
      directory.signer = original;
      const client = new TestClient(`ws://127.0.0.1:${edge.port}/v1/ws`);
      await client.opened;
      client.send({ type: 'hello', version: 1, ticket: forged });
      expect(await client.closed).toBe(4003);
    }
    expect(directory.keyRequests - before).toBeLessThanOrEqual(1);
  });

  it('moves its people on SIGTERM, and ends with 0 as soon as nobody is left', async () => {
    const edge = await EdgeProcess.start();
    await edge.ready();
    const client = await edge.join();
    const before = performance.now();
    edge.child.kill('SIGTERM');
    expect(await client.next('move')).toMatchObject({ ticket: 'a-ticket', edge: 'edge-2' });
    expect(await edge.readiness()).toEqual({ status: 'not ready', reason: 'draining' });
    client.send({ type: 'handover' });
    client.socket.close(1000);
    expect(await edge.ended).toBe(0);
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  it('closes everybody at once on a second SIGTERM, and ends with 0', async () => {
    const edge = await EdgeProcess.start();
    await edge.ready();
    const client = await edge.join();
    edge.child.kill('SIGTERM');
    await client.next('move');
    let closed = false;
    void client.closed.then(() => {
      closed = true;
    });
    // One that comes with the first is the same wish, so it is repeated until it counts.
    const again = setInterval(() => edge.child.kill('SIGTERM'), 100);
    await expect.poll(() => closed, { interval: 10, timeout: 10_000 }).toBe(true);
    clearInterval(again);
    expect(await client.closed).toBe(4200);
    expect([0, 143]).toContain(await edge.ended);
  });

  it('does not start beside another edge of its id, and says which setting is wrong', async () => {
    const first = await EdgeProcess.start();
    const second = new EdgeProcess({
      PARTYLINE_REDIS_URL: redis.url,
      PARTYLINE_DIRECTORY_URLS: directory.url,
    });
    expect(await second.ended).toBe(1);
    expect(second.output).toMatch(/another edge called \\"edge-1\\" is alive.*PARTYLINE_EDGE_ID/);
    await first.ready();
  });

  it('refuses a Redis with another password in one sentence', async () => {
    const locked = await RedisServer.start({ password: 'right' });
    try {
      const edge = new EdgeProcess({
        PARTYLINE_REDIS_URL: locked.url.replace('right', 'wrong'),
        PARTYLINE_DIRECTORY_URLS: directory.url,
      });
      expect(await edge.ended).toBe(1);
      expect(edge.output).toMatch(/password/i);
      expect(edge.output).not.toContain('wrong@');
    } finally {
      await locked.stop();
    }
  });
});
