import type { Room } from './room-types.ts';

/** Gives up as soon as the caller's signal says so, until the room is closed. */
export const heed = (signal: AbortSignal | undefined, room: Pick<Room, 'on'>, giveUp: () => void): void => {
  if (signal === undefined) return;
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  room.on('state', ({ phase }) => {
    if (phase === 'closed') signal.removeEventListener('abort', giveUp);
  });
};
