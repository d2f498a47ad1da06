import { joinRoom, type Room } from '@partyline/client';
import { nodeNetwork, prepareVoice } from '@partyline/client/node';
import type { CodecFormat } from '@partyline/protocol';
import { installedCodecs } from './codec-modules.ts';
import type { CommandContext, RoomOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';

/**
 * Joins a room, does something there, and leaves, whatever happens. A room that closes meanwhile ends the
 * visit with the reason.
 * @param options with `codecs` others than all that can be decoded here
 */
export const visitRoom = async <T>(
  options: RoomOptions & { codecs?: readonly CodecFormat[] },
  context: CommandContext,
  visit: (room: Room, signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const { output } = context;
  // Ctrl-C gives up joining; once in the room it is the visit that ends, with its summary and a good-bye.
  const joining = new AbortController();
  const giveUp = (): void => joining.abort();
  context.signal.addEventListener('abort', giveUp, { once: true });
  await prepareVoice();
  const room = await joinRoom({
    url: options.url,
    room: options.room,
    name: options.name,
    client: 'partyline cli',
    codecs: options.codecs ?? (await installedCodecs()),
    network: nodeNetwork({ insecure: options.insecure === true }),
    signal: joining.signal,
    ...(options.token === undefined ? {} : { token: options.token }),
  }).catch((error: unknown) => {
    if (context.signal.aborted)
      throw new CommandError(EXIT.failed, 'Interrupted before the room was joined.');
    throw error;
  });
  context.signal.removeEventListener('abort', giveUp);
  const over = new AbortController();
  room.on('state', (state) => {
    if (state.phase === 'reconnecting' && state.attempt === 1)
      output.note(`${state.reason.message} Reconnecting.`);
    if (state.phase === 'closed') over.abort();
  });
  room.on('error', (error) => output.note(error.message));
  const tellOfRecording = (): void => output.note(recordingNote(room));
  if (room.recording !== undefined) tellOfRecording();
  room.on('recording', tellOfRecording);
  try {
    await room.whenReady();
    const result = await visit(room, over.signal);
    if (room.state.phase === 'closed' && room.state.reason !== undefined && !context.signal.aborted) {
      throw room.state.reason;
    }
    return result;
  } finally {
    await room.leave();
  }
};

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const recordingNote = ({ name, recording }: Room): string =>
  recording === undefined
    ? `Room ${name} is no longer recorded.`
    : `Room ${name} is being recorded, since ${new Date(recording.sinceMs).toISOString()}.`;
