import { z } from 'zod';
import { type Api, problems } from './context.ts';

/** The service about itself. */
export const serviceRoutes = (api: Api): void => {
  api.get(
    '/healthz',
    {
      schema: {
        operationId: 'health',
        summary: 'Whether the process answers',
        tags: ['service'],
        response: { 200: z.object({ status: z.literal('ok') }), ...problems },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  api.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').send(api.swagger()),
  );
};
