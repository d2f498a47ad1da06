import { isRoomId } from '@partyline/protocol';
import { PartylineError } from './errors.ts';
import { LiveRoom } from './live-room.ts';
import type { JoinRoomOptions } from './options.ts';
import type { Room } from './room-types.ts';

/**
 * Joins a room and resolves once in it; from then on the client reconnects by itself.
 *
 * @example
 * const room = await joinRoom({ url: 'http://127.0.0.1:8080', room: 'lobby', name: 'Ada' });
 * room.on('participants', ({ participants }) => show(participants));
 *
 * @throws PartylineError `invalid_option`, `unreachable`, `join_refused`, `not_allowed`, `removed`, `room_full`,
 * `rate_limited`, `service_failed`, `timeout`, `aborted`
 */
export const joinRoom = async (options: JoinRoomOptions): Promise<Room> => {
  if (!isRoomId(options.room)) {
    throw new PartylineError(
      'invalid_option',
      'A room name has 1 to 64 letters, digits, "_", "." or "-" and starts with a letter or digit.',
    );
  }
  const room = new LiveRoom(options);
  await room.join();
  return room;
};
