import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { freePort } from '@partyline/redis/server';
import type { CallTab } from '../browser/call-tab.ts';
import { type PageFeatures, readPageFeatures } from '../browser/page-features.ts';
import { prepareBrowsers } from '../browser/prepare-browsers.ts';
import { type Cast, joinAll, openCast, othersOf, type Room } from './browsers/cast.ts';
import { checkBeeps, checkLevels, checkSpeech } from './browsers/checks.ts';
import { hearBeeps, hearSpeech, type Recordings, takeRecordings } from './browsers/hearing.ts';
import { Server } from './browsers/server.ts';
import {
  adaTalks,
  alanBeeps,
  type Floor,
  graceTalks,
  pushToTalk,
  type Span,
  silence,
} from './browsers/turns.ts';

const SILENT_MS = 2_000;
const HELD_MS = 2_500;

/** What happened when, for the ears of afterwards. */
interface Call {
  room: Room;
  /** By browser. */
  features: Map<string, PageFeatures>;
  recordings: Recordings;
  silent: Span;
  ada: Floor;
  grace: Floor;
  alan: Floor;
  held: { speaker: CallTab; span: Span }[];
  afterRestart: Floor;
}

const allAreMuted = async (room: Room): Promise<void> => {
  for (const call of room.everybody)
    for (const other of othersOf(room, call)) await other.sees(call.name, 'muted');
};

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

const callTogether = async (
  cast: Cast,
  server: Server,
  options: { folder: string; checks: Expectations; say: RunContext['say'] },
): Promise<Call> => {
  const { folder, checks, say } = options;
  const room = await joinAll(cast, server.url, 'browsers');
  for (const call of room.everybody) await call.press('Mute');
  await allAreMuted(room);
  say('everybody is in the room and muted');
  const features: Call['features'] = new Map();
  for (const { tab } of room.everybody) features.set(tab.browser, await tab.evaluate(readPageFeatures));
  const silent = await silence(SILENT_MS);
  const ada = await adaTalks(cast, room);
  const grace = await graceTalks(cast, room);
  const alan = await alanBeeps(room);
  say('each has talked');
  const held: Call['held'] = [];
  for (const speaker of room.everybody)
    held.push({ speaker, span: await pushToTalk(room, speaker, HELD_MS) });
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
  return { room, features, recordings, silent, ada, grace, alan, held, afterRestart };
};

const featureTable = (features: Call['features']): string[][] => {
  const names = Object.keys([...features.values()][0]!) as (keyof PageFeatures)[];
  return [
    ['feature', ...features.keys()],
    ...names.map((name) => [name, ...[...features.values()].map((found) => String(found[name]))]),
  ];
};

const inBrowsers = async (context: RunContext): Promise<RunOutcome> => {
  try {
    await prepareBrowsers();
  } catch (error) {
    return { pass: false, failures: [error instanceof Error ? error.message : String(error)] };
  }
  const checks = new Expectations();
  const folder = await mkdtemp(join(tmpdir(), 'partyline-browsers-'));
  const server = new Server(await freePort('127.0.0.1'));
  let cast: Cast | undefined;
  try {
    await server.start();
    cast = await openCast();
    const { ada, grace, alan, adaSpeech, graceSpeech } = cast;
    const browsers = [ada, grace, alan].map(({ browser }) => browser);
    context.say(`${browsers.join(', ')}; recordings and pictures: ${folder}`);
    const call = await callTogether(cast, server, { folder, checks, say: context.say });
    // What was heard is looked at once nobody is disturbed by it any more.
    await cast.close();
    const { room, recordings, silent, held } = call;
    const speech = [
      ...(await hearSpeech(recordings, call.ada, adaSpeech, { speaker: 'Ada', folder })),
      ...(await hearSpeech(recordings, call.grace, graceSpeech, { speaker: 'Grace', folder })),
    ];
    const beeps = hearBeeps(recordings, call.alan);
    const beepsAfterRestart = hearBeeps(recordings, call.afterRestart);
    checkSpeech(checks, speech, context.ci);
    checkBeeps(checks, beeps);
    checkBeeps(checks, beepsAfterRestart);
    checkLevels(checks, recordings, room, { silent, held });
    context.table(featureTable(call.features));
    context.table([
      ['from', 'to', 'PESQ', 'correlation', 'mouth to ear, ms', 'getStats(), ms'],
      ...speech.map((heard) => Object.values(heard) as (string | number)[]),
    ]);
    context.table([
      ['beeps at', '1,500 Hz', '500 Hz', 'ms apart'],
      ...[...beeps, ...beepsAfterRestart].map(({ listener, bips, bops, apartMs }) => [
        listener,
        bips,
        bops,
        apartMs.join(' '),
      ]),
    ]);
    return {
      ...checks.outcome,
      features: Object.fromEntries(call.features),
      speech,
      beeps,
      beepsAfterRestart,
    };
  } finally {
    await cast?.close();
    await server.stop();
  }
};

export const run: NamedRun = {
  name: 'browsers',
  about:
    'Chromium, Firefox and WebKit in one room: each hears the others; mute, push to talk, restart, leave.',
  floor: 'each hears the others',
  aim: 'each hears the others',
  run: inBrowsers,
};
