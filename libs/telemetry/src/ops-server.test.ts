import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { type OpsRoutes, OpsServer, type Readiness } from './ops-server.ts';

const servers: OpsServer[] = [];

async function startServer(
  readiness: () => Readiness = () => ({ ready: true }),
  port = 0,
  routes: OpsRoutes = {},
) {
  const metrics = createMetrics({ processMetrics: false });
  metrics.hopLatency({ hop: 'edge', side: 'ingress' });
  const server = new OpsServer({ host: '127.0.0.1', port, metrics, readiness, routes });
  servers.push(server);
  await server.start();
  return server;
}

const get = (server: OpsServer, path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

describe('OpsServer', () => {
  it('serves metrics in the text format of Prometheus', async () => {
    const response = await get(await startServer(), '/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('# TYPE partyline_hop_latency_seconds histogram');
  });

  it('is alive while not ready, and says why it is not ready', async () => {
    let readiness: Readiness = { ready: false, reason: 'draining' };
    const server = await startServer(() => readiness);
    expect((await get(server, '/healthz')).status).toBe(200);
    const unready = await get(server, '/readyz');
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'not ready', reason: 'draining' });
    readiness = { ready: true };
    expect((await get(server, '/readyz')).status).toBe(200);
  });

  it('answers anything else with a problem that names what there is', async () => {
    const server = await startServer();
    const missing = await get(server, '/nothing');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect(await missing.json()).toMatchObject({ title: 'Not found', status: 404 });
    expect((await get(server, '/metrics', { method: 'POST' })).status).toBe(405);
  });

  it("answers a program's own routes, and 500 when one fails", async () => {
    const server = await startServer(undefined, 0, {
      '/status.json': async () => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
      '/broken': async () => {
        throw new Error('no registry');
      },
    });
    const reply = await get(server, '/status.json?fresh');
    expect([reply.status, await reply.text()]).toEqual([200, '{}']);
    expect((await get(server, '/broken')).status).toBe(500);
    const missing = await get(server, '/constructor');
    expect(missing.status).toBe(404);
    expect((await missing.json()).detail).toContain('/status.json');
  });

  it('starts and stops as often as it is told, once', async () => {
    const server = await startServer();
    const { port } = server;
    await server.start();
    expect(server.port).toBe(port);
    await Promise.all([server.stop(), server.stop()]);
    await expect(get(server, '/healthz')).rejects.toThrow();
  });

  it('says which port is taken', async () => {
    const { port } = await startServer();
    await expect(startServer(undefined, port)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: it is taken by another program`,
    );
  });
});
