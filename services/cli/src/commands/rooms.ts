import { PartylineError } from '@partyline/client';
import { nodeNetwork } from '@partyline/client/node';
import type { CommandContext, ServiceOptions } from '../context.ts';
import { CommandError, EXIT } from '../exit-codes.ts';

interface RoomRow {
  room: string;
  participants: number;
  publishers: number;
  maxParticipants: number;
  createdAt: number;
}

const TIMEOUT_MS = 10_000;
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
  const base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const url = new URL('v1/rooms', base);
  if (after !== undefined) url.searchParams.set('after', after);
  const { fetch } = nodeNetwork({ insecure: options.insecure === true });
  let status: number;
  let text: string;
  try {
    const response = await fetch(url.href, {
      method: 'GET',
      headers: {
        accept: 'application/json',
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new PartylineError('unreachable', `Nothing answers at ${base.origin} (${code ?? message}).`, {
      cause,
    });
  }
  const body = parse(text);
  if (status !== 200) {
    const detail = typeof body?.detail === 'string' ? body.detail : `HTTP status ${status}`;
    throw new PartylineError(status >= 500 ? 'service_failed' : 'not_allowed', detail, { status });
  }
  if (!Array.isArray(body?.rooms)) {
    throw new CommandError(EXIT.failed, `${base.origin} answered, but not as a Partyline directory does.`);
  }
  return body as unknown as { rooms: RoomRow[]; next?: string };
};

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};
