import { roomDigest, type TraceSpan, type Tracing } from '@partyline/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Asked all the time, by edges and probes, and of no interest to anybody. */
const UNTRACED = new Set(['/healthz', '/v1/keys']);

/** A span for each request, below the caller's if it sends `traceparent`. It names the route, not what stood in it. */
export const traceRequests = (scope: FastifyInstance, tracing: Tracing): void => {
  if (!tracing.on) return;
  const spans = new WeakMap<FastifyRequest, TraceSpan>();
  scope.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    if (UNTRACED.has(route)) {
      done();
      return;
    }
    const { room } = (request.params ?? {}) as { room?: unknown };
    const span = tracing.begin(`${request.method} ${route}`, {
      kind: 'server',
      parent: request.headers.traceparent,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'partyline.room': typeof room === 'string' ? roomDigest(room) : undefined,
      },
    });
    spans.set(request, span);
    span.run(done);
  });
  // Reading a body leaves the chain of calls.
  scope.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.run(done);
  });
  scope.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request);
    if (span === undefined) return;
    span.set({ 'http.response.status_code': reply.statusCode });
    if (reply.statusCode >= 500) span.fail(String(reply.statusCode));
    span.end();
  });
};
