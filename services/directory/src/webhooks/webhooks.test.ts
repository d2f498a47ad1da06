import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { MemoryEventLog, type RoomEvent } from '@partyline/registry';
import { ManualClock } from '@partyline/runtime';
import { createLogger } from '@partyline/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDirectoryConfig } from '../config.ts';
import { Webhooks, type WebhooksOptions } from './webhooks.ts';

const secret = 'a-secret-of-the-webhooks';
const START_MS = 1_800_000_000_000;

interface Received {
  id: string;
  type: string;
  room: string;
  version: { incarnation: string; counter: number };
  [more: string]: unknown;
}
type Answer = (event: Received, response: ServerResponse, attempt: number) => void;

/** An application's server. */
class Application {
  readonly received: Received[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  readonly bodies: string[] = [];
  answer: Answer = (_event, response) => void response.writeHead(204).end();
  readonly #attempts = new Map<string, number>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const event = JSON.parse(body) as Received;
        const attempt = (this.#attempts.get(event.id) ?? 0) + 1;
        this.#attempts.set(event.id, attempt);
        this.received.push(event);
        this.headers.push(request.headers);
        this.bodies.push(body);
        this.answer(event, response, attempt);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`;
  }

  attempts(id: string): number {
    return this.#attempts.get(id) ?? 0;
  }

  counters(room: string): number[] {
    return this.received.filter((event) => event.room === room).map(({ version }) => version.counter);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

const until = async (isDone: () => boolean, what: string): Promise<void> => {
  const endsAtMs = performance.now() + 10_000;
  while (!isDone()) {
    if (performance.now() > endsAtMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const joined = (room: string, counter: number): RoomEvent => ({
  type: 'participant_joined',
  at: START_MS,
  room: room as RoomId,
  version: { incarnation: `${START_MS}-a`, counter },
  identity: 'ada' as Identity,
  streamId: 7 as never,
  name: 'Ada “the first”',
});

describe('webhooks', () => {
  let application: Application;
  let url: string;
  let clock: ManualClock;
  let events: MemoryEventLog;
  let lines: string[];
  const running: Webhooks[] = [];

  beforeEach(async () => {
    application = new Application();
    url = await application.start();
    clock = new ManualClock(START_MS);
    events = new MemoryEventLog({}, { clock });
    lines = [];
  });
  afterEach(async () => {
    for (const webhooks of running.splice(0)) await webhooks.stop();
    await application.stop();
  });
  const start = (more: Partial<WebhooksOptions> = {}): Webhooks => {
    const log = createLogger({
      level: 'info',
      name: 'test',
      output: { write: (line: string) => lines.push(line) },
    });
    const backoff = { baseMs: 5, maxMs: 20 };
    const webhooks = new Webhooks({ urls: [url], secret, backoff, ...more }, { events, log, clock });
    running.push(webhooks);
    webhooks.start();
    return webhooks;
  };
  const left = async (): Promise<number> => {
    // Only who holds the shard may read.
    for (const webhooks of running.splice(0)) await webhooks.stop();
    return (await events.read('a test', 100_000)).length;
  };

  it('post each event with its id, signed, and are done with it when it was taken', async () => {
    events.append(joined('lobby', 2));
    events.append({ type: 'edge_drained', at: START_MS, edge: 'edge-1' as EdgeId, region: 'eu' });
    const webhooks = start();
    await until(() => webhooks.stats.delivered === 2, 'both');
    expect(application.received.find(({ room }) => room === 'lobby')).toEqual({
      id: expect.any(String),
      type: 'participant_joined',
      at: START_MS,
      room: 'lobby',
      version: { incarnation: `${START_MS}-a`, counter: 2 },
      identity: 'ada',
      streamId: 7,
      name: 'Ada “the first”',
    });
    for (const [index, body] of application.bodies.entries()) {
      const seconds = START_MS / 1_000;
      const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
      expect(application.headers[index]).toMatchObject({
        'content-type': 'application/json',
        'partyline-signature': `t=${seconds},v1=${mac}`,
      });
    }
    expect(webhooks.pending).toBe(0);
    expect(await left()).toBe(0);
  });

  it('send again what was not taken, in the order of the room, and do not hold up others', async () => {
    application.answer = ({ room }, response, attempt) =>
      void response.writeHead(room === 'bad' && attempt < 4 ? 500 : 200).end('thanks');
    for (let counter = 1; counter <= 5; counter++) {
      events.append(joined('bad', counter));
      events.append(joined('good', counter));
    }
    const webhooks = start({ backoff: { baseMs: 20, maxMs: 40 } });
    await until(() => webhooks.stats.delivered === 10, 'all');
    expect(application.counters('good')).toEqual([1, 2, 3, 4, 5]);
    expect(application.counters('bad')).toEqual([1, 2, 3, 4, 5].flatMap((one) => [one, one, one, one]));
    const goodDone = application.received.findLastIndex(({ room }) => room === 'good');
    const badDone = application.received.findLastIndex(({ room }) => room === 'bad');
    expect(goodDone).toBeLessThan(badDone);
    expect(webhooks.stats).toMatchObject({ failed: 15, expired: 0, overflow: 0 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('status 500');
    expect(lines[0]).not.toContain(url);
  });

  it('take no answer in time, and a redirection, for a failure', async () => {
    application.answer = (_event, response, attempt) => {
      if (attempt === 2) response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
      else if (attempt === 3) response.writeHead(204).end();
    };
    events.append(joined('lobby', 1));
    const webhooks = start({ timeoutMs: 100 });
    await until(() => webhooks.stats.delivered === 1, 'the third attempt');
    expect(webhooks.stats.failed).toBe(2);
    expect(lines.join()).toContain('no answer within 100 ms');
  });

  it('keep many rooms going while one receiver is slow, and wait for no more than 16 answers', async () => {
    let open = 0;
    let most = 0;
    application.answer = (_event, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.writeHead(204).end();
      }, 10);
    };
    for (let room = 0; room < 100; room++) events.append(joined(`room-${room}`, 1));
    const webhooks = start();
    await until(() => webhooks.stats.delivered === 100, 'all');
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(16);
  });

  it('repeat after a crash what was not acknowledged, with the same id', async () => {
    events.append(joined('lobby', 1));
    events.append(joined('lobby', 2));
    const acknowledge = events.acknowledge.bind(events);
    events.acknowledge = () => Promise.reject(new Error('the process was gone by then'));
    const first = start();
    await until(() => first.stats.delivered === 2, 'the first delivery');
    await first.stop();
    events.acknowledge = acknowledge;
    const second = start();
    await until(() => second.stats.delivered === 2, 'the repetition');
    expect(application.counters('lobby')).toEqual([1, 2, 1, 2]);
    const ids = application.received.map(({ id }) => id);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
    expect(await left()).toBe(0);
  });

  it('do not repeat anything while the log only fails to take acknowledgements for a while', async () => {
    const acknowledge = events.acknowledge.bind(events);
    let fails = 3;
    events.acknowledge = async (...args) => {
      fails -= 1;
      if (fails >= 0) throw new Error('away');
      return acknowledge(...args);
    };
    for (let counter = 1; counter <= 3; counter++) events.append(joined('lobby', counter));
    const webhooks = start();
    await until(() => webhooks.stats.delivered === 3 && fails < 0, 'the acknowledgement');
    expect(application.counters('lobby')).toEqual([1, 2, 3]);
    expect(webhooks.stats.logFailures).toBe(3);
    expect(await left()).toBe(0);
  });

  it('go on by another directory when one stops, each event once', async () => {
    for (let counter = 1; counter <= 20; counter++) events.append(joined('lobby', counter));
    const [one, two] = [start(), start()];
    await until(() => application.received.length >= 5, 'some');
    await one.stop();
    await until(() => one.stats.delivered + two.stats.delivered === 20, 'the rest');
    expect(application.counters('lobby')).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('go to every receiver, and leave the log when all have them', async () => {
    const other = new Application();
    const otherUrl = await other.start();
    other.answer = (_event, response, attempt) => void response.writeHead(attempt === 1 ? 503 : 200).end();
    events.append(joined('lobby', 1));
    const webhooks = start({ urls: [url, otherUrl] });
    await until(() => webhooks.stats.delivered === 2, 'both');
    expect([application.received.length, other.received.length]).toEqual([1, 2]);
    expect(await left()).toBe(0);
    await other.stop();
  });

  it('give up after a day, and go on with what came later', async () => {
    application.answer = ({ version }, response) =>
      void response.writeHead(version.counter === 1 ? 500 : 200).end();
    events.append(joined('lobby', 1));
    events.append({ ...joined('lobby', 2), at: START_MS + 86_400_000 });
    const webhooks = start();
    await until(() => webhooks.stats.failed > 2, 'failures');
    expect(webhooks.stats.delivered).toBe(0);
    clock.advance(86_400_000);
    await until(() => webhooks.stats.delivered === 1, 'the second');
    expect(webhooks.stats).toMatchObject({ expired: 1, delivered: 1 });
    expect(await left()).toBe(0);
  });

  it('give up the oldest when too many wait', async () => {
    application.answer = (_event, response) => void response.writeHead(500).end();
    for (let room = 0; room < 30; room++) events.append(joined(`room-${room}`, 1));
    const webhooks = start({ maxWaiting: 10, backoff: { baseMs: 60_000, maxMs: 60_000 } });
    await until(() => webhooks.stats.overflow === 20, 'the overflow');
    expect(webhooks.pending).toBe(10);
    expect(await left()).toBe(10);
    const rest = await events.read('a test', 100);
    const rooms = rest.map(({ event }) => (event as { room: string }).room);
    expect(rooms).toEqual(Array.from({ length: 10 }, (_, index) => `room-${index + 20}`));
  });

  it('wait for a log that is away', async () => {
    const read = events.read.bind(events);
    let isAway = true;
    events.read = (...args) => (isAway ? Promise.reject(new Error('away')) : read(...args));
    events.append(joined('lobby', 1));
    const webhooks = start();
    await until(() => webhooks.stats.logFailures > 0, 'a failure');
    isAway = false;
    await until(() => webhooks.stats.delivered === 1, 'the event');
  });
});

describe('the settings of webhooks', () => {
  const issuesOf = (urls: string, key?: string): string[] => {
    const parsed = parseDirectoryConfig({
      PARTYLINE_WEBHOOK_URLS: urls,
      ...(key !== undefined && { PARTYLINE_WEBHOOK_SECRET: key }),
    });
    return parsed.ok ? [] : parsed.issues.map((issue) => `${issue.env} ${issue.message}`);
  };

  it('take https and loopback, with a secret, and quote neither', () => {
    const good =
      'https://user:hush@app.example/hook, http://127.0.0.1:1/x, http://[::1]:1/, http://localhost';
    expect(issuesOf(good, secret)).toEqual([]);
    for (const bad of [
      'http://app.example/hush',
      'hush',
      'ftp://127.0.0.1/hush',
      'http://127.0.0.1.hush.example',
    ]) {
      const [issue, ...rest] = issuesOf(`https://fine.example, ${bad}`, secret);
      expect(issue).toMatch(/^PARTYLINE_WEBHOOK_URLS URL 2 must start with https/);
      expect([rest, issue!.includes('hush')]).toEqual([[], false]);
    }
    expect(issuesOf('https://app.example')).toEqual([
      expect.stringMatching(/^PARTYLINE_WEBHOOK_SECRET is required/),
    ]);
    expect(issuesOf('https://app.example', 'short')).toEqual([expect.stringMatching(/at least 16 bytes/)]);
    expect(issuesOf('')).toEqual([]);
  });
});
