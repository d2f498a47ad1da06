import { type Identity, parseJoinReply } from '@partyline/protocol';
import { TicketVerifier } from '@partyline/tokens';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DirectoryFixture, KEY, LOBBY, leaseOf, START_MS, startDirectory } from '../fixture.ts';

describe('POST /v1/rooms/{room}/join', () => {
  let d: DirectoryFixture;
  const path = `/v1/rooms/${LOBBY}/join`;
  const claimsOf = async (ticket: string) => {
    const checked = await new TicketVerifier(d.ticketSigner.publicKeys()).verify(ticket, {
      nowMs: d.clock.now(),
    });
    if (!checked.ok) throw new Error(checked.reason);
    return checked.claims;
  };
  const refusal = async (options: Parameters<DirectoryFixture['call']>[2], at = path) => {
    const reply = await d.call('POST', at, options);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    return `${reply.statusCode} ${reply.json().code}`;
  };
  beforeEach(async () => {
    d = await startDirectory();
    await d.startEdge('edge-1');
    await d.startEdge('edge-2');
    await d.startEdge('edge-3');
  });
  afterEach(() => d.stop());

  it('gives a ticket with what the token says, an edge and two fall-backs', async () => {
    const token = await d.token({
      identity: 'ada',
      room: LOBBY,
      name: 'Ada',
      grants: { publish: false, moderate: true },
    });
    const body = { name: 'Not Ada', metadata: 'mine' };
    const reply = await d.call('POST', path, { token, body });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
    const parsed = parseJoinReply(reply.json());
    if (!parsed.ok) throw new Error(parsed.detail);
    const join = parsed.reply;
    expect(join).toMatchObject({
      room: LOBBY,
      identity: 'ada',
      generation: 0,
      url: '/v1/ws',
      ticketExpiresAt: START_MS + 300_000,
    });
    expect(new Set([join.edge, ...join.fallbacks.map(({ edge }) => edge)]).size).toBe(3);
    expect(await claimsOf(join.ticket)).toEqual({
      room: LOBBY,
      sub: 'ada',
      name: 'Ada',
      metadata: 'mine',
      grants: { publish: false, subscribe: true, moderate: true, hidden: false, direct: true },
      streamId: join.streamId,
      resumeId: join.resumeId,
      generation: 0,
      edge: join.edge,
      iat: START_MS / 1000,
      exp: START_MS / 1000 + 300,
    });
  });

  it('names in the ticket edges of other regions that hold the room, unless there is no space for them', async () => {
    const there = { edge: 'far' as never, boot: 'boot-of-far', region: 'far' };
    await d.registry.renewLease(leaseOf('far', { region: 'far' }));
    await d.registry.enterRoom(LOBBY, { ...there, participants: 1 });
    await d.registry.enterRoom(LOBBY, {
      ...there,
      edge: 'edge-1' as never,
      boot: 'boot-of-edge-1',
      region: 'local',
      participants: 1,
    });
    const ticketOf = async (metadata?: string) => {
      const token = await d.token({
        identity: 'ada',
        room: LOBBY,
        ...(metadata !== undefined && { metadata }),
      });
      const reply = await d.call('POST', path, { token, body: { region: 'local', avoid: ['far'] } });
      return claimsOf(reply.json().ticket);
    };
    expect((await ticketOf()).places).toEqual([there]);
    expect((await ticketOf('x'.repeat(2_000))).places).toBeUndefined();
  });

  it('works without a body, and with an empty one', async () => {
    const token = await d.token({ identity: 'ada', room: LOBBY });
    expect((await d.call('POST', path, { token })).statusCode).toBe(200);
    const headers = { 'content-type': 'application/json' };
    expect((await d.call('POST', path, { token, headers, body: '' })).statusCode).toBe(200);
  });

  it('refuses grants in the body', async () => {
    const token = await d.token({ identity: 'ada', room: LOBBY });
    const reply = await d.call('POST', path, { token, body: { grants: { moderate: true } } });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().detail).toContain('Grants come from the token alone');
  });

  it('ignores fields of newer clients, and a region that has no edge', async () => {
    const token = await d.token({ identity: 'ada', room: LOBBY });
    const body = { region: 'mars', capabilities: ['holography'], avatar: { url: 'x' } };
    const reply = await d.call('POST', path, { token, body });
    expect(reply.statusCode).toBe(200);
    expect(reply.json().edge).toBe((await d.call('POST', path, { token, body: {} })).json().edge);
  });

  it('refuses bad bodies, names and rooms', async () => {
    const token = await d.token({ identity: 'ada', room: LOBBY });
    const json = { 'content-type': 'application/json' };
    const bad: [unknown, string][] = [
      ['{', '400 invalid_json'],
      ['"text"', '400 invalid_request'],
      ['[]', '400 invalid_request'],
      [{ name: 'x'.repeat(129) }, '400 invalid_request'],
      [{ name: 'bell\u0007' }, '400 invalid_request'],
      [{ avoid: ['no such name!'] }, '400 invalid_request'],
      [{ avoid: Array(9).fill('edge-1') }, '400 invalid_request'],
      [{ resumeId: '' }, '400 invalid_request'],
      [{ metadata: 'x'.repeat(2_049) }, '400 invalid_request'],
      [{ name: 'x'.repeat(40_000) }, '413 body_too_large'],
      ['{"__proto__":{"moderate":true}}', '400 invalid_json'],
    ];
    for (const [body, expected] of bad) expect(await refusal({ token, body, headers: json })).toBe(expected);
    const plain = { 'content-type': 'text/plain' };
    expect(await refusal({ token, body: 'a', headers: plain })).toBe('415 unsupported_media_type');
    for (const room of ['-', 'a%2Fb', 'x'.repeat(65), 'a%20b', '%C3%A9']) {
      expect(await refusal({ token }, `/v1/rooms/${room}/join`)).toBe('400 invalid_request');
    }
  });

  it('refuses credentials that do not open this room', async () => {
    expect(await refusal({})).toBe('401 credential_required');
    expect(await refusal({ headers: { authorization: 'Basic YTpi' } })).toBe('401 bad_authorization');
    expect(await refusal({ token: 'rubbish' })).toBe('401 token_malformed');
    const join = { identity: 'ada', room: LOBBY };
    expect(await refusal({ token: await d.token({ ...join, secret: `${KEY.secret}!` }) })).toBe(
      '401 token_forged',
    );
    expect(await refusal({ token: await d.token({ ...join, keyId: 'other' }) })).toBe(
      '401 token_unknown_key',
    );
    expect(await refusal({ token: await d.token({ ...join, nowMs: START_MS - 700_000 }) })).toBe(
      '401 token_expired',
    );
    expect(await refusal({ token: await d.token({ ...join, room: 'other' }) })).toBe('403 wrong_room');
    expect(await refusal({ token: await d.admin() })).toBe('403 no_room_in_token');
    expect(await refusal({ token: await d.token({ room: LOBBY }) })).toBe('403 no_identity_in_token');
    expect((await d.call('POST', path)).headers['www-authenticate']).toContain('Bearer');
  });

  it('resumes by resume id or by ticket, up to 15 min past its expiry', async () => {
    const first = await d.join('ada');
    const second = await d.join('ada', { resumeId: first.resumeId });
    expect(second).toMatchObject({ streamId: first.streamId, resumeId: first.resumeId, generation: 1 });
    // The reply to the second join may have been lost: the older ticket resumes as well.
    const third = await d.call('POST', path, { token: first.ticket });
    expect(third.json()).toMatchObject({ streamId: first.streamId, generation: 2 });
    d.clock.advance((300 + 899) * 1000);
    await d.startEdge('edge-9');
    const late = await d.call('POST', path, { token: second.ticket });
    expect(late.json()).toMatchObject({ streamId: first.streamId, resumeId: first.resumeId });
    d.clock.advance(2_000);
    expect(await refusal({ token: second.ticket })).toBe('401 ticket_expired');
  });

  it('refuses a ticket for another room, of a stranger, of a replaced and of a removed session', async () => {
    const first = await d.join('ada');
    expect(await refusal({ token: first.ticket }, '/v1/rooms/other/join')).toBe('403 wrong_room');
    const stranger = await startDirectory();
    await stranger.startEdge('edge-1');
    expect(await refusal({ token: (await stranger.join('ada')).ticket })).toBe('401 ticket_unknown_key');
    await stranger.stop();
    const second = await d.join('ada');
    expect(await refusal({ token: first.ticket })).toBe('403 replaced');
    await d.registry.moderate(LOBBY, 'ada' as Identity, { removedUntil: START_MS + 9_000 });
    expect(await refusal({ token: second.ticket })).toBe('403 removed');
    const removed = await d.call('POST', path, { token: await d.token({ identity: 'ada', room: LOBBY }) });
    expect(removed.json()).toMatchObject({ status: 403, code: 'removed', until: START_MS + 9_000 });
  });

  it('tells the edge of the older session when the identity joins anew', async () => {
    await d.stop();
    d = await startDirectory();
    const { orders } = await d.startEdge('edge-1');
    const first = await d.join('ada');
    await d.hello(first);
    const second = await d.join('ada');
    await vi.waitFor(() => expect(orders).toHaveLength(1));
    const { streamId, generation, resumeId } = second;
    expect(orders).toEqual([
      {
        kind: 'replace',
        room: LOBBY,
        identity: 'ada',
        streamId,
        generation,
        resumeId,
        replaces: first.streamId,
      },
    ]);
    expect(second.resumeId).not.toBe(first.resumeId);
  });

  it('keeps a room together, away from edges that just failed, and within its limit', async () => {
    const first = await d.join('a');
    expect((await d.join('b')).edge).toBe(first.edge);
    expect((await d.join('c', { avoid: [first.edge] })).edge).not.toBe(first.edge);
    await d.call('POST', '/v1/rooms', {
      token: await d.admin(),
      body: { room: 'small', settings: { maxParticipants: 1 } },
    });
    const small = '/v1/rooms/small/join';
    const joined = await d.call('POST', small, { token: await d.token({ identity: 'a', room: 'small' }) });
    expect(joined.statusCode).toBe(200);
    expect(await refusal({ token: await d.token({ identity: 'b', room: 'small' }) }, small)).toBe(
      '409 room_full',
    );
  });

  it('answers 503 with Retry-After when no edge can take it', async () => {
    for (const edge of ['edge-1', 'edge-2', 'edge-3']) {
      await d.registry.renewLease(leaseOf(edge, { draining: true }));
    }
    const reply = await d.call('POST', path, { token: await d.token({ identity: 'ada', room: LOBBY }) });
    expect(reply.json()).toMatchObject({ status: 503, code: 'no_edge' });
    expect(reply.headers['retry-after']).toBe('5');
  });

  it('sends nobody to an edge over the load limit, and packs a room as far as it is told', async () => {
    const twoEdges = async (env: Record<string, string>): Promise<string[]> => {
      await d.stop();
      d = await startDirectory(env);
      const hosting = await d.startEdge('edge-1', async () => 'done', { load: 0.6, connections: 40 });
      await d.startEdge('edge-2');
      const { edge, boot, region } = hosting.lease;
      await d.registry.enterRoom(LOBBY, { edge, boot, region, participants: 1 });
      return [(await d.join('a')).edge, (await d.join('b')).edge];
    };
    expect(await twoEdges({ PARTYLINE_PLACEMENT_PACK_UNTIL: '0.9' })).toEqual(['edge-1', 'edge-1']);
    expect(
      await twoEdges({ PARTYLINE_PLACEMENT_PACK_UNTIL: '0.9', PARTYLINE_PLACEMENT_LOAD_LIMIT: '0.5' }),
    ).toEqual(['edge-2', 'edge-2']);
  });

  it('limits joins of one address and of one identity', async () => {
    await d.stop();
    d = await startDirectory({
      PARTYLINE_JOINS_PER_MINUTE_PER_ADDRESS: '5',
      PARTYLINE_JOINS_PER_MINUTE_PER_IDENTITY: '2',
    });
    await d.startEdge('edge-1');
    const token = await d.token({ identity: 'ada', room: LOBBY });
    const other = await d.token({ identity: 'bob', room: LOBBY });
    const attempt = async (credential: string, from: string) =>
      (await d.call('POST', path, { token: credential, from })).statusCode;
    expect([await attempt(token, '10.0.0.1'), await attempt(token, '10.0.0.2')]).toEqual([200, 200]);
    const limited = await d.call('POST', path, { token, from: '10.0.0.3' });
    expect(limited.json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(await attempt(other, '10.0.0.3')).toBe(200);
    for (let count = 0; count < 5; count++) await attempt('rubbish', '2001:db8::1');
    expect(await attempt(other, '2001:db8::ffff')).toBe(429);
    expect(await attempt(other, '2001:db8:0:1::1')).toBe(200);
  });

  it('believes X-Forwarded-For from trusted proxies only', async () => {
    const limits = { PARTYLINE_JOINS_PER_MINUTE_PER_ADDRESS: '1', PARTYLINE_GUEST_JOIN: 'true' };
    await d.stop();
    d = await startDirectory({ ...limits, PARTYLINE_TRUSTED_PROXIES: '10.0.0.0/8' });
    await d.startEdge('edge-1');
    const attempt = async (from: string, forwarded: string) =>
      (await d.call('POST', path, { from, headers: { 'x-forwarded-for': forwarded } })).statusCode;
    expect(await attempt('10.0.0.1', '192.0.2.1')).toBe(200);
    expect(await attempt('10.0.0.1', '192.0.2.2')).toBe(200);
    expect(await attempt('10.0.0.1', '192.0.2.2')).toBe(429);
    expect(await attempt('198.51.100.1', '192.0.2.3')).toBe(200);
    expect(await attempt('198.51.100.1', '192.0.2.4')).toBe(429);
  });

  it('lets guests in only where that is allowed, without any right to moderate', async () => {
    await d.stop();
    d = await startDirectory({ PARTYLINE_GUEST_JOIN: 'true' });
    await d.startEdge('edge-1');
    const reply = await d.call('POST', path, { body: { name: 'Grace' } });
    const guest = reply.json();
    expect(guest.identity).toMatch(/^guest-[0-9a-f]{16}$/);
    expect(await claimsOf(guest.ticket)).toMatchObject({
      name: 'Grace',
      grants: { publish: true, subscribe: true, moderate: false, hidden: false, direct: true },
    });
    const resumed = await d.call('POST', path, { token: guest.ticket, body: { name: 'Other' } });
    expect(resumed.json()).toMatchObject({
      identity: guest.identity,
      streamId: guest.streamId,
      generation: 1,
    });
    expect(await claimsOf(resumed.json().ticket)).toMatchObject({ name: 'Grace' });
    // A wrong credential is an error, never a reason to be treated as a guest.
    expect(await refusal({ token: 'rubbish' })).toBe('401 token_malformed');
  });

  it('lets the guest who opens a room moderate it, where that is allowed, and nobody who comes later', async () => {
    await d.stop();
    d = await startDirectory({ PARTYLINE_GUEST_JOIN: 'true', PARTYLINE_GUEST_MODERATE: 'true' });
    await d.startEdge('edge-1');
    const guest = async (name: string) => {
      const reply = (await d.call('POST', path, { body: { name } })).json();
      await d.hello(reply);
      return { reply, moderates: (await claimsOf(reply.ticket)).grants.moderate };
    };
    const first = await guest('Grace');
    const second = await guest('Ada');
    expect([first.moderates, second.moderates]).toEqual([true, false]);
    const mute = async (ticket: string, identity: string) =>
      (
        await d.call('POST', `/v1/rooms/${LOBBY}/participants/${identity}/mute`, {
          token: ticket,
          body: { muted: true },
        })
      ).statusCode;
    expect(await mute(first.reply.ticket, second.reply.identity)).toBe(200);
    expect(await mute(second.reply.ticket, first.reply.identity)).toBe(403);
    // Who comes back with its ticket keeps what it had.
    const resumed = await d.call('POST', path, { token: first.reply.ticket });
    expect((await claimsOf(resumed.json().ticket)).grants.moderate).toBe(true);
    const token = await d.token({ identity: 'eve', room: LOBBY });
    const invited = await d.call('POST', path, { token });
    expect((await claimsOf(invited.json().ticket)).grants.moderate).toBe(false);
  });
});
