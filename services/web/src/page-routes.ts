import type { FastifyInstance } from 'fastify';
import type { PageFiles } from './build-page.ts';

/**
 * Scripts only from here, none inline; WebAssembly for Opus. Connections may go to edges on other hosts.
 * The page may be framed by nobody, as a frame of ours in a foreign page could be clicked unseen.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  // Asked for again every time, and answered with 304 while it is the same: a restart shows at once.
  'cache-control': 'no-cache',
  'content-security-policy': contentSecurityPolicy,
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};

/** Adds a GET (and HEAD) route for every file of the page. */
export function registerPage(app: FastifyInstance, files: PageFiles): void {
  for (const [path, { body, type, etag }] of files) {
    // Left out of the API's description: the page is no API.
    app.get(path, { schema: { hide: true } as object }, (request, reply) => {
      reply.headers(headers).header('etag', etag);
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.type(type).send(body);
    });
  }
}

function matches(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((candidate) => {
    const tag = candidate.trim().replace(/^W\//, '');
    return tag === etag || tag === '*';
  });
}
