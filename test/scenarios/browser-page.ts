import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { type RunningStandalone, startStandalone } from '@partyline/standalone';
import { generateTicketKey, mintAccessToken } from '@partyline/tokens';
import type { Browser } from 'playwright-core';
import { CallPage } from '../browser/call-page.ts';
import { openBrowser } from '../browser/chromium.ts';
import { cut, joinBlocks, levelDb } from '../browser/timeline.ts';
import { speechFile } from '../support/speech.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const SECRET = randomBytes(32).toString('base64url');
/** Kept over a restart, as in a cluster: people come back with the tickets they have. */
const TICKET_KEY = generateTicketKey().export({ type: 'pkcs8', format: 'pem' }).toString();
const SPEECH_DB = -50;
const SILENCE_DB = -70;

interface Stage {
  url: string;
  browser: Browser;
  folder: string;
  checks: Expectations;
  say: (line: string) => void;
}

const start = (port = '0'): Promise<RunningStandalone> =>
  startStandalone({
    env: {
      PORT: port,
      OPS_PORT: '0',
      PARTYLINE_API_KEYS: `scenario:${SECRET}`,
      PARTYLINE_TICKET_KEY: TICKET_KEY,
    },
    flags: { guests: true },
  });

/** What the page played between two moments, in dBFS. */
const playedDb = async (page: CallPage, fromMs: number, toMs: number): Promise<number> =>
  levelDb(cut(joinBlocks((await page.recordings()).loudspeaker), fromMs, toMs));

const isHeard = (page: CallPage, name: string): Promise<boolean> =>
  page.page.locator('.person.speaking').filter({ hasText: name }).isVisible();

const pushToTalk = async ({ url, browser, checks }: Stage): Promise<void> => {
  const talker = await CallPage.join(browser, { url, name: 'Ada', room: 'push' });
  const listener = await CallPage.join(browser, { url, name: 'Grace', room: 'push' });
  await listener.sees('Ada', 'speaking');
  await talker.page.getByText('Push to talk').click();
  const hushed = await holdsWithin(async () => !(await isHeard(listener, 'Ada')), 5_000);
  checks.expect(hushed, 'with push to talk somebody is heard who holds nothing');
  await talker.page.keyboard.down('Space');
  const heard = await holdsWithin(() => isHeard(listener, 'Ada'), 5_000);
  checks.expect(heard, 'holding the space bar does not talk');
  await talker.page.keyboard.up('Space');
  const released = await holdsWithin(async () => !(await isHeard(listener, 'Ada')), 5_000);
  checks.expect(released, 'letting go of the space bar does not end the talk');
  await talker.close();
  await listener.close();
};

const echoTest = async ({ url, browser, checks }: Stage): Promise<void> => {
  const alone = await CallPage.join(browser, { url, name: 'Ada', room: 'echo', tapped: true });
  await forMs(1_500);
  const beforeMs = await alone.now();
  await alone.press('Echo test');
  await forMs(5_000);
  const afterMs = await alone.now();
  await alone.press('Echo test');
  const silentDb = await playedDb(alone, beforeMs - 1_000, beforeMs);
  const echoDb = await playedDb(alone, beforeMs + 500, afterMs);
  checks.expect(silentDb <= SILENCE_DB, `without an echo test ${silentDb.toFixed(0)} dBFS are heard`);
  checks.expect(echoDb >= SPEECH_DB, `in an echo test only ${echoDb.toFixed(0)} dBFS are heard`);
  await alone.close();
};

const refusedMicrophone = async ({ url, folder, checks }: Stage, microphoneFile: string): Promise<void> => {
  const strict = await openBrowser({ microphoneFile, answer: 'deny' });
  try {
    const page = await CallPage.open(strict, { url, name: 'Ada', room: 'refused' });
    await page.press('Join with microphone');
    await page.bannerSays('The microphone is not allowed');
    await page.page.screenshot({ path: join(folder, 'refused.png') });
    await page.press('Join and only listen');
    await page.page.getByText('Listening only').waitFor({ timeout: 10_000 });
    checks.expect((await page.banner()) === '', 'the refusal still stands in the banner during the call');
  } finally {
    await strict.close();
  }
};

const removal = async ({ url, browser, checks }: Stage): Promise<void> => {
  const page = await CallPage.join(browser, { url, name: 'Mallory', room: 'removal' });
  const identity = await page.page.evaluate(() => window.partyline?.identity ?? '');
  const token = await mintAccessToken({ keyId: 'scenario', secret: SECRET, admin: true });
  const path = `/v1/rooms/removal/participants/${encodeURIComponent(identity)}`;
  const reply = await fetch(`${url}${path}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  checks.expect(reply.ok, `removing somebody was answered with ${reply.status}`);
  await page.bannerSays('A moderator has removed you');
  await page.close();
};

const edgeGone = async (stage: Stage, standalone: RunningStandalone): Promise<RunningStandalone> => {
  const page = await CallPage.join(stage.browser, { url: stage.url, name: 'Ada', room: 'gone' });
  await standalone.stop();
  await page.bannerSays('Reconnecting by itself');
  await page.page.screenshot({ path: join(stage.folder, 'reconnecting.png') });
  const again = await start(new URL(stage.url).port);
  await page.bannerSays('Connected again', 30_000);
  await page.close();
  return again;
};

const inPage = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const folder = await mkdtemp(join(tmpdir(), 'partyline-browser-page-'));
  const { path: microphoneFile } = await speechFile({ seconds: 10 });
  let standalone = await start();
  const browser = await openBrowser({ microphoneFile });
  const stage: Stage = { url: standalone.url, browser, folder, checks, say: context.say };
  try {
    context.say(`Pictures of the page: ${folder}`);
    await pushToTalk(stage);
    context.say('push to talk: done');
    await echoTest(stage);
    context.say('echo test: done');
    await refusedMicrophone(stage, microphoneFile);
    context.say('refused microphone: done');
    await removal(stage);
    context.say('removal: done');
    standalone = await edgeGone(stage, standalone);
    context.say('edge gone and back: done');
  } finally {
    await browser.close();
    await standalone.stop();
  }
  return checks.outcome;
};

export const run: NamedRun = {
  name: 'browser-page',
  about:
    'The page in Chromium: push to talk, echo test, refused microphone, removal, a lost and returning edge.',
  floor: 'all hold',
  aim: 'all hold',
  run: inPage,
};
