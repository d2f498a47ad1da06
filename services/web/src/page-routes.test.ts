import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { PageFiles } from './build-page.ts';
import { registerPage } from './page-routes.ts';

const files: PageFiles = new Map([
  ['/', { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', etag: '"one"' }],
  ['/page.js', { body: Buffer.from('1;'), type: 'text/javascript; charset=utf-8', etag: '"two"' }],
]);

const serve = () => {
  const app = fastify();
  registerPage(app, files);
  return app;
};

describe('registerPage', () => {
  it('serves each file with its type and validator', async () => {
    const reply = await serve().inject('/page.js');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(reply.headers.etag).toBe('"two"');
    expect(reply.body).toBe('1;');
  });

  it('answers 304 without a body while the file is the same', async () => {
    const app = serve();
    for (const condition of ['"one"', 'W/"one"', '"zero", "one"', '*']) {
      const reply = await app.inject({ url: '/', headers: { 'if-none-match': condition } });
      expect(reply.statusCode).toBe(304);
      expect(reply.body).toBe('');
    }
    const changed = await app.inject({ url: '/', headers: { 'if-none-match': '"zero"' } });
    expect(changed.statusCode).toBe(200);
  });

  it('answers HEAD, with or without a query', async () => {
    const reply = await serve().inject({ method: 'HEAD', url: '/?room=lobby' });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it('forbids inline scripts and framing, and allows the microphone to itself only', async () => {
    const { headers } = await serve().inject('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).not.toContain('unsafe-inline');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['permissions-policy']).toContain('microphone=(self)');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
