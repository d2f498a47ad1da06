import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { freePort } from '@partyline/redis/server';
import type { PageFeatures } from '../browser/page-features.ts';
import { prepareBrowsers } from '../browser/prepare-browsers.ts';
import { type Cast, openCast } from './browsers/cast.ts';
import { checkBeeps, checkLevels, checkSpeech } from './browsers/checks.ts';
import { type HeardBeeps, type HeardSpeech, hearBeeps, hearSpeech } from './browsers/hearing.ts';
import { type OlderCall, olderCall } from './browsers/older-call.ts';
import { Server } from './browsers/server.ts';
import type { Floor } from './browsers/turns.ts';
import { type WholeCall, wholeCall } from './browsers/whole-call.ts';

const featureTable = (features: WholeCall['features']): string[][] => {
  const names = Object.keys([...features.values()][0]!) as (keyof PageFeatures)[];
  return [
    ['feature', ...features.keys()],
    ...names.map((name) => [name, ...[...features.values()].map((found) => String(found[name]))]),
  ];
};

/** How the voices of one call came out, at everybody's loudspeaker. */
const judge = async (
  cast: Cast,
  call: OlderCall,
  { folder, checks, context }: { folder: string; checks: Expectations; context: RunContext },
): Promise<HeardSpeech[]> => {
  const { adaSpeech, graceSpeech } = cast;
  const speech = [
    ...(await hearSpeech(call.recordings, call.ada, adaSpeech, { speaker: 'Ada', folder })),
    ...(await hearSpeech(call.recordings, call.grace, graceSpeech, { speaker: 'Grace', folder })),
  ];
  checkSpeech(checks, speech, context.ci);
  context.table([
    ['from', 'to', 'PESQ', 'correlation', 'mouth to ear, ms', 'getStats(), ms'],
    ...speech.map((heard) => Object.values(heard) as (string | number)[]),
  ]);
  return speech;
};

const judgeBeeps = (
  call: OlderCall,
  floors: readonly Floor[],
  checks: Expectations,
  context: RunContext,
): HeardBeeps[] => {
  const beeps = floors.flatMap((floor) => hearBeeps(call.recordings, floor));
  checkBeeps(checks, beeps);
  context.table([
    ['beeps at', '1,500 Hz', '500 Hz', 'ms apart'],
    ...beeps.map(({ listener, bips, bops, apartMs }) => [listener, bips, bops, apartMs.join(' ')]),
  ]);
  return beeps;
};

/** What was heard is looked at once the browsers are closed: nobody is disturbed by it any more. */
const withCast = async <T>(webCodecs: boolean, use: (cast: Cast) => Promise<T>): Promise<T> => {
  const cast = await openCast({ webCodecs });
  try {
    return await use(cast);
  } finally {
    await cast.close();
  }
};

interface Judging {
  server: Server;
  folder: string;
  checks: Expectations;
  context: RunContext;
}

const inCurrent = async ({ server, folder, checks, context }: Judging): Promise<Partial<RunOutcome>> => {
  const { say } = context;
  const [cast, call] = await withCast(true, async (opened) => {
    const browsers = [opened.ada, opened.grace, opened.alan].map(({ browser }) => browser);
    say(`${browsers.join(', ')}; recordings and pictures: ${folder}`);
    return [opened, await wholeCall(opened, server, { folder, checks, say })] as const;
  });
  context.table(featureTable(call.features));
  const speech = await judge(cast, call, { folder, checks, context });
  const beeps = judgeBeeps(call, [call.alan, call.afterRestart], checks, context);
  checkLevels(checks, call.recordings, call.levels);
  return { features: Object.fromEntries(call.features), speech, beeps };
};

const inOlder = async ({ server, folder, checks, context }: Judging): Promise<Partial<RunOutcome>> => {
  context.say(`Firefox and WebKit have no WebCodecs; recordings: ${folder}`);
  const [cast, call] = await withCast(
    false,
    async (opened) => [opened, await olderCall(opened, server, checks)] as const,
  );
  const speech = await judge(cast, call, { folder, checks, context });
  return { speech, beeps: judgeBeeps(call, [call.alan], checks, context) };
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
  try {
    await server.start();
    const judging = { server, folder, checks, context };
    const figures = await (context.options.has('older') ? inOlder(judging) : inCurrent(judging));
    return { ...figures, ...checks.outcome };
  } finally {
    await server.stop();
  }
};

export const run: NamedRun = {
  name: 'browsers',
  about: 'Chromium, Firefox and WebKit in one room: each hears the others. --older: without WebCodecs.',
  floor: 'each hears the others',
  aim: 'each hears the others',
  run: inBrowsers,
};
