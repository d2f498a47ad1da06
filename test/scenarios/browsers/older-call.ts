import type { Expectations } from '@partyline/harness';
import { type Cast, featuresOf, joinAll, muteAll, type Room } from './cast.ts';
import { type Recordings, takeRecordings } from './hearing.ts';
import type { Server } from './server.ts';
import { adaTalks, alanBeeps, type Floor, graceTalks } from './turns.ts';

/** What happened in a call with browsers that have no Opus of their own. */
export interface OlderCall {
  room: Room;
  recordings: Recordings;
  ada: Floor;
  grace: Floor;
  alan: Floor;
}

/** Everybody talks, where Firefox and WebKit have no WebCodecs: libopus in WebAssembly speaks and hears for them. */
export const olderCall = async (cast: Cast, server: Server, checks: Expectations): Promise<OlderCall> => {
  const room = await joinAll(cast, server.url, 'older-browsers');
  await muteAll(room);
  const features = await featuresOf(room);
  for (const { tab } of [room.grace, room.alan]) {
    const { encodesOpus, decodesOpus } = features.get(tab.browser)!;
    checks.expect(
      !encodesOpus && !decodesOpus,
      `${tab.browser} has WebCodecs, which were to be switched off`,
    );
  }
  const ada = await adaTalks(cast, room);
  const grace = await graceTalks(cast, room);
  const alan = await alanBeeps(room);
  for (const { tab } of room.everybody)
    checks.expect(tab.errors.length === 0, `${tab.browser} reports errors: ${tab.errors.join('; ')}`);
  return { room, recordings: await takeRecordings(cast, room), ada, grace, alan };
};
