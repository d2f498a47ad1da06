import { z } from 'zod';
import { actorName } from '../callers.ts';
import { MIX_FORMATS, type RecordingReport, TRACK_FORMATS } from '../recordings.ts';
import { type Api, bearer, identify, problems, type RouteContext } from './context.ts';
import { roomName } from './schemas.ts';

const tracks = z.enum(TRACK_FORMATS).describe("Each speaker's packets as they are");
const mix = z.array(z.enum(MIX_FORMATS)).describe('Everybody in one, in each of these formats');

const recordingBody = z.strictObject({
  tracks: tracks.default('ogg'),
  mix: mix.max(MIX_FORMATS.length).default(['mp3']),
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$/,
      'must be 1 to 64 of A-Z a-z 0-9 _ . - not starting with a dot',
    )
    .optional()
    .describe("Of the files' place; made of the room's and the time unless given"),
});
const recordingReply = z
  .object({
    recording: z.string(),
    room: z.string(),
    state: z.enum(['recording', 'done', 'interrupted', 'failed']),
    startedAt: z.string().describe('ISO 8601'),
    seconds: z.number().describe('Recorded so far'),
    bytes: z.number().describe('Of all files so far'),
    speakers: z.array(z.string()).describe('Identities of those who were heard'),
    lostFrames: z.number().int().describe('Frames that never came, and were concealed'),
    unusedFrames: z.number().int().describe('Frames that came too late, or cannot be recorded'),
    tracks,
    mix,
    place: z.string().describe('Where the files are'),
    files: z.array(z.string()),
    reason: z.string().optional().describe('Why it failed'),
  })
  .meta({ id: 'Recording' });
const roomParams = z.object({ room: roomName });
const params = z.object({ room: roomName, recording: z.string().min(1).max(64) });

/** Recordings of a room, for its moderators and admins. */
export const recordingRoutes = (api: Api, context: RouteContext): void => {
  const { callers, recordings } = context;

  api.post(
    '/v1/rooms/:room/recordings',
    {
      schema: {
        operationId: 'startRecording',
        summary: 'Records a room; everybody in it is told',
        tags: ['recordings'],
        security: bearer,
        params: roomParams,
        body: recordingBody.nullish(),
        response: { 201: recordingReply.describe('It runs, and the room has been told'), ...problems },
      },
    },
    async (request, reply) => {
      const { room } = request.params;
      const caller = await identify(context, request);
      await callers.requireModerator(caller, room);
      const asked = recordingBody.parse(request.body ?? {});
      reply.code(201);
      return toReply(await recordings.start(actorName(caller), { room, ...asked }));
    },
  );

  api.get(
    '/v1/rooms/:room/recordings',
    {
      schema: {
        operationId: 'listRecordings',
        summary:
          'Recordings of a room, oldest first: those that run and, of the last 1,000, those that are over',
        tags: ['recordings'],
        security: bearer,
        params: roomParams,
        response: { 200: z.object({ recordings: z.array(recordingReply) }), ...problems },
      },
    },
    async (request) => {
      const { room } = request.params;
      await callers.requireModerator(await identify(context, request), room);
      return { recordings: (await recordings.list(room)).map(toReply) };
    },
  );

  api.get(
    '/v1/rooms/:room/recordings/:recording',
    {
      schema: {
        operationId: 'getRecording',
        summary: 'How far a recording is',
        tags: ['recordings'],
        security: bearer,
        params,
        response: { 200: recordingReply, ...problems },
      },
    },
    async (request) => {
      const { room, recording } = request.params;
      await callers.requireModerator(await identify(context, request), room);
      return toReply(await recordings.get(room, recording));
    },
  );

  api.delete(
    '/v1/rooms/:room/recordings/:recording',
    {
      schema: {
        operationId: 'stopRecording',
        summary: 'Ends a recording; its files stay',
        tags: ['recordings'],
        security: bearer,
        params,
        response: { 200: recordingReply.describe('It is over, and its files are complete'), ...problems },
      },
    },
    async (request) => {
      const { room, recording } = request.params;
      const caller = await identify(context, request);
      await callers.requireModerator(caller, room);
      return toReply(await recordings.stop(actorName(caller), room, recording));
    },
  );
};

const toReply = ({ id, ...report }: RecordingReport): z.infer<typeof recordingReply> => ({
  recording: id,
  ...report,
});
