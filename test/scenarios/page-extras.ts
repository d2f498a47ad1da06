import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { type RunningStandalone, startStandalone } from '@partyline/standalone';
import { generateTicketKey, mintAccessToken } from '@partyline/tokens';
import { CallPage } from '../browser/call-page.ts';
import { openBrowser } from '../browser/chromium.ts';
import { speechFile } from '../support/speech.ts';
import { chatting, writingOffline } from './page-extras/chatting.ts';
import { codecs } from './page-extras/codecs.ts';
import { moderating } from './page-extras/moderating.ts';
import type { Stage } from './page-extras/part.ts';
import { probeTones, tones } from './page-extras/tones.ts';
import { watching } from './page-extras/watching.ts';

const ROOM = 'extras';
const KEY = { keyId: 'scenario', secret: randomBytes(32).toString('base64url') };
/** Kept over a restart, as in a cluster: people come back with the tickets they have. */
const TICKET_KEY = generateTicketKey().export({ type: 'pkcs8', format: 'pem' }).toString();

const start = (port = '0'): Promise<RunningStandalone> =>
  startStandalone({
    env: {
      PORT: port,
      OPS_PORT: '0',
      PARTYLINE_API_KEYS: `${KEY.keyId}:${KEY.secret}`,
      PARTYLINE_TICKET_KEY: TICKET_KEY,
    },
    flags: { guests: true },
  });

const inPages = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const folder = await mkdtemp(join(tmpdir(), 'partyline-page-extras-'));
  const { path: microphoneFile } = await speechFile({ seconds: 10 });
  let standalone = await start();
  const browser = await openBrowser({ microphoneFile });
  const { url } = standalone;
  const phone = { colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const;
  try {
    context.say(`Pictures of the page: ${folder}`);
    const ada = await CallPage.join(browser, { url, name: 'Ada', room: ROOM });
    const grace = await CallPage.join(browser, { url, name: 'Grace', room: ROOM, script: probeTones });
    const alan = await CallPage.join(browser, { url, name: 'Alan', room: ROOM, context: phone });
    const token = (identity: string): Promise<string> => mintAccessToken({ ...KEY, room: ROOM, identity });
    const { say } = context;
    const stage: Stage = { url, browser, folder, checks, ada, grace, alan, room: ROOM, token, say };
    const only = context.options.get('only')?.split(',');
    const parts: [string, () => Promise<void>][] = [
      ['chat', () => chatting(stage)],
      ['line', () => watching(stage)],
      ['moderation', () => moderating(stage)],
      ['tones', () => tones(stage)],
      ['codecs', () => codecs(stage)],
      [
        'offline',
        () =>
          writingOffline(stage, {
            stop: () => standalone.stop(),
            start: async () => {
              standalone = await start(new URL(url).port);
            },
          }),
      ],
    ];
    for (const [name, run] of parts) {
      if (only !== undefined && !only.includes(name)) continue;
      await run();
      say(`${name}: done`);
    }
    for (const page of [ada, grace, alan]) {
      // The service that was stopped is no error of the page's.
      const errors = page.errors.filter(
        (error) => !/WebSocket|ERR_CONNECTION_REFUSED|Failed to load/.test(error),
      );
      checks.expect(errors.length === 0, `the page reported: ${errors.join('; ')}`);
    }
  } finally {
    await browser.close();
    await standalone.stop();
  }
  return checks.outcome;
};

export const run: NamedRun = {
  name: 'page-extras',
  about:
    'The page in Chromium beside talking: chat, moderation, charts of the line, tones, codecs (--only a,b).',
  floor: 'all hold',
  aim: 'all hold',
  run: inPages,
};
