import type { Registry } from '@partyline/registry';
import type { TicketKeySet } from '@partyline/tokens';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Caller, Callers } from '../callers.ts';
import type { DirectoryConfig } from '../config.ts';
import type { Edges } from '../edges.ts';
import type { Joins } from '../joins.ts';
import type { DirectoryMetrics } from '../metrics.ts';
import type { Moderation } from '../moderation.ts';
import type { Moves } from '../moves.ts';
import { problemSchema } from '../problem.ts';
import type { Recordings } from '../recordings.ts';
import type { Tickets } from '../tickets.ts';

/** Fastify with routes typed by their zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Counts a request against a limit of its address or of `key`; throws 429 beyond it. */
export interface RateLimits {
  request(request: FastifyRequest): Promise<void>;
  joinAddress(request: FastifyRequest): Promise<void>;
  identity(request: FastifyRequest, room: string, identity: string): Promise<void>;
}

/** What routes work with. */
export interface RouteContext {
  config: DirectoryConfig;
  registry: Registry;
  callers: Callers;
  joins: Joins;
  tickets: Tickets;
  moderation: Moderation;
  moves: Moves;
  edges: Edges;
  recordings: Recordings;
  metrics: DirectoryMetrics;
  limits: RateLimits;
  publicKeys: TicketKeySet;
  /** Those whose edges are known here; undefined outside a cluster. */
  regions: readonly string[] | undefined;
}

/** Who makes this request. */
export const identify = (context: RouteContext, request: FastifyRequest): Promise<Caller> =>
  context.callers.identify(request.headers.authorization);

const problemResponse = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** Responses that every route may give. */
export const problems = {
  '4xx': problemResponse('What was wrong with the request'),
  '5xx': problemResponse('What is wrong here'),
} as const;

/** OpenAPI: routes that take a bearer token. */
export const bearer: { bearer: string[] }[] = [{ bearer: [] }];
