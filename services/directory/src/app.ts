import fastifyCors from '@fastify/cors';
import fastifySwagger from '@fastify/swagger';
import { RegistryError } from '@partyline/registry';
import { type Logger, TRACING_OFF, type Tracing } from '@partyline/telemetry';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Api, RouteContext } from './http/context.ts';
import { edgeRoutes } from './http/edges.ts';
import { joinRoutes } from './http/joins.ts';
import { participantRoutes } from './http/participants.ts';
import { recordingRoutes } from './http/recordings.ts';
import { roomRoutes } from './http/rooms.ts';
import { serviceRoutes } from './http/service.ts';
import { ticketRoutes } from './http/tickets.ts';
import { traceRequests } from './http/traces.ts';
import { internalProblem, Problem, sendProblem, toProblem } from './problem.ts';
import { rateLimits } from './rate-limits.ts';

/** The largest body of a request: metadata at its longest, escaped, fits. */
const MAX_BODY_BYTES = 32_768;
/** An identity at its longest, percent-encoded. */
const MAX_PARAM_CHARS = 1_280;

/** The HTTP side, not yet ready: more routes (a page) may be registered on it until then. */
export const createApp = (
  context: Omit<RouteContext, 'limits'>,
  { log, tracing = TRACING_OFF }: { log: Logger; tracing?: Tracing },
): FastifyInstance => {
  const { config, metrics } = context;
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply, toProblem(error) ?? internalProblem());
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  takeEmptyBodies(app);
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    tracing.note({ 'error.type': problem?.code ?? 'internal_error' });
    if (error instanceof RegistryError) metrics.registryError(error.code);
    if (problem === undefined) {
      log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
    }
    return sendProblem(reply, problem ?? internalProblem());
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new Problem(404, 'not_found', `Nothing is here for ${request.method}: see /openapi.json.`),
    ),
  );
  if (config.corsOrigins.length > 0) {
    app.register(fastifyCors, {
      origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
      methods: ['GET', 'POST', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'traceparent'],
      exposedHeaders: ['retry-after'],
      maxAge: 600,
    });
  }
  app.register(async (scope) => {
    // In this scope, so that the routes of a page are no part of the document.
    scope.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Partyline directory',
          description:
            'Rooms, joins, moderation and recordings. Errors are application/problem+json (RFC 9457).',
          version: '1',
        },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      },
      transform: jsonSchemaTransform,
      transformObject: withoutUnused,
    });
    const limits = await rateLimits(scope, config, metrics);
    scope.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unmatched';
      metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    });
    // Edges renew and move for all their participants from one address, and joins have a limit of their own.
    const exempt = new Set(['/healthz', '/v1/tickets/renew', '/v1/tickets/move', '/v1/rooms/:room/join']);
    scope.addHook('onRequest', async (request: FastifyRequest) => {
      if (!exempt.has(request.routeOptions.url ?? '')) await limits.request(request);
    });
    // After the limits: what is refused by them is no work to look into.
    traceRequests(scope, tracing);
    const api: Api = scope.withTypeProvider();
    const full = { ...context, limits };
    joinRoutes(api, full);
    ticketRoutes(api, full);
    roomRoutes(api, full);
    participantRoutes(api, full);
    edgeRoutes(api, full);
    recordingRoutes(api, full);
    serviceRoutes(api);
  });
  return app;
};

type Transform = typeof jsonSchemaTransformObject;

/** Every named schema comes in an input and an output form, of which the document needs only what it refers to. */
const withoutUnused: Transform = (input) => {
  const document = jsonSchemaTransformObject(input) as { components?: { schemas?: Record<string, unknown> } };
  const text = JSON.stringify(document);
  for (const name of Object.keys(document.components?.schemas ?? {})) {
    if (!text.includes(`"#/components/schemas/${name}"`)) delete document.components?.schemas?.[name];
  }
  return document as ReturnType<Transform>;
};

/** Many clients always send a content type: a DELETE without a body is no error for that. */
const takeEmptyBodies = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body as string, done);
  });
};
