import { z } from 'zod';
import { toProblem } from '../problem.ts';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';
import { displayName, edgeNames, metadata, roomName } from './schemas.ts';

const joinBody = z
  .looseObject({
    name: displayName.optional().describe('Display name, where the token has none'),
    resumeId: z.string().min(1).max(128).optional().describe('From the last join: keeps the stream id'),
    avoid: edgeNames.optional().describe('Edges that just failed this client'),
    region: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('Preferred region; one that has no edge is as good as none'),
    metadata: metadata.optional().describe("The application's own text about the participant"),
  })
  .refine((body) => !('grants' in body), 'Grants come from the token alone: leave out "grants"')
  .describe(
    'Grants come from the token alone; a body that names any is refused. Other unknown fields are ignored, so that a newer client can join.',
  );

const edgeUrl = z.object({ edge: z.string(), url: z.string() });
/** Also the answer to a move. */
export const joinReply = z
  .object({
    ticket: z.string().describe('Goes in "hello" within 5 s, never in a URL'),
    ticketExpiresAt: z.number().describe('Epoch ms'),
    room: z.string(),
    identity: z.string(),
    streamId: z.number().int(),
    resumeId: z.string(),
    generation: z.number().int(),
    url: z.string().describe("WebSocket URL; a bare path is relative to the directory's own"),
    edge: z.string(),
    fallbacks: z.array(edgeUrl).describe("Other edges, in the room's own order"),
  })
  .meta({ id: 'JoinReply' });

/** Joining a room. */
export const joinRoutes = (api: Api, context: RouteContext): void => {
  const { joins, limits, metrics } = context;
  api.post(
    '/v1/rooms/:room/join',
    {
      schema: {
        operationId: 'joinRoom',
        summary: 'Join a room: a ticket, and the edge to connect to',
        description:
          'With an access token for the room; or with a ticket of a session to resume, up to 15 min past its expiry; or without either where guests are allowed.',
        tags: ['rooms'],
        security: [...bearer, {}],
        params: z.object({ room: roomName }),
        body: joinBody.nullish(),
        response: { 200: joinReply, ...problems },
      },
    },
    async (request, reply) => {
      try {
        await limits.joinAddress(request);
        const { room } = request.params;
        const body = request.body ?? {};
        const caller = await identify(context, request);
        const joiner = joins.joiner(caller, room, body);
        // A guest's identity is new each time; the limit of its address is the one that counts.
        if (caller.kind !== 'nobody') await limits.identity(request, room, joiner.identity);
        const { region, avoid = [] } = body;
        const answer = await joins.join(room, joiner, { regions: [region], avoid });
        const credential = joiner.resumed ? 'ticket' : caller.kind === 'nobody' ? 'guest' : 'access_token';
        metrics.joined(credential, reply.elapsedTime / 1_000);
        return reply.header('cache-control', 'no-store').send(answer);
      } catch (error) {
        metrics.joinRefused(toProblem(error)?.code ?? 'internal_error');
        throw error;
      }
    },
  );
};
