import type { Identity } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, LOBBY, START_MS, startDirectory } from '../fixture.ts';

describe('/v1/rooms/{room}/participants', () => {
  let d: DirectoryFixture;
  let moderator: string;
  const path = `/v1/rooms/${LOBBY}/participants`;
  const ada = 'ada' as Identity;
  beforeEach(async () => {
    d = await startDirectory({ PARTYLINE_ORDER_TIMEOUT: '20' });
    moderator = await d.token({ identity: 'mod', room: LOBBY, grants: { moderate: true } });
  });
  afterEach(() => d.stop());
  const mute = (identity: string, muted = true) =>
    d.call('POST', `${path}/${encodeURIComponent(identity)}/mute`, { token: moderator, body: { muted } });

  it('lists who is connected, page by page, and gets one', async () => {
    await d.startEdge('edge-1');
    for (const identity of ['ada', 'bob', 'eve']) await d.hello(await d.join(identity));
    await d.join('not here yet');
    const first = (await d.call('GET', `${path}?limit=2`, { token: moderator })).json();
    const second = (await d.call('GET', `${path}?limit=2&after=${first.next}`, { token: moderator })).json();
    expect(second.next).toBeUndefined();
    const all = [...first.participants, ...second.participants];
    expect(new Set(all.map(({ identity }) => identity))).toEqual(new Set(['ada', 'bob', 'eve']));
    expect(all.map(({ streamId }) => streamId)).toEqual(
      all.map(({ streamId }) => streamId).sort((a, b) => a - b),
    );
    expect(Object.keys(all[0])).not.toContain('boot');
    expect((await d.call('GET', `${path}/ada`, { token: moderator })).json()).toMatchObject({
      identity: 'ada',
    });
    const missing = await d.call('GET', `${path}/nobody`, { token: moderator });
    expect(missing.json()).toMatchObject({ status: 404, code: 'participant_not_found' });
    expect((await d.call('GET', `${path}?after=x`, { token: moderator })).statusCode).toBe(400);
    const none = await d.call('GET', '/v1/rooms/none/participants', { token: await d.admin() });
    expect(none.json()).toMatchObject({ code: 'room_not_found' });
  });

  it('mutes: 200 after the edge has done it, kept for the next hello', async () => {
    const { orders } = await d.startEdge('edge-1');
    await d.hello(await d.join('ada'));
    const reply = await mute('ada');
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({
      room: LOBBY,
      identity: 'ada',
      applied: 'edge',
      muted: true,
      removedUntil: 0,
      selection: 'auto',
    });
    expect(orders).toEqual([{ kind: 'mute', room: LOBBY, identity: 'ada', muted: true }]);
    expect(await d.registry.moderation(LOBBY, ada)).toMatchObject({ muted: true });
    expect((await mute('ada', false)).json()).toMatchObject({ applied: 'edge', muted: false });
  });

  it('answers 202 while another region has not taken it, and names the state only', async () => {
    await d.startEdge('edge-1');
    await d.hello(await d.join('ada'));
    const moderate = d.registry.moderate.bind(d.registry);
    d.registry.moderate = async (...args) => ({ ...(await moderate(...args)), pendingRegions: ['us'] });
    const reply = await mute('ada');
    expect([reply.statusCode, reply.json()]).toEqual([
      202,
      { room: LOBBY, identity: 'ada', applied: 'pending', muted: true, removedUntil: 0, selection: 'auto' },
    ]);
  });

  it('answers 202 when the edge is silent or unreachable: the state is kept all the same', async () => {
    await d.startEdge('edge-1', () => new Promise(() => {}));
    await d.hello(await d.join('ada'));
    const silent = await mute('ada');
    expect([silent.statusCode, silent.json().applied]).toEqual([202, 'pending']);
    expect(await d.registry.moderation(LOBBY, ada)).toMatchObject({ muted: true });
    await d.hello({ ...(await d.join('bob')), edge: 'nowhere' });
    expect((await mute('bob')).statusCode).toBe(202);
  });

  it('answers 200 for somebody who is not connected, by registry or by edge', async () => {
    await d.startEdge('edge-1', async () => 'not_here');
    await d.join('ada');
    expect((await mute('ada')).json()).toMatchObject({ applied: 'state', muted: true });
    await d.hello(await d.join('bob'));
    const gone = await mute('bob');
    expect([gone.statusCode, gone.json().applied]).toEqual([200, 'state']);
    expect((await mute('never seen')).statusCode).toBe(200);
  });

  it('makes priority speakers and excludes others', async () => {
    const { orders } = await d.startEdge('edge-1');
    await d.hello(await d.join('ada'));
    const reply = await d.call('PATCH', `${path}/ada`, { token: moderator, body: { selection: 'pinned' } });
    expect(reply.json()).toMatchObject({ applied: 'edge', selection: 'pinned' });
    expect(orders).toEqual([{ kind: 'selection', room: LOBBY, identity: 'ada', selection: 'pinned' }]);
    const wrong = await d.call('PATCH', `${path}/ada`, { token: moderator, body: { selection: 'loudest' } });
    expect(wrong.json()).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('removes for as long as a ticket can live, or as asked', async () => {
    const { orders } = await d.startEdge('edge-1');
    const join = await d.join('ada');
    await d.hello(join);
    const reply = await d.call('DELETE', `${path}/ada?reason=noise`, { token: moderator });
    expect(reply.json()).toMatchObject({ applied: 'edge', removedUntil: START_MS + 1_200_000 });
    expect(orders).toEqual([{ kind: 'remove', room: LOBBY, identity: 'ada', reason: 'noise' }]);
    const again = await d.call('POST', `/v1/rooms/${LOBBY}/join`, { token: join.ticket });
    expect(again.json()).toMatchObject({ status: 403, code: 'removed' });
    await d.call('DELETE', `${path}/ada?seconds=0`, { token: moderator });
    expect((await d.call('POST', `/v1/rooms/${LOBBY}/join`, { token: join.ticket })).statusCode).toBe(200);
    expect((await d.call('DELETE', `${path}/ada?seconds=-1`, { token: moderator })).statusCode).toBe(400);
  });

  it('says so when too many are moderated', async () => {
    await d.stop();
    d = await startDirectory({}, undefined, { maxModeratedPerRoom: 1 });
    await d.startEdge('edge-1');
    await d.join('ada');
    expect((await mute('ada')).statusCode).toBe(200);
    expect((await mute('bob')).json()).toMatchObject({ status: 409, code: 'too_many_moderated' });
  });

  it('takes identities of any characters', async () => {
    const { orders } = await d.startEdge('edge-1');
    for (const identity of ['a/b?c#d %', 'ü'.repeat(128), '名前']) {
      await d.hello(await d.join(identity));
      expect((await mute(identity)).json()).toMatchObject({ applied: 'edge', identity });
    }
    expect(orders).toHaveLength(3);
    expect((await mute('x'.repeat(129))).statusCode).toBe(400);
  });

  it('is for moderators of this room: tokens, and tickets of sessions that live', async () => {
    await d.startEdge('edge-1');
    const ticket = (await d.join('ada')).ticket;
    const modJoin = await d.call('POST', `/v1/rooms/${LOBBY}/join`, { token: moderator });
    const modTicket: string = modJoin.json().ticket;
    const elsewhere = await d.token({ identity: 'mod', room: 'other', grants: { moderate: true } });
    const plain = await d.token({ identity: 'ada', room: LOBBY });
    const attempt = async (token?: string) => {
      const options = { body: { muted: true }, ...(token && { token }) };
      const reply = await d.call('POST', `${path}/ada/mute`, options);
      return `${reply.statusCode} ${reply.json().code ?? reply.json().applied}`;
    };
    expect(await attempt()).toBe('401 credential_required');
    expect(await attempt(plain)).toBe('403 moderate_required');
    expect(await attempt(ticket)).toBe('403 moderate_required');
    expect(await attempt(elsewhere)).toBe('403 wrong_room');
    expect(await attempt(modTicket)).toBe('200 state');
    expect(await attempt(await d.admin())).toBe('200 state');
    await d.registry.moderate(LOBBY, 'mod' as Identity, { removedUntil: START_MS + 1_000 });
    expect(await attempt(modTicket)).toBe('403 session_over');
    d.clock.advance(301_000);
    expect(await attempt(modTicket)).toBe('401 ticket_expired');
  });

  it('writes an audit line for every act, without tokens', async () => {
    await d.startEdge('edge-1');
    const { ticket } = await d.join('ada');
    await mute('ada');
    const admin = await d.admin();
    await d.call('DELETE', `${path}/ada`, { token: admin });
    await d.call('POST', '/v1/rooms/none/participants/ada/mute', { token: admin, body: { muted: true } });
    expect(d.lines.filter(({ event }) => event === 'audit')).toMatchObject([
      { action: 'mute', actor: 'key-1/mod', room: LOBBY, target: 'ada', outcome: 'state' },
      { action: 'remove', actor: 'key-1', room: LOBBY, target: 'ada', outcome: 'state' },
      { action: 'mute', actor: 'key-1', room: 'none', target: 'ada', outcome: 'not_found' },
    ]);
    const text = JSON.stringify(d.lines);
    for (const secret of [ticket, admin, moderator]) expect(text).not.toContain(secret);
  });
});
