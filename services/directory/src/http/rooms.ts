import type { RoomRecord } from '@partyline/registry';
import { z } from 'zod';
import { actorName } from '../callers.ts';
import { roomNotFound } from '../moderation.ts';
import { Problem } from '../problem.ts';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';
import { applied, cutPage, metadata, pageQuery, roomName } from './schemas.ts';

const roomSettings = z.strictObject({
  maxParticipants: z.number().int().min(1).max(20_000).optional(),
  emptyTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(31_536_000)
    .optional()
    .describe('Kept this long while empty'),
  metadata: metadata.optional().describe("The application's own text about the room"),
});
const roomReply = z
  .object({
    room: z.string(),
    maxParticipants: z.number().int(),
    emptyTimeoutSeconds: z.number().int(),
    metadata: z.string(),
    createdAt: z.number().describe('Epoch ms'),
    participants: z.number().int(),
    publishers: z.number().int(),
  })
  .meta({ id: 'Room' });
const params = z.object({ room: roomName });

/** Rooms: for admins, reading also for guests where that is allowed. */
export const roomRoutes = (api: Api, context: RouteContext): void => {
  const { registry, callers, moderation, config } = context;

  api.get(
    '/v1/rooms',
    {
      schema: {
        operationId: 'listRooms',
        summary: 'Rooms, by name',
        tags: ['rooms'],
        security: bearer,
        querystring: pageQuery,
        response: {
          200: z.object({ rooms: z.array(roomReply), next: z.string().optional() }),
          ...problems,
        },
      },
    },
    async (request) => {
      const caller = await identify(context, request);
      if (!(config.guestAdmin && caller.kind === 'nobody')) callers.requireAdmin(caller);
      const { after, limit } = request.query;
      const found = await registry.rooms({ limit: limit + 1, ...(after !== undefined && { after }) });
      const { items, next } = cutPage(found, limit, ({ room }) => room);
      return { rooms: items, ...(next !== undefined && { next }) };
    },
  );

  api.post(
    '/v1/rooms',
    {
      schema: {
        operationId: 'createRoom',
        summary: 'Create a room; doing it twice is no error, other settings are',
        tags: ['rooms'],
        security: bearer,
        body: z.strictObject({ room: roomName, settings: roomSettings.optional() }),
        response: {
          200: roomReply.describe('It was there, with these settings'),
          201: roomReply.describe('Created'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      callers.requireAdmin(await identify(context, request));
      const { room, settings = {} } = request.body;
      const result = await registry.createRoom(room, settings);
      if (result.ok) return reply.code(result.created ? 201 : 200).send(result.room);
      if (result.reason === 'too_many_rooms') {
        throw new Problem(
          503,
          'too_many_rooms',
          'No more rooms can be opened now: delete some, or try later.',
          {
            retryAfterSeconds: 30,
          },
        );
      }
      const detail = `The room is there with other settings (${describe(result.room)}): delete it first.`;
      throw new Problem(409, 'different_settings', detail);
    },
  );

  api.get(
    '/v1/rooms/:room',
    {
      schema: {
        operationId: 'getRoom',
        summary: 'One room',
        tags: ['rooms'],
        security: bearer,
        params,
        response: { 200: roomReply, ...problems },
      },
    },
    async (request) => {
      const { room } = request.params;
      const caller = await identify(context, request);
      if (!(config.guestAdmin && caller.kind === 'nobody')) await callers.requireModerator(caller, room);
      const found = await registry.room(room);
      if (found === undefined) throw roomNotFound();
      return found;
    },
  );

  const closed = z.object({ room: z.string(), applied });
  api.delete(
    '/v1/rooms/:room',
    {
      schema: {
        operationId: 'deleteRoom',
        summary: 'Delete a room and close every session in it',
        tags: ['rooms'],
        security: bearer,
        params,
        response: {
          200: closed.describe('Every edge has closed it'),
          202: closed.describe('Deleted; an edge has not answered yet'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const caller = await identify(context, request);
      callers.requireAdmin(caller);
      const { room } = request.params;
      const outcome = await moderation.deleteRoom(actorName(caller), room);
      return reply.code(outcome === 'pending' ? 202 : 200).send({ room, applied: outcome });
    },
  );
};

const describe = ({ maxParticipants, emptyTimeoutSeconds }: RoomRecord): string =>
  `maxParticipants ${maxParticipants}, emptyTimeoutSeconds ${emptyTimeoutSeconds}`;
