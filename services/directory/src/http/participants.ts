import { MAX_REASON_CHARS, MAX_REMOVAL_SECONDS } from '@partyline/protocol';
import type { MemberRecord } from '@partyline/registry';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { actorName } from '../callers.ts';
import { ticketLifeSeconds } from '../config.ts';
import { type ModerationOutcome, roomNotFound } from '../moderation.ts';
import { Problem } from '../problem.ts';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';
import { applied, cutPage, identityName, pageQuery, roomName, selection } from './schemas.ts';

const participantReply = z
  .object({
    identity: z.string(),
    name: z.string(),
    metadata: z.string().optional(),
    streamId: z.number().int(),
    edge: z.string(),
    joinedAt: z.number().describe('Epoch ms'),
    publisher: z.boolean(),
    hidden: z.boolean(),
    muted: z.boolean().describe('By itself'),
    moderated: z.boolean().describe('Muted by a moderator'),
    reconnecting: z.boolean(),
    selection,
  })
  .meta({ id: 'Participant' });
const moderationReply = z
  .object({
    room: z.string(),
    identity: z.string(),
    applied,
    muted: z.boolean(),
    removedUntil: z.number().describe('Epoch ms; 0 when not removed'),
    selection,
  })
  .meta({ id: 'Moderation' });
const moderationReplies = {
  200: moderationReply.describe('The edge has done it, or nobody is connected'),
  202: moderationReply.describe('Kept; the edge has not answered yet'),
  ...problems,
};
const roomParams = z.object({ room: roomName });
const params = z.object({ room: roomName, identity: identityName });
const removeQuery = z.strictObject({
  seconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_REMOVAL_SECONDS)
    .optional()
    .describe('How long joining is refused; 0 only disconnects. Default: as long as a ticket can live'),
  reason: z.string().max(MAX_REASON_CHARS).default('').describe('Shown to the participant'),
});

/** Participants of a room, and what moderators do with them. */
export const participantRoutes = (api: Api, context: RouteContext): void => {
  const { registry, callers, moderation, config } = context;
  const removalSeconds = config.removalSeconds ?? ticketLifeSeconds(config);

  api.get(
    '/v1/rooms/:room/participants',
    {
      schema: {
        operationId: 'listParticipants',
        summary: 'Participants who are connected, by stream id',
        tags: ['participants'],
        security: bearer,
        params: roomParams,
        querystring: pageQuery,
        response: {
          200: z.object({ participants: z.array(participantReply), next: z.string().optional() }),
          ...problems,
        },
      },
    },
    async (request) => {
      const { room } = request.params;
      const caller = await identify(context, request);
      if (!(config.guestAdmin && caller.kind === 'nobody')) await callers.requireModerator(caller, room);
      if ((await registry.room(room)) === undefined) throw roomNotFound();
      const { after, limit } = request.query;
      if (after !== undefined && !/^\d{1,10}$/.test(after)) {
        throw new Problem(400, 'invalid_request', 'query/after: use "next" of the page before.');
      }
      const found = await registry.members(room, { limit: limit + 1, ...(after !== undefined && { after }) });
      const { items, next } = cutPage(found, limit, ({ streamId }) => String(streamId));
      return { participants: items.map(toReply), ...(next !== undefined && { next }) };
    },
  );

  api.get(
    '/v1/rooms/:room/participants/:identity',
    {
      schema: {
        operationId: 'getParticipant',
        summary: 'One participant who is connected',
        tags: ['participants'],
        security: bearer,
        params,
        response: { 200: participantReply, ...problems },
      },
    },
    async (request) => {
      const { room, identity } = request.params;
      const caller = await identify(context, request);
      if (!(config.guestAdmin && caller.kind === 'nobody')) await callers.requireModerator(caller, room);
      const member = await registry.member(room, identity);
      if (member !== undefined) return toReply(member);
      throw new Problem(
        404,
        'participant_not_found',
        'Nobody with this identity is connected to the room now.',
      );
    },
  );

  api.post(
    '/v1/rooms/:room/participants/:identity/mute',
    {
      schema: {
        operationId: 'muteParticipant',
        summary: 'Mute or unmute; outlives a reconnect',
        tags: ['participants'],
        security: bearer,
        params,
        body: z.strictObject({ muted: z.boolean() }),
        response: moderationReplies,
      },
    },
    async (request, reply) => {
      const { room, identity } = request.params;
      const caller = await identify(context, request);
      await callers.requireModerator(caller, room);
      const outcome = await moderation.mute(actorName(caller), room, identity, request.body.muted);
      return sendOutcome(reply, room, identity, outcome);
    },
  );

  api.patch(
    '/v1/rooms/:room/participants/:identity',
    {
      schema: {
        operationId: 'updateParticipant',
        summary: 'How the selector treats it: pinned is a priority speaker, excluded is never forwarded',
        tags: ['participants'],
        security: bearer,
        params,
        body: z.strictObject({ selection }),
        response: moderationReplies,
      },
    },
    async (request, reply) => {
      const { room, identity } = request.params;
      const caller = await identify(context, request);
      await callers.requireModerator(caller, room);
      const outcome = await moderation.select(actorName(caller), room, identity, request.body.selection);
      return sendOutcome(reply, room, identity, outcome);
    },
  );

  api.delete(
    '/v1/rooms/:room/participants/:identity',
    {
      schema: {
        operationId: 'removeParticipant',
        summary: 'Disconnect and keep out for a while',
        tags: ['participants'],
        security: bearer,
        params,
        querystring: removeQuery,
        response: moderationReplies,
      },
    },
    async (request, reply) => {
      const { room, identity } = request.params;
      const { seconds = removalSeconds, reason } = request.query;
      const caller = await identify(context, request);
      await callers.requireModerator(caller, room);
      const outcome = await moderation.remove(actorName(caller), room, identity, seconds, reason);
      return sendOutcome(reply, room, identity, outcome);
    },
  );
};

const toReply = (member: MemberRecord): z.infer<typeof participantReply> => {
  // Boot and generation are between edges; nobody outside can do anything with them.
  const { boot: _boot, generation: _generation, ...rest } = member;
  return rest;
};

const sendOutcome = (
  reply: FastifyReply,
  room: string,
  identity: string,
  { applied: how, state }: ModerationOutcome,
): FastifyReply => reply.code(how === 'pending' ? 202 : 200).send({ room, identity, applied: how, ...state });
