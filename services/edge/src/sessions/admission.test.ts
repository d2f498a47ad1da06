import { TicketSigner } from '@partyline/tokens';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture, type TestClient, until } from '../edge-fixture.ts';

let fixture: EdgeFixture;

beforeEach(async () => {
  fixture = await new EdgeFixture().start();
});
afterEach(() => fixture.stop());

const hello = (ticket: string, more = {}) => ({ type: 'hello' as const, version: 1, ticket, ...more });
/** Says hello and waits for the refusal. */
const refusal = async (client: TestClient, ticket: string, more = {}): Promise<[string, number]> => {
  client.send(hello(ticket, more));
  const error = await client.next('error');
  expect(error.fatal).toBe(true);
  return [error.code, await client.closed];
};

describe('a connection', () => {
  it('that sends media before hello is closed (rule 6)', async () => {
    const client = await fixture.connect();
    client.speak({ streamId: 1 });
    expect(await client.closed).toBe(4001);
    expect(fixture.edge.counters.protocolErrors.binary_before_hello).toBe(1);
  });

  it('that sends anything else first is closed (rule 6)', async () => {
    for (const text of ['rubbish', '{}', '{"type":"ping","id":1,"t0":0}', '{"type":"hello"}', '[]', 'null']) {
      const client = await fixture.connect();
      client.sendRaw(text);
      expect((await client.next('error')).message).toContain('must be a valid hello');
      expect(await client.closed).toBe(4001);
    }
  });

  it('that says nothing for 5 s is closed with its own code', async () => {
    const client = await fixture.connect();
    const start = performance.now();
    expect(await client.closed).toBe(4103);
    expect(performance.now() - start).toBeGreaterThan(4_500);
  });

  it('from a page of another origin is refused, from the own origin or none is not', async () => {
    await expect(fixture.connect({ headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
    await fixture.connect({ headers: { origin: `http://127.0.0.1:${fixture.edge.port}` } });
    expect(fixture.edge.counters.originRefused).toBe(1);
  });

  it('over the limit is refused with 503', async () => {
    const small = await new EdgeFixture({ PARTYLINE_EDGE_MAX_CONNECTIONS: '1' }).start();
    try {
      await small.connect();
      await expect(small.connect()).rejects.toThrow('503');
      expect(small.edge.readiness()).toEqual({ ready: false, reason: 'full' });
    } finally {
      await small.stop();
    }
  });
});

describe('a ticket', () => {
  it('of another version of the protocol is refused', async () => {
    const { ticket } = await fixture.ticket();
    expect(await refusal(await fixture.connect(), ticket, { version: 9 })).toEqual([
      'unsupported_version',
      4002,
    ]);
  });

  it('that is forged or malformed is refused', async () => {
    const { ticket } = await fixture.ticket();
    const stranger = TicketSigner.generate();
    const claims = JSON.parse(Buffer.from(ticket.split('.')[1]!, 'base64url').toString());
    const forged = (await stranger.sign(claims, 300)).ticket;
    expect(await refusal(await fixture.connect(), forged)).toEqual(['ticket_invalid', 4003]);
    expect(await refusal(await fixture.connect(), 'rubbish')).toEqual(['ticket_invalid', 4003]);
  });

  it('whose room was changed is refused', async () => {
    const { ticket } = await fixture.ticket();
    const [header, body, signature] = ticket.split('.') as [string, string, string];
    const claims = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), room: 'other' };
    const changed = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect(await refusal(await fixture.connect(), changed)).toEqual(['ticket_invalid', 4003]);
  });

  it('that has expired is refused, but resumes a session that was here', async () => {
    const { ticket } = await fixture.ticket({ ttlSeconds: 1 });
    const late = await fixture.ticket({ identity: 'late', ttlSeconds: -1 });
    expect(await refusal(await fixture.connect(), late.ticket)).toEqual(['ticket_expired', 4201]);
    const first = await fixture.connect();
    first.send(hello(ticket));
    const { resumeKey } = await first.next('welcome');
    first.close();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const second = await fixture.connect();
    second.send(hello(ticket, { resumeKey }));
    expect((await second.next('welcome')).resumeKey).not.toBe(resumeKey);
  });

  it('that was used before needs the key of the last welcome (rule 33)', async () => {
    const ada = await fixture.join();
    const { ticket } = ada.seat;
    expect(await refusal(await fixture.connect(), ticket)).toEqual(['replayed', 4003]);
    expect(await refusal(await fixture.connect(), ticket, { resumeKey: 'guess' })).toEqual([
      'replayed',
      4003,
    ]);
    const { resumeKey } = ada.welcome;
    const again = await fixture.connect();
    again.send(hello(ticket, { resumeKey }));
    await again.next('welcome');
    expect(await ada.closed).toBe(4009);
    expect(await refusal(await fixture.connect(), ticket, { resumeKey })).toEqual(['replayed', 4003]);
  });

  it('used by two at once lets one in', async () => {
    const { ticket } = await fixture.ticket();
    const clients = await Promise.all([fixture.connect(), fixture.connect(), fixture.connect()]);
    for (const client of clients) client.send(hello(ticket));
    await until(() => clients.every(({ messages }) => messages.length > 0), 'all answers');
    expect(clients.filter(({ messages }) => messages[0]!.type === 'welcome')).toHaveLength(1);
    expect(fixture.edge.counters.refusals.replayed).toBe(2);
  });

  it('of a higher generation takes over in silence, of a lower one is refused (rule 31)', async () => {
    const ada = await fixture.join();
    const next = await fixture.join({ resumeId: ada.seat.resumeId });
    expect(await ada.closed).toBe(4009);
    expect(ada.messages.some(({ type }) => type === 'error')).toBe(false);
    expect(next.seat.generation).toBeGreaterThan(ada.seat.generation);
    const late = await refusal(await fixture.connect(), ada.seat.ticket, {
      resumeKey: ada.welcome.resumeKey,
    });
    expect(['superseded', 'not_current']).toContain(late[0]);
    expect(late[1]).toBeLessThan(4100);
  });

  it('with another resume id replaces the same identity, who is told (rule 32)', async () => {
    const ada = await fixture.join();
    await fixture.join();
    expect(await ada.next('error')).toMatchObject({ code: 'replaced', fatal: true });
    expect(await ada.closed).toBe(4005);
  });

  it('for another edge is refused while that edge lives, else admitted as fall-back', async () => {
    const lease = {
      edge: 'edge-2' as never,
      boot: 'b',
      region: 'local',
      url: '/v1/ws',
      revision: 'dev',
      startedAt: 0,
      draining: false,
      connections: 0,
      maxConnections: 10,
      load: 0,
      rooms: 0,
    };
    await fixture.registry.renewLease(lease);
    const { ticket } = await fixture.ticket({ edge: 'edge-2' });
    expect(await refusal(await fixture.connect(), ticket)).toEqual(['wrong_edge', 4202]);
    // As of another region, when the edge has come since that was asked.
    const edges = fixture.registry.edges.bind(fixture.registry);
    const stale = vi
      .spyOn(fixture.registry, 'edges')
      .mockImplementation(async (fresh) => (fresh ? edges() : []));
    expect(await refusal(await fixture.connect(), ticket)).toEqual(['wrong_edge', 4202]);
    stale.mockRestore();
    await fixture.registry.dropLease('edge-2' as never, 'b');
    const client = await fixture.connect();
    client.send(hello(ticket));
    await client.next('welcome');
  });

  it('of a seat whose successor was given out but never came still resumes the session', async () => {
    const ada = await fixture.join();
    // As when the answer to a join or a move was lost.
    await fixture.ticket({ resumeId: ada.seat.resumeId });
    ada.close();
    const again = await fixture.connect();
    again.send(hello(ada.seat.ticket, { resumeKey: ada.welcome.resumeKey }));
    await again.next('ready');
  });

  it('of a seat that the registry has lost resumes the session that is here, and no other', async () => {
    const ada = await fixture.join();
    const { ticket } = await fixture.ticket({ identity: 'bob' });
    await fixture.registry.deleteRoom('room' as never);
    const again = await fixture.connect();
    again.send(hello(ada.seat.ticket, { resumeKey: ada.welcome.resumeKey }));
    await again.next('ready');
    // Not for ever: the directory gives the same seat back.
    await fixture.registry.deleteRoom('room' as never);
    expect(await refusal(await fixture.connect(), ticket)).toEqual(['not_current', 4201]);
  });

  it('for another edge that is alive is admitted while no directory can give another', async () => {
    const shared = { registry: fixture.registry, signer: fixture.signer };
    const other = await new EdgeFixture({ PARTYLINE_EDGE_ID: 'edge-2' }, {}, shared).start();
    try {
      // A renewal that fails shows that the directory is away.
      await fixture.join({ identity: 'eve', ttlSeconds: 2 });
      await until(() => fixture.edge.counters.renewalFailures > 0, 'the failure');
      const { ticket } = await fixture.ticket({ edge: 'edge-2' });
      const client = await fixture.connect();
      client.send(hello(ticket));
      await client.next('ready');
    } finally {
      await other.stop();
    }
  });
});
