import { randomBytes } from 'node:crypto';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { startStandalone } from '@partyline/standalone';
import { generateTicketKey, mintAccessToken } from '@partyline/tokens';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../browser/chromium.ts';
import { SdkPage } from '../browser/sdk-page.ts';
import { speechFile } from '../support/speech.ts';
import { changeLoudspeakers } from './browser-devices/loudspeakers.ts';
import { changeMicrophones, refuseMicrophones } from './browser-devices/microphones.ts';
import type { Stage } from './browser-devices/stage.ts';
import { changeVolumes } from './browser-devices/volumes.ts';

const SECRET = randomBytes(32).toString('base64url');
const TICKET_KEY = generateTicketKey().export({ type: 'pkcs8', format: 'pem' }).toString();

const STEPS = { changeMicrophones, changeVolumes, changeLoudspeakers, refuseMicrophones };

const openStage = (url: string, browser: Browser, microphoneFile: string, checks: Expectations): Stage => {
  const join = async (room: string, identity: string, options: Parameters<Stage['join']>[2] = {}) => {
    const page = options.page ?? (await SdkPage.open(browser, url));
    await page.start({ room, token: await stage.token(room, identity), ...options.call });
    return page;
  };
  const stage: Stage = {
    url,
    browser,
    microphoneFile,
    checks,
    join,
    token: (room, identity) => mintAccessToken({ keyId: 'scenario', secret: SECRET, room, identity }),
  };
  return stage;
};

const devices = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const { path: microphoneFile } = await speechFile({ seconds: 10 });
  const keys = { PARTYLINE_API_KEYS: `scenario:${SECRET}`, PARTYLINE_TICKET_KEY: TICKET_KEY };
  const standalone = await startStandalone({ env: { PORT: '0', OPS_PORT: '0', ...keys }, flags: {} });
  const browser = await openBrowser({ microphoneFile });
  try {
    const stage = openStage(standalone.url, browser, microphoneFile, checks);
    for (const [name, step] of Object.entries(STEPS)) {
      await step(stage);
      context.say(`${name}: done`);
    }
  } finally {
    await browser.close();
    await standalone.stop();
  }
  return checks.outcome;
};

export const run: NamedRun = {
  name: 'browser-devices',
  about:
    'The SDK in Chromium: preview, microphones changed and pulled out, loudspeakers, deafening, volumes, refusals.',
  floor: 'all hold',
  aim: 'all hold',
  run: devices,
};
