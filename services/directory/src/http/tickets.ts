import { z } from 'zod';
import { credentialRequired } from '../callers.ts';
import { Problem } from '../problem.ts';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';
import { joinReply } from './joins.ts';
import { edgeNames } from './schemas.ts';

const renewReply = z.object({ ticket: z.string(), ticketExpiresAt: z.number().describe('Epoch ms') });
const keyType = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

/** Ticket renewal, and the keys that tickets are checked with. */
export const ticketRoutes = (api: Api, context: RouteContext): void => {
  api.post(
    '/v1/tickets/renew',
    {
      schema: {
        operationId: 'renewTicket',
        summary: 'A fresh ticket for the same session, from half of its time on',
        tags: ['tickets'],
        security: bearer,
        response: { 200: renewReply, ...problems },
      },
    },
    async (request, reply) => {
      const caller = await identify(context, request);
      if (caller.kind !== 'ticket') throw credentialRequired('the ticket to renew');
      await context.limits.identity(request, caller.claims.room, caller.claims.sub);
      const result = await context.tickets.renewClaims(caller.claims);
      if (result.ok) {
        return reply
          .header('cache-control', 'no-store')
          .send({ ticket: result.ticket, ticketExpiresAt: result.expiresAt });
      }
      const { reason, detail, retryAfterSeconds } = result;
      throw new Problem(
        reason === 'too_early' ? 409 : 403,
        reason,
        detail,
        retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
      );
    },
  );

  api.post(
    '/v1/tickets/move',
    {
      schema: {
        operationId: 'moveTicket',
        summary: 'A ticket of the same session for another edge, one generation up',
        description:
          'What an edge that drains asks for its participants. The credential is the ticket itself. Edges to avoid are never chosen: with no other edge the answer is 503.',
        tags: ['tickets'],
        security: bearer,
        body: z.object({
          ticket: z
            .string()
            .min(1)
            .max(8_192)
            .optional()
            .describe('Unless it is in the Authorization header'),
          avoid: edgeNames.default([]),
        }),
        response: { 200: joinReply, ...problems },
      },
    },
    async (request, reply) => {
      const { ticket, avoid } = request.body;
      const caller =
        ticket === undefined
          ? await identify(context, request)
          : await context.callers.identify(`Bearer ${ticket}`);
      if (caller.kind !== 'ticket') throw credentialRequired('the ticket to move');
      await context.limits.identity(request, caller.claims.room, caller.claims.sub);
      return reply.header('cache-control', 'no-store').send(await context.moves.move(caller, avoid));
    },
  );

  api.get(
    '/v1/keys',
    {
      schema: {
        operationId: 'listTicketKeys',
        summary: 'Public keys of tickets (JWKS), and the regions that edges may be in',
        tags: ['tickets'],
        response: {
          200: z.object({
            keys: z.array(keyType),
            regions: z
              .array(z.string())
              .optional()
              .describe(
                'Regions whose edges this directory knows, its own included; absent outside a cluster',
              ),
          }),
          ...problems,
        },
      },
    },
    async (_request, reply) => {
      const { publicKeys, regions } = context;
      const answer = regions === undefined ? publicKeys : { ...publicKeys, regions: [...regions] };
      return reply.header('cache-control', 'public, max-age=60').send(answer);
    },
  );
};
