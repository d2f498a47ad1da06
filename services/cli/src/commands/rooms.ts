import type { CommandContext, ServiceOptions } from '../context.ts';
import { askApi, notPartyline } from '../directory-api.ts';

interface RoomRow {
  room: string;
  participants: number;
  publishers: number;
  maxParticipants: number;
  createdAt: number;
}

/** Pages that are read at most; a cluster with more rooms is for the API. */
const MAX_PAGES = 100;

/** Lists the rooms there are. */
export const rooms = async (options: ServiceOptions, context: CommandContext): Promise<void> => {
  const found: RoomRow[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await readPage(options, context, after);
    found.push(...reply.rooms);
    after = reply.next;
    if (after === undefined) break;
  }
  if (options.json === true) {
    context.output.result(JSON.stringify({ rooms: found }));
    return;
  }
  if (found.length === 0) {
    context.output.result('No rooms.');
    return;
  }
  const width = Math.max(4, ...found.map(({ room }) => room.length));
  context.output.result(`${'ROOM'.padEnd(width)}  PEOPLE  MAY TALK  SINCE`);
  for (const { room, participants, publishers, createdAt } of found) {
    const people = String(participants).padStart(6);
    const talkers = String(publishers).padStart(8);
    context.output.result(
      `${room.padEnd(width)}  ${people}  ${talkers}  ${new Date(createdAt).toISOString()}`,
    );
  }
};

const readPage = async (
  options: ServiceOptions,
  context: CommandContext,
  after: string | undefined,
): Promise<{ rooms: RoomRow[]; next?: string }> => {
  const reply = await askApi(options, context, { method: 'GET', path: 'v1/rooms', query: { after } });
  if (!Array.isArray(reply.rooms)) throw notPartyline(options);
  return reply as unknown as { rooms: RoomRow[]; next?: string };
};
