import type { Room } from '@partyline/client';
import { RecordingError } from './errors.ts';

/** An edge answers within its round trip and a tick; one that does not answer at all knows nothing of recordings. */
const TIMEOUT_MS = 5_000;

/**
 * Has everybody in the room told that it is recorded, and waits until that has happened.
 * @throws RecordingError `no_consent`
 */
export const announce = async (room: Room): Promise<void> => {
  room.setRecording(true);
  if (room.recording !== undefined) return;
  let stop = (): void => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const told = new Promise<boolean>((resolve) => {
    stop = room.on('recording', (recording) => {
      if (recording !== undefined) resolve(true);
    });
    timer = setTimeout(() => resolve(false), TIMEOUT_MS);
  });
  const isTold = await told;
  clearTimeout(timer);
  stop();
  if (isTold) return;
  room.setRecording(false);
  throw new RecordingError(
    'no_consent',
    'The edge does not tell the room that it is recorded, so nothing is: the token needs the subscribe grant, and the edge this version.',
  );
};
