import { join } from 'node:path';
import type { Expectations, RunContext } from '@partyline/harness';
import type { PageFeatures } from '../../browser/page-features.ts';
import { allAreMuted, type Cast, featuresOf, joinAll, muteAll, othersOf, type Room } from './cast.ts';
import { type ExpectedLevel, type Recordings, takeRecordings } from './hearing.ts';
import type { Server } from './server.ts';
import { adaTalks, alanBeeps, type Floor, graceTalks, pushToTalk, silence, talksToTheDeaf } from './turns.ts';

const SILENT_MS = 2_000;
const HELD_MS = 2_500;
const DEAF_MS = 3_000;

/** What happened when, for the ears of afterwards. */
export interface WholeCall {
  room: Room;
  /** By browser. */
  features: Map<string, PageFeatures>;
  recordings: Recordings;
  /** Where something was to be heard, or nothing. */
  levels: ExpectedLevel[];
  ada: Floor;
  grace: Floor;
  alan: Floor;
  afterRestart: Floor;
}

/** Everybody is told that the edge is gone, and comes back by themselves. */
const restart = async (room: Room, server: Server): Promise<void> => {
  server.kill();
  for (const call of room.everybody) await call.bannerSays('Reconnecting by itself');
  await server.start();
  for (const call of room.everybody) await call.isConnected(40_000);
  await allAreMuted(room);
};

/** One after the other leaves; who stays sees it. */
const leaveAll = async (room: Room): Promise<void> => {
  const staying = [...room.everybody];
  for (let leaver = staying.pop(); leaver !== undefined; leaver = staying.pop()) {
    await leaver.press('Leave');
    for (const other of staying) await other.misses(leaver.name);
    await leaver.isOut();
  }
};

export const wholeCall = async (
  cast: Cast,
  server: Server,
  options: { folder: string; checks: Expectations; say: RunContext['say'] },
): Promise<WholeCall> => {
  const { folder, checks, say } = options;
  const room = await joinAll(cast, server.url, 'browsers');
  await muteAll(room);
  say('everybody is in the room and muted');
  const features = await featuresOf(room);
  const silent = await silence(SILENT_MS);
  const levels: ExpectedLevel[] = room.everybody.map((listener) => ({
    listener,
    span: silent,
    heard: false,
    when: 'everybody is muted',
  }));
  const ada = await adaTalks(cast, room);
  const grace = await graceTalks(cast, room);
  const alan = await alanBeeps(room);
  say('each has talked');
  const span = await talksToTheDeaf(room, { speaker: room.ada, deaf: room.grace, lengthMs: DEAF_MS });
  levels.push(
    { listener: room.grace, span, heard: false, when: 'deafened, and Ada talks' },
    { listener: room.alan, span, heard: true, when: 'Grace is deafened, and Ada talks' },
  );
  for (const speaker of room.everybody) {
    const held = await pushToTalk(room, speaker, HELD_MS);
    for (const listener of othersOf(room, speaker))
      levels.push({ listener, span: held, heard: true, when: `${speaker.name} holds the space bar` });
  }
  say('each has pushed to talk');
  for (const { tab, name } of room.everybody) {
    await tab.screenshot(join(folder, `${name}.png`));
    checks.expect(tab.errors.length === 0, `${tab.browser} reports errors: ${tab.errors.join('; ')}`);
  }
  await restart(room, server);
  say('the edge was gone, and everybody is back');
  const afterRestart = await alanBeeps(room);
  const recordings = await takeRecordings(cast, room);
  await leaveAll(room);
  return { room, features, recordings, levels, ada, grace, alan, afterRestart };
};
