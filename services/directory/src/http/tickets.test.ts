import type { Identity } from '@partyline/protocol';
import { TicketVerifier } from '@partyline/tokens';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, LOBBY, leaseOf, START_MS, startDirectory } from '../fixture.ts';

describe('ticket renewal', () => {
  let d: DirectoryFixture;
  const renew = (token: string) => d.call('POST', '/v1/tickets/renew', { token });
  beforeEach(async () => {
    d = await startDirectory();
    await d.startEdge('edge-1');
  });
  afterEach(() => d.stop());

  it('gives the same session a fresh ticket from half of its time on', async () => {
    const join = await d.join('ada');
    const early = await renew(join.ticket);
    expect(early.json()).toMatchObject({ status: 409, code: 'too_early' });
    expect(early.headers['retry-after']).toBe('150');
    d.clock.advance(150_000);
    const reply = await renew(join.ticket);
    expect(reply.json()).toMatchObject({ ticketExpiresAt: START_MS + 450_000 });
    const verifier = new TicketVerifier(d.ticketSigner.publicKeys());
    const checked = await verifier.verify(reply.json().ticket, { nowMs: d.clock.now() });
    const { streamId, resumeId, generation, edge } = join;
    expect(checked).toMatchObject({ ok: true, claims: { sub: 'ada', streamId, resumeId, generation, edge } });
    expect(await d.directory.renewTicket(join.ticket)).toMatchObject({
      ok: true,
      expiresAt: START_MS + 450_000,
    });
  });

  it('works within the grace after expiry, not later', async () => {
    const room = { room: LOBBY, settings: { emptyTimeoutSeconds: 3_600 } };
    await d.call('POST', '/v1/rooms', { token: await d.admin(), body: room });
    const { ticket } = await d.join('ada');
    d.clock.advance((300 + 890) * 1_000);
    expect((await renew(ticket)).statusCode).toBe(200);
    d.clock.advance(11_000);
    expect((await renew(ticket)).json()).toMatchObject({ status: 401, code: 'ticket_expired' });
    expect(await d.directory.renewTicket(ticket)).toMatchObject({ ok: false, reason: 'expired' });
  });

  it('names the edge where the session is', async () => {
    const join = await d.join('ada');
    await d.hello({ ...join, edge: 'edge-7' });
    d.clock.advance(151_000);
    await d.startEdge('edge-7');
    await d.hello({ ...join, edge: 'edge-7' });
    const { ticket } = (await renew(join.ticket)).json();
    const checked = await new TicketVerifier(d.ticketSigner.publicKeys()).verify(ticket, {
      nowMs: d.clock.now(),
    });
    expect(checked).toMatchObject({ claims: { edge: 'edge-7' } });
  });

  it('is refused for sessions that are over, and for what is no ticket', async () => {
    const replaced = await d.join('ada');
    await d.join('ada');
    const removed = await d.join('bob');
    await d.registry.moderate(LOBBY, 'bob' as Identity, { removedUntil: START_MS + 3_600_000 });
    d.clock.advance(151_000);
    for (const { ticket } of [replaced, removed]) {
      expect((await renew(ticket)).json()).toMatchObject({ status: 403, code: 'session_over' });
      expect(await d.directory.renewTicket(ticket)).toMatchObject({ ok: false, reason: 'session_over' });
    }
    const access = await d.token({ identity: 'ada', room: LOBBY });
    expect((await renew(access)).json()).toMatchObject({ status: 401, code: 'credential_required' });
    expect((await d.call('POST', '/v1/tickets/renew')).statusCode).toBe(401);
    expect(await d.directory.renewTicket('rubbish')).toMatchObject({ ok: false });
  });
});

