import type { Session } from './session.ts';

/** So many sockets are asked: of 20,000 it would take the event loop some milliseconds. */
const MAX_ASKED = 1_000;

/** Bytes that the sockets have not taken yet; of many sessions, from some of them spread evenly. */
export const bufferedBytes = (sessions: ReadonlySet<Pick<Session, 'connection'>>): number => {
  const stride = Math.ceil(sessions.size / MAX_ASKED);
  let bytes = 0;
  let asked = 0;
  let at = 0;
  for (const { connection } of sessions) {
    if (at++ % stride !== 0) continue;
    bytes += connection.bufferedBytes();
    asked += 1;
  }
  return asked === 0 ? 0 : Math.round((bytes / asked) * sessions.size);
};
