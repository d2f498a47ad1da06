import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, LOBBY, startDirectory } from '../fixture.ts';

describe('/v1/rooms', () => {
  let d: DirectoryFixture;
  let admin: string;
  beforeEach(async () => {
    d = await startDirectory({ PARTYLINE_MAX_ROOMS: '8', PARTYLINE_ORDER_TIMEOUT: '20' });
    admin = await d.admin();
  });
  afterEach(() => d.stop());
  const create = (room: string, settings?: object) =>
    d.call('POST', '/v1/rooms', { token: admin, body: { room, ...(settings && { settings }) } });

  it('creates once, answers the same again, and refuses other settings', async () => {
    const settings = { maxParticipants: 5, emptyTimeoutSeconds: 60, metadata: 'm' };
    const created = await create(LOBBY, settings);
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({ room: LOBBY, ...settings, participants: 0, publishers: 0 });
    expect((await create(LOBBY, settings)).statusCode).toBe(200);
    expect((await create(LOBBY)).statusCode).toBe(200);
    const other = await create(LOBBY, { maxParticipants: 6 });
    expect(other.json()).toMatchObject({ status: 409, code: 'different_settings' });
    expect(other.json().detail).toContain('maxParticipants 5');
  });

  it('refuses bad settings and too many rooms', async () => {
    for (const settings of [{ maxParticipants: 0 }, { emptyTimeoutSeconds: 1.5 }, { grants: {} }]) {
      expect((await create(LOBBY, settings)).json()).toMatchObject({ status: 400, code: 'invalid_request' });
    }
    expect((await create('not a name')).statusCode).toBe(400);
    for (let index = 0; index < 8; index++) await create(`r${index}`);
    const full = await create(LOBBY);
    expect(full.json()).toMatchObject({ status: 503, code: 'too_many_rooms' });
    expect(full.headers['retry-after']).toBe('30');
  });

  it('lists by name, page by page', async () => {
    for (const room of ['d', 'b', 'a', 'c', 'e']) await create(room);
    const pages: string[][] = [];
    let after = '';
    for (;;) {
      const url = `/v1/rooms?limit=2${after && `&after=${after}`}`;
      const page = (await d.call('GET', url, { token: admin })).json();
      pages.push(page.rooms.map(({ room }: { room: string }) => room));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'page=2']) {
      expect((await d.call('GET', `/v1/rooms?${query}`, { token: admin })).statusCode).toBe(400);
    }
  });

  it('gets one, 404 when there is none', async () => {
    await create(LOBBY);
    expect((await d.call('GET', '/v1/rooms/lobby', { token: admin })).json()).toMatchObject({ room: LOBBY });
    const moderator = await d.token({ identity: 'm', room: LOBBY, grants: { moderate: true } });
    expect((await d.call('GET', '/v1/rooms/lobby', { token: moderator })).statusCode).toBe(200);
    expect((await d.call('GET', '/v1/rooms/none', { token: admin })).json()).toMatchObject({
      status: 404,
      code: 'room_not_found',
    });
  });

  it('deletes: 200 when every edge has closed it, 202 when one has not answered', async () => {
    const { orders } = await d.startEdge('edge-1');
    await d.join('ada');
    const deleted = await d.call('DELETE', '/v1/rooms/lobby', { token: admin });
    expect([deleted.statusCode, deleted.json()]).toEqual([200, { room: LOBBY, applied: 'edge' }]);
    expect(orders).toEqual([{ kind: 'close_room', room: LOBBY }]);
    expect((await d.call('DELETE', '/v1/rooms/lobby', { token: admin })).statusCode).toBe(404);
    await d.startEdge('edge-2', () => new Promise(() => {}));
    await create(LOBBY);
    const late = await d.call('DELETE', '/v1/rooms/lobby', { token: admin });
    expect([late.statusCode, late.json().applied]).toEqual([202, 'pending']);
    const acts = d.lines.filter(({ event }) => event === 'audit');
    expect(acts).toMatchObject([
      { action: 'delete_room', actor: 'key-1', room: LOBBY, outcome: 'edge' },
      { outcome: 'not_found' },
      { outcome: 'pending' },
    ]);
  });

  it('is for admins', async () => {
    const token = await d.token({ identity: 'ada', room: LOBBY, grants: { moderate: true } });
    const requests = [
      ['GET', '/v1/rooms'],
      ['POST', '/v1/rooms'],
      ['DELETE', '/v1/rooms/lobby'],
      ['GET', '/v1/edges'],
    ] as const;
    for (const [method, url] of requests) {
      const body = method === 'POST' ? { room: LOBBY } : undefined;
      expect((await d.call(method, url, { body })).json()).toMatchObject({ status: 401 });
      expect((await d.call(method, url, { token, body })).json()).toMatchObject({
        status: 403,
        code: 'admin_required',
      });
    }
    expect((await d.call('GET', '/v1/rooms/other', { token })).json()).toMatchObject({ code: 'wrong_room' });
  });

  it('can be read by guests where that is allowed, never written', async () => {
    const open = await startDirectory({ PARTYLINE_GUEST_ADMIN: 'true', PARTYLINE_GUEST_JOIN: 'true' });
    await open.startEdge('edge-1');
    await open.call('POST', '/v1/rooms/lobby/join');
    expect((await open.call('GET', '/v1/rooms')).json().rooms).toHaveLength(1);
    expect((await open.call('GET', '/v1/rooms/lobby')).statusCode).toBe(200);
    expect((await open.call('GET', '/v1/rooms/lobby/participants')).statusCode).toBe(200);
    expect((await open.call('POST', '/v1/rooms', { body: { room: 'x' } })).statusCode).toBe(401);
    expect((await open.call('DELETE', '/v1/rooms/lobby')).statusCode).toBe(401);
    const mute = '/v1/rooms/lobby/participants/x/mute';
    expect((await open.call('POST', mute, { body: { muted: true } })).statusCode).toBe(401);
    await open.stop();
  });
});
