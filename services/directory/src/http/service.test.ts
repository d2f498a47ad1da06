import { RegistryError } from '@partyline/registry';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, LOBBY, startDirectory } from '../fixture.ts';

const OPERATIONS = [
  'GET /healthz',
  'GET /v1/edges',
  'POST /v1/edges/{edge}/drain',
  'GET /v1/keys',
  'GET /v1/rooms',
  'POST /v1/rooms',
  'DELETE /v1/rooms/{room}',
  'GET /v1/rooms/{room}',
  'POST /v1/rooms/{room}/join',
  'GET /v1/rooms/{room}/participants',
  'DELETE /v1/rooms/{room}/participants/{identity}',
  'GET /v1/rooms/{room}/participants/{identity}',
  'PATCH /v1/rooms/{room}/participants/{identity}',
  'POST /v1/rooms/{room}/participants/{identity}/mute',
  'GET /v1/rooms/{room}/recordings',
  'POST /v1/rooms/{room}/recordings',
  'DELETE /v1/rooms/{room}/recordings/{recording}',
  'GET /v1/rooms/{room}/recordings/{recording}',
  'POST /v1/tickets/move',
  'POST /v1/tickets/renew',
];

describe('the directory over HTTP', () => {
  let d: DirectoryFixture;
  beforeEach(async () => {
    d = await startDirectory();
  });
  afterEach(() => d.stop());

  it('describes every route in OpenAPI, with schemas that resolve', async () => {
    const document = (await d.call('GET', '/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    const operations: string[] = [];
    const ids = new Set<string>();
    type Operation = {
      operationId: string;
      summary: string;
      responses: object;
      parameters?: { in: string; name: string }[];
    };
    const paths: Record<string, Record<string, Operation>> = document.paths;
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { operationId, summary, responses, parameters = [] }] of Object.entries(methods)) {
        operations.push(`${method.toUpperCase()} ${path}`);
        ids.add(operationId);
        expect(summary).toBeTruthy();
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['4XX', '5XX']));
        const named = parameters.filter((one) => one.in === 'path');
        expect(named.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      }
    }
    expect(operations.sort()).toEqual([...OPERATIONS].sort());
    expect(ids.size).toBe(OPERATIONS.length);
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name!);
    }
    expect(text).toContain('application/problem+json');
  });

  it('serves every route that the document names', async () => {
    for (const operation of OPERATIONS) {
      const [method, path] = operation.split(' ') as ['GET', string];
      const url = path.replace('{room}', LOBBY).replace('{identity}', 'ada');
      const reply = await d.call(method, url);
      expect([operation, reply.json().code]).not.toEqual([operation, 'not_found']);
    }
  });

  it('lists edges for admins, without their boot ids', async () => {
    await d.startEdge('edge-1', undefined, { rooms: 2 });
    const { edges } = (await d.call('GET', '/v1/edges', { token: await d.admin() })).json();
    expect(edges).toEqual([
      {
        edge: 'edge-1',
        region: 'local',
        url: '/v1/ws',
        revision: '1',
        startedAt: 1,
        draining: false,
        connections: 0,
        maxConnections: 100,
        load: 0,
        rooms: 2,
      },
    ]);
  });

  it('answers everything wrong with a problem that says what to do', async () => {
    const wrong = [
      ['GET', '/', 404],
      ['GET', '/v1/rooms/a/b/c', 404],
      ['PATCH', '/v1/rooms', 404],
      ['GET', '/v1/rooms/%zz', 400],
      ['GET', `/v1/rooms/${'x'.repeat(3_000)}`, 414],
    ] as const;
    for (const [method, url, status] of wrong) {
      const reply = await d.call(method, url);
      expect([url, reply.statusCode]).toEqual([url, status]);
      expect(reply.headers['content-type']).toBe('application/problem+json');
      expect(reply.json()).toEqual({
        type: `urn:partyline:problem:${reply.json().code}`,
        title: expect.any(String),
        status,
        detail: expect.any(String),
        code: expect.any(String),
      });
    }
  });

  it('tells nobody but the log what broke inside', async () => {
    d.registry.edges = async () => {
      throw new Error('secret inner detail');
    };
    const reply = await d.call('GET', '/v1/edges', { token: await d.admin() });
    expect(reply.json()).toMatchObject({ status: 500, code: 'internal_error' });
    expect(reply.body).not.toContain('secret inner');
    expect(JSON.stringify(d.lines)).toContain('secret inner detail');
  });

  it('says when to come again while the registry is away, and counts it', async () => {
    await d.startEdge('edge-1');
    const { ticket } = await d.join('ada');
    const admin = await d.admin();
    const token = await d.token({ identity: 'ada', room: LOBBY });
    const away = async (): Promise<never> => {
      throw new RegistryError('unavailable', 'Redis at secret.example is away.');
    };
    Object.assign(d.registry, { edges: away, room: away, rooms: away, claimSeat: away, seatIsCurrent: away });
    d.clock.advance(151_000);
    const replies = [
      await d.call('POST', '/v1/rooms/lobby/join', { token }),
      await d.call('POST', '/v1/tickets/renew', { token: ticket }),
      await d.call('POST', '/v1/tickets/move', { token: ticket, body: {} }),
      await d.call('GET', '/v1/edges', { token: admin }),
      await d.call('GET', '/v1/rooms/lobby', { token: admin }),
      await d.call('DELETE', '/v1/rooms/lobby/participants/ada', { token: admin }),
    ];
    for (const reply of replies) {
      expect([reply.statusCode, reply.json().code]).toEqual([503, 'registry_unavailable']);
      expect(reply.headers['retry-after']).toBe('2');
      expect(reply.body).not.toContain('secret.example');
    }
    await expect(d.directory.moveTicket(ticket, [])).rejects.toMatchObject({ code: 'registry_unavailable' });
    expect((await d.call('GET', '/healthz')).statusCode).toBe(200);
    const { body } = await d.metrics.render();
    expect(body).toContain('partyline_directory_registry_errors_total{code="unavailable"} 6');
    expect(body).toContain(
      'partyline_directory_joins_total{outcome="refused",reason="registry_unavailable"} 1',
    );
  });

  it('starts and stops as often as it is told', async () => {
    await d.directory.start();
    await Promise.all([d.directory.stop(), d.directory.stop()]);
  });

  it('survives random bytes on every route', async () => {
    await d.startEdge('edge-1');
    const admin = await d.admin();
    const types = fc.constantFrom(
      'application/json',
      'text/plain',
      'multipart/form-data',
      '',
      'a/b; charset=x',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...OPERATIONS),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((json) => new TextEncoder().encode(json)),
        ),
        types,
        fc.webPath(),
        fc.oneof(
          fc.constant(`Bearer ${admin}`),
          fc.base64String().map((text) => `Bearer ${text}`),
        ),
        async (operation, bytes, type, path, authorization) => {
          const [method, template] = operation.split(' ') as ['POST', string];
          const name = encodeURIComponent(path).slice(0, 200) || 'x';
          const url = template
            .replace('{room}', LOBBY)
            .replace(/\{(identity|recording)\}/, name.replace(/%.?$/, ''));
          const reply = await d.directory.app.inject({
            method,
            url,
            headers: { authorization, ...(type && { 'content-type': type }) },
            ...(method !== ('GET' as string) && { payload: Buffer.from(bytes) }),
          });
          // Nobody records here, which is no failure.
          if (reply.statusCode === 503) expect(reply.json().code).toBe('no_recorder');
          else expect(reply.statusCode).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
    expect((await d.call('GET', '/healthz')).json()).toEqual({ status: 'ok' });
  });

  it('limits requests of one address', async () => {
    await d.stop();
    d = await startDirectory({ PARTYLINE_REQUESTS_PER_MINUTE_PER_ADDRESS: '3' });
    const statuses = [];
    for (let count = 0; count < 4; count++) statuses.push((await d.call('GET', '/v1/rooms')).statusCode);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await d.call('GET', '/healthz')).statusCode).toBe(200);
  });

  it('allows other origins only when they are listed', async () => {
    const headers = { origin: 'https://app.example' };
    const preflight = (from: DirectoryFixture, origin: string) =>
      from.directory.app.inject({
        method: 'OPTIONS',
        url: '/v1/rooms/lobby/join',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    expect((await d.call('GET', '/healthz', { headers })).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
    const open = await startDirectory({ PARTYLINE_CORS_ORIGINS: 'https://app.example' });
    const allowed = await preflight(open, 'https://app.example');
    expect([allowed.statusCode, allowed.headers['access-control-allow-origin']]).toEqual([
      204,
      'https://app.example',
    ]);
    const other = await preflight(open, 'https://evil.example');
    expect(other.headers['access-control-allow-origin']).not.toBe('https://evil.example');
    await open.stop();
  });

  it('counts joins, placements, acts and requests', async () => {
    await d.startEdge('edge-1');
    await d.join('ada');
    await d.call('POST', '/v1/rooms/lobby/join');
    const mute = '/v1/rooms/lobby/participants/ada/mute';
    await d.call('POST', mute, { token: await d.admin(), body: { muted: true } });
    const { body } = await d.metrics.render();
    for (const line of [
      'partyline_directory_joins_total{outcome="accepted",reason="access_token"} 1',
      'partyline_directory_joins_total{outcome="refused",reason="credential_required"} 1',
      'partyline_join_duration_seconds_count{stage="directory",source="directory"} 1',
      'partyline_directory_placements_total{reason="new_room"} 1',
      'partyline_directory_placements_total{reason="spilled"} 0',
      'partyline_directory_moderations_total{action="mute",outcome="state"} 1',
      'partyline_directory_request_duration_seconds_count{method="POST",route="/v1/rooms/:room/join",status="200"} 1',
    ]) {
      expect(body).toContain(line);
    }
  });

  it('serves a page that is registered before the start, as no part of the API', async () => {
    await d.stop();
    d = await startDirectory({}, (app) => app.get('/', async () => 'the page'));
    expect((await d.call('GET', '/')).body).toBe('the page');
    expect((await d.call('GET', '/v1/keys')).statusCode).toBe(200);
    expect((await d.call('GET', '/openapi.json')).json().paths).not.toHaveProperty('/');
  });
});
