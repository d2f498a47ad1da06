import { z } from 'zod';
import { actorName } from '../callers.ts';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';
import { edgeId } from './schemas.ts';

const edgeReply = z
  .object({
    edge: z.string(),
    region: z.string(),
    url: z.string(),
    revision: z.string(),
    startedAt: z.number().describe('Epoch ms'),
    draining: z.boolean(),
    connections: z.number().int(),
    maxConnections: z.number().int(),
    load: z.number().describe('0 idle to 1 full'),
    rooms: z.number().int().describe('Rooms with somebody here'),
  })
  .meta({ id: 'Edge' });

const drainBody = z.strictObject({
  windowSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(20)
    .describe('Participants are moved to other edges within it; who is left then is disconnected'),
  resume: z.boolean().default(false).describe('The other way round: take participants again'),
});
const drainReply = z.object({
  edge: z.string(),
  draining: z.boolean(),
  applied: z.enum(['edge', 'pending']).describe('edge: it has begun; pending: the edge has not answered yet'),
});

/** Edges, for admins. */
export const edgeRoutes = (api: Api, context: RouteContext): void => {
  const { edges, callers } = context;

  api.get(
    '/v1/edges',
    {
      schema: {
        operationId: 'listEdges',
        summary: 'Edges that are alive',
        tags: ['edges'],
        security: bearer,
        response: { 200: z.object({ edges: z.array(edgeReply) }), ...problems },
      },
    },
    async (request) => {
      callers.requireAdmin(await identify(context, request));
      // Boot ids are between edges; nobody outside can do anything with them.
      return { edges: (await edges.list()).map(({ boot: _, ...edge }) => edge) };
    },
  );

  api.post(
    '/v1/edges/:edge/drain',
    {
      schema: {
        operationId: 'drainEdge',
        summary: 'Move everybody from an edge to others, or let it take participants again',
        tags: ['edges'],
        security: bearer,
        params: z.object({ edge: edgeId }),
        body: drainBody.nullish(),
        response: {
          200: drainReply.describe('The edge has begun'),
          202: drainReply.describe('Ordered; the edge has not answered yet'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const caller = await identify(context, request);
      callers.requireAdmin(caller);
      const { edge } = request.params;
      const { windowSeconds, resume } = request.body ?? drainBody.parse({});
      const order = { windowMs: Math.round(windowSeconds * 1_000), resume };
      const applied = await edges.drain(actorName(caller), edge, order);
      return reply.code(applied === 'pending' ? 202 : 200).send({ edge, draining: !resume, applied });
    },
  );
};
