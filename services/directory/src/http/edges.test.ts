import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, startDirectory } from '../fixture.ts';

describe('POST /v1/edges/{edge}/drain', () => {
  let d: DirectoryFixture;
  const drain = async (edge: string, body?: object, token?: string) =>
    d.call('POST', `/v1/edges/${edge}/drain`, {
      token: token ?? (await d.admin()),
      ...(body && { body }),
    });
  beforeEach(async () => {
    d = await startDirectory({ PARTYLINE_ORDER_TIMEOUT: '50' });
  });
  afterEach(() => d.stop());

  it('gives the edge its order, and says when that is done', async () => {
    const { orders } = await d.startEdge('edge-1');
    const reply = await drain('edge-1', { windowSeconds: 2.5 });
    expect([reply.statusCode, reply.json()]).toEqual([
      200,
      { edge: 'edge-1', draining: true, applied: 'edge' },
    ]);
    expect((await drain('edge-1')).statusCode).toBe(200);
    expect((await drain('edge-1', { resume: true })).json()).toMatchObject({ draining: false });
    expect(orders).toEqual([
      { kind: 'drain', windowMs: 2_500, resume: false },
      { kind: 'drain', windowMs: 20_000, resume: false },
      { kind: 'drain', windowMs: 20_000, resume: true },
    ]);
    const audit = d.lines.filter(({ event }) => event === 'audit');
    expect(audit).toMatchObject([
      { action: 'drain', actor: 'key-1', edge: 'edge-1', outcome: 'done' },
      { action: 'drain' },
      { action: 'resume' },
    ]);
  });

  it('says 202 while the edge has not answered, and 503 when it cannot be reached or refuses', async () => {
    await d.startEdge('slow', () => new Promise(() => undefined));
    const slow = await drain('slow');
    expect([slow.statusCode, slow.json().applied]).toEqual([202, 'pending']);
    await d.startEdge('broken', () => Promise.reject(new Error('broken')));
    await d.registry.renewLease({ ...(await d.startEdge('gone')).lease, edge: 'deaf' as never });
    for (const edge of ['broken', 'deaf']) {
      const reply = await drain(edge);
      expect([edge, reply.statusCode, reply.json().code]).toEqual([edge, 503, 'edge_unreachable']);
      expect(reply.headers['retry-after']).toBe('2');
    }
  });

  it('is for admins, for edges that are there, and for times that can be', async () => {
    await d.startEdge('edge-1');
    const token = await d.token({ room: 'lobby', identity: 'ada', grants: { moderate: true } } as object);
    expect((await drain('edge-1', {}, token)).json()).toMatchObject({ status: 403, code: 'admin_required' });
    expect((await drain('edge-2')).json()).toMatchObject({ status: 404, code: 'edge_not_found' });
    for (const body of [{ windowSeconds: -1 }, { windowSeconds: 86_401 }, { resume: 1 }, { window: 1 }]) {
      expect((await drain('edge-1', body)).statusCode).toBe(400);
    }
  });

  it('shows in the list of edges once the edge tells it', async () => {
    const { lease } = await d.startEdge('edge-1');
    await d.registry.renewLease({ ...lease, draining: true });
    const { edges } = (await d.call('GET', '/v1/edges', { token: await d.admin() })).json();
    expect(edges).toMatchObject([{ edge: 'edge-1', draining: true }]);
  });
});
