import type { Identity } from '@partyline/protocol';
import { TicketVerifier } from '@partyline/tokens';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, LOBBY, START_MS, startDirectory } from '../fixture.ts';

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
