import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, until } from '../edge-fixture.ts';
import type { HttpRequest } from './http.ts';
import { originAllowed } from './origin.ts';
import { EngineError, loadEngine } from './uws.ts';

describe('the port', () => {
  it('that is taken gives one clear line', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const fixture = new EdgeFixture({ PARTYLINE_EDGE_PORT: String(port) });
    await expect(fixture.start()).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: it is taken by another program; choose another port`,
    );
    other.close();
  });

  it('of another edge is taken, too, though both could share it', async () => {
    const first = await new EdgeFixture().start();
    const second = new EdgeFixture({ PARTYLINE_EDGE_PORT: String(first.edge.port) });
    await expect(second.start()).rejects.toThrow('taken');
    await first.stop();
  });
});

describe('ordinary HTTP', () => {
  const requests: HttpRequest[] = [];
  let fixture: EdgeFixture;
  let origin: string;
  let answer: () => Promise<void> = async () => undefined;

  beforeEach(async () => {
    requests.length = 0;
    answer = async () => undefined;
    const onHttp = async (request: HttpRequest) => {
      requests.push(request);
      await answer();
      return {
        status: 201,
        headers: { 'content-type': 'text/plain', 'x-two': ['a', 'b'] },
        body: `got ${request.body}`,
      };
    };
    fixture = await new EdgeFixture({}, { onHttp }).start();
    origin = `http://127.0.0.1:${fixture.edge.port}`;
  });
  afterEach(() => fixture.stop());

  it('goes to the hook whole and its answer comes back', async () => {
    const response = await fetch(`${origin}/v1/rooms?limit=2`, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-a': 'b' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-two')).toBe('a, b');
    expect(await response.text()).toBe('got hello');
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/v1/rooms?limit=2',
      remoteAddress: '127.0.0.1',
    });
    expect(requests[0]!.headers).toMatchObject({ 'x-a': 'b', 'content-length': '5' });
  });

  it('by HEAD has the length and no body', async () => {
    const response = await fetch(origin, { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('4');
    expect(await response.text()).toBe('');
  });

  it('with a body over 64 KiB is refused with 413', async () => {
    const body = 'x'.repeat(65_537);
    expect((await fetch(origin, { method: 'POST', body })).status).toBe(413);
    expect((await fetch(origin, { method: 'POST', body: body.slice(1) })).status).toBe(201);
    expect(requests).toHaveLength(1);
  });

  it('that the client gives up does no harm', async () => {
    const controller = new AbortController();
    let release: () => void = () => undefined;
    answer = () => new Promise((resolve) => (release = resolve));
    const gone = fetch(origin, { signal: controller.signal });
    await until(() => requests.length === 1, 'the request');
    controller.abort();
    await expect(gone).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    answer = async () => undefined;
    expect((await fetch(origin)).status).toBe(201);
  });

  it('that fails in the hook is a 500 without details', async () => {
    answer = () => Promise.reject(new Error('secret detail'));
    const response = await fetch(origin);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(fixture.logged.join()).toContain('secret detail');
  });
});

describe('TLS', () => {
  let folder: string;
  const files = () => ({
    PARTYLINE_EDGE_TLS_CERT: join(folder, 'cert.pem'),
    PARTYLINE_EDGE_TLS_KEY: join(folder, 'key.pem'),
  });
  const writePair = async (name: string) => {
    const pair = await generate([{ name: 'commonName', value: name }], {
      keySize: 2048,
      algorithm: 'sha256',
    });
    await writeFile(files().PARTYLINE_EDGE_TLS_KEY, pair.private);
    await writeFile(files().PARTYLINE_EDGE_TLS_CERT, pair.cert);
  };
  const nameShown = async (port: number): Promise<string> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return String(name);
  };
  const joinTls = async (fixture: EdgeFixture, identity: string) => {
    const seat = await fixture.ticket({ identity });
    const client = await fixture.connect({ rejectUnauthorized: false }, 'wss');
    client.seat = seat;
    client.send({ type: 'hello', version: 1, ticket: seat.ticket });
    await client.next('ready');
    return client;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'partyline-tls-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes a new certificate while a call goes on, between old and new connections', async () => {
    await writePair('first');
    const fixture = await new EdgeFixture(files()).start();
    const { port } = fixture.edge;
    const ada = await joinTls(fixture, 'ada');
    const bob = await joinTls(fixture, 'bob');
    expect(await nameShown(port)).toBe('first');
    await writePair('second');
    await until(() => fixture.logged.some((line) => line.includes('New certificate in use')), 'the reload');
    expect(await nameShown(port)).toBe('second');
    const eve = await joinTls(fixture, 'eve');
    ada.speak();
    eve.speak();
    for (const listener of [ada, bob, eve]) {
      await until(() => listener.frames().length === 2, 'both voices on both sides');
    }
    ada.send({ type: 'data', id: 1, text: 'hello all' });
    expect(await ada.next('dataAck')).toMatchObject({ recipients: 2 });
    expect(await eve.next('data')).toMatchObject({ text: 'hello all' });
    expect(await bob.next('data')).toMatchObject({ text: 'hello all' });
    await fixture.stop();
    expect([ada, bob, eve].map(({ socket }) => socket.readyState)).not.toContain(ada.socket.OPEN);
  });

  it('keeps the old certificate when the new one is bad', async () => {
    await writePair('first');
    const fixture = await new EdgeFixture(files()).start();
    await writeFile(files().PARTYLINE_EDGE_TLS_KEY, (await generate(undefined, { keySize: 2048 })).private);
    await fixture.edge.reloadCertificate();
    expect(fixture.logged.join()).toContain('does not belong to the certificate');
    expect(await nameShown(fixture.edge.port)).toBe('first');
    await fixture.stop();
  });

  it('does not start with files that are missing or no PEM', async () => {
    await expect(new EdgeFixture(files()).start()).rejects.toThrow('cannot read the');
    await writePair('first');
    await writeFile(files().PARTYLINE_EDGE_TLS_CERT, 'rubbish');
    await expect(new EdgeFixture(files()).start()).rejects.toThrow('must be PEM');
  });
});

describe('the WebSocket engine', () => {
  it('is native and says its name', async () => {
    const engine = await loadEngine();
    expect(engine.uws.App.toString()).toContain('native code');
    expect(engine.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('is never a fallback in JavaScript: better none, with one sentence that says what to do', async () => {
    const fallback = { name: 'uws-pack', load: () => ({ App: () => undefined }) };
    const broken = { name: 'broken', load: () => Promise.reject(new Error('GLIBC_2.38 not found')) };
    await expect(loadEngine([fallback, broken])).rejects.toThrow(EngineError);
    await expect(loadEngine([fallback, broken])).rejects.toThrow(
      /use Node 20 or 22, or a system with glibc 2\.38/,
    );
  });
});

describe('origins', () => {
  it('are the own one unless others are named', () => {
    const table: [string, string, string[], boolean][] = [
      ['', 'edge.example', [], true],
      ['https://edge.example', 'edge.example', [], true],
      ['https://EDGE.example', 'edge.example', [], true],
      ['https://other.example', 'edge.example', [], false],
      ['https://edge.example.evil', 'edge.example', [], false],
      ['null', 'edge.example', [], false],
      ['null', 'null', [], false],
      ['https://app.example', 'edge.example', ['https://app.example'], true],
      ['https://edge.example', 'edge.example', ['https://app.example'], false],
      ['https://any.example', 'edge.example', ['*'], true],
    ];
    for (const [origin, host, allowed, expected] of table) {
      expect(originAllowed(origin, host, allowed), `${origin} at ${host}`).toBe(expected);
    }
  });
});
