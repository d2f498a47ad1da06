import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODEC_MODULES } from '@partyline/codecs';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningStandalone, type StartOptions, startStandalone } from './start.ts';

const running: RunningStandalone[] = [];
const start = async (options?: StartOptions) => {
  const standalone = await startStandalone(options);
  running.push(standalone);
  return standalone;
};
afterEach(async () => {
  for (const standalone of running.splice(0)) await standalone.stop();
});

describe('startStandalone', () => {
  it('serves page, API and the place for WebSockets on one port, operations on another', async () => {
    const { url, opsUrl } = await start();
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await fetch(`${url}/page.js`)).headers.get('content-type')).toContain('javascript');
    const { etag = '' } = Object.fromEntries((await fetch(`${url}/worklet.js`)).headers);
    const again = await fetch(`${url}/worklet.js`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
    expect((await fetch(`${url}/nowhere`)).headers.get('content-type')).toContain('problem+json');
    expect((await fetch(`${opsUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${opsUrl}/metrics`)).text()).toContain('partyline_edge_connections');
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  it('serves the modules of codecs that the page asks for, whole', async () => {
    const { url } = await start();
    const { file, sha256 } = CODEC_MODULES.speex;
    const module = await fetch(`${url}/codecs/${file}`);
    expect(module.headers.get('content-type')).toBe('application/wasm');
    const bytes = Buffer.from(await module.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect((await fetch(`${url}/codecs/${file}`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/codecs/`)).status).toBe(404);
  });

  it('has a status page on the operations port that knows its one edge', async () => {
    const { url, opsUrl } = await start();
    expect((await fetch(`${opsUrl}/status`)).headers.get('content-type')).toContain('text/html');
    const status = await (await fetch(`${opsUrl}/status.json`)).json();
    expect(status).toMatchObject({
      edges: [{ edge: 'edge-1', state: 'answers', gauges: { connections: 0 } }],
      regions: [{ edges: 1, answering: 1 }],
    });
    expect((await fetch(`${url}/status.json`)).status).toBe(404);
  });

  it('lets guests join, and sends them to the same origin', async () => {
    const { url } = await start();
    const reply = await fetch(`${url}/v1/rooms/lobby/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ada' }),
    });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ room: 'lobby', url: '/v1/ws' });
  });

  it('asks for a token once there are API keys', async () => {
    const { url } = await start({ env: { PARTYLINE_API_KEYS: `test:${'s'.repeat(32)}` } });
    const reply = await fetch(`${url}/v1/rooms/lobby/join`, { method: 'POST' });
    expect(reply.status).toBe(401);
  });

  it('speaks TLS with a certificate of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-standalone-'));
    const options = { env: { HOST: '127.0.0.1' }, flags: { https: true }, certificateFolder: folder };
    const { url } = await start(options);
    expect(url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      get(url, { rejectUnauthorized: false }, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      }).on('error', reject);
    });
    expect(status).toBe(200);
    await rm(folder, { recursive: true });
  });

  it('names the setting of a taken port, and leaves nothing running', async () => {
    const other = await listen();
    const { port } = other.address() as { port: number };
    const expected = (setting: string) => new RegExp(`^Port ${port} is taken .* ${setting}=\\d+ npm start$`);
    await expect(startStandalone({ env: { PORT: String(port) } })).rejects.toThrow(expected('PORT'));
    await expect(startStandalone({ env: { OPS_PORT: String(port) } })).rejects.toThrow(expected('OPS_PORT'));
    other.close();
    await start({ env: { PORT: String(port), OPS_PORT: '0' } });
  });

  it('refuses settings with one error that names them', async () => {
    await expect(startStandalone({ env: { PORT: 'x', PARTYLINE_TICKET_TTL: 'y' } })).rejects.toThrow(
      /PORT.*PARTYLINE_TICKET_TTL/s,
    );
  });
});

function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
