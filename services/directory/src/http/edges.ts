import { z } from 'zod';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';

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

/** Edges, for admins. */
export const edgeRoutes = (api: Api, context: RouteContext): void => {
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
      context.callers.requireAdmin(await identify(context, request));
      const edges = await context.registry.edges();
      return {
        edges: edges.map(({ boot: _, rooms, ...edge }) => ({ ...edge, rooms: Object.keys(rooms).length })),
      };
    },
  );
};