describe('moving a ticket', () => {
  let d: DirectoryFixture;
  const move = (ticket: string, avoid: string[] = []) =>
    d.call('POST', '/v1/tickets/move', { token: ticket, body: { avoid } });
  beforeEach(async () => {
    d = await startDirectory();
    for (const edge of ['edge-1', 'edge-2', 'edge-3']) await d.startEdge(edge);
  });
  afterEach(() => d.stop());

  it('sends the same session to another edge, one generation up', async () => {
    const join = await d.join('ada');
    await d.hello(join);
    const reply = (await move(join.ticket, [join.edge])).json();
    const { streamId, resumeId, room, identity } = join;
    expect(reply).toMatchObject({ streamId, resumeId, room, identity, generation: 1, url: '/v1/ws' });
    expect(reply.edge).not.toBe(join.edge);
    expect(reply.fallbacks.map(({ edge }: { edge: string }) => edge)).not.toContain(join.edge);
    const verifier = new TicketVerifier(d.ticketSigner.publicKeys());
    const checked = await verifier.verify(reply.ticket, { nowMs: d.clock.now() });
    expect(checked).toMatchObject({ claims: { edge: reply.edge, generation: 1, sub: 'ada' } });
    const body = { ticket: reply.ticket, avoid: [reply.edge] };
    expect((await d.call('POST', '/v1/tickets/move', { body })).json()).toMatchObject({ generation: 2 });
  });

  it('keeps a draining room together, and in its region', async () => {
    for (const edge of ['us-1', 'us-2', 'us-3']) await d.startEdge(edge, undefined, { region: 'us' });
    const joins = [];
    for (let count = 0; count < 20; count++) joins.push(await d.join(`p${count}`, { region: 'us' }));
    const from = joins[0]!.edge;
    await d.registry.renewLease(leaseOf(from, { region: 'us', draining: true }));
    const to = new Set<string>();
    for (const { ticket } of joins) to.add((await move(ticket, [from])).json().edge);
    expect(to.size).toBe(1);
    expect([...to][0]).toMatch(/^us-/);
    expect(to.has(from)).toBe(false);
  });

  it('is refused with 503 when only edges to avoid are left', async () => {
    const { ticket } = await d.join('ada');
    const all = ['edge-1', 'edge-2', 'edge-3'];
    expect((await move(ticket, all)).json()).toMatchObject({ status: 503, code: 'no_edge' });
    expect(await d.directory.moveTicket(ticket, all)).toMatchObject({
      ok: false,
      reason: 'no_edge',
      retryAfterSeconds: 5,
    });
  });

  it('works for edges in the same process', async () => {
    const join = await d.join('ada');
    const moved = await d.directory.moveTicket(join.ticket, [join.edge]);
    expect(moved).toMatchObject({ ok: true, url: '/v1/ws', expiresAt: START_MS + 300_000 });
    expect(await d.directory.moveTicket('rubbish', [])).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('is refused for who was replaced or removed, and for what is no ticket', async () => {
    const replaced = await d.join('ada');
    await d.join('ada');
    expect((await move(replaced.ticket)).json()).toMatchObject({ status: 403, code: 'replaced' });
    const removed = await d.join('bob');
    await d.registry.moderate(LOBBY, 'bob' as Identity, { removedUntil: START_MS + 3_600_000 });
    expect((await move(removed.ticket)).json()).toMatchObject({ status: 403, code: 'removed' });
    expect(await d.directory.moveTicket(removed.ticket, [])).toMatchObject({ ok: false, reason: 'removed' });
    const access = await d.token({ identity: 'ada', room: LOBBY });
    expect((await move(access)).json()).toMatchObject({ status: 401, code: 'credential_required' });
    expect((await d.call('POST', '/v1/tickets/move', { body: {} })).statusCode).toBe(401);
  });

  it('is not counted against the address, from which an edge moves everybody', async () => {
    await d.stop();
    d = await startDirectory({ PARTYLINE_REQUESTS_PER_MINUTE_PER_ADDRESS: '1' });
    await d.startEdge('edge-1');
    const { ticket } = await d.join('ada');
    for (let count = 0; count < 3; count++) expect((await move(ticket)).statusCode).toBe(200);
  });
});

describe('GET /v1/keys', () => {
  it('publishes public keys only, which verify tickets', async () => {
    const d = await startDirectory();
    await d.startEdge('edge-1');
    const { ticket } = await d.join('ada');
    const keys = (await d.call('GET', '/v1/keys')).json();
    expect(Object.keys(keys.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    expect(await new TicketVerifier(keys).verify(ticket, { nowMs: START_MS })).toMatchObject({ ok: true });
    await d.stop();
  });
});
