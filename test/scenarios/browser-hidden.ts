import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { openBrowser } from '../browser/chromium.ts';
import { NAMING_SCRIPT, tapPage, tapWorkletSource } from '../browser/page-taps.ts';
import { type PlainTab, PlainTabs } from '../browser/plain-tabs.ts';
import { bundleSdk } from '../browser/sdk-bundle.ts';
import { SdkPage } from '../browser/sdk-page.ts';
import { nowMs } from '../support/raw-client.ts';
import { speechFile } from '../support/speech.ts';
import { type System, withSystem } from '../support/system.ts';
import { forMs } from '../support/wait.ts';
import { talkHidden, talkUnheard } from './browser-hidden/behind.ts';
import {
  describeHearing,
  type Hearing,
  listen,
  NEAR_MS,
  SETTLED_WITHIN_MS,
  type Stage,
  TALK_MS,
} from './browser-hidden/stage.ts';
import { freeze, holdBack } from './browser-hidden/stopped.ts';
import { describePace, expectEven, paceSince, watchArrivals } from './browser-hidden/uplink-pace.ts';

const ROOM = 'hidden';
const SPEECH_SECONDS = 10;

const openGrace = async (tabs: PlainTabs, url: string, token: string): Promise<PlainTab> => {
  const taps = `(${String(tapPage)})(${JSON.stringify(tapWorkletSource)})`;
  // The page's own script would open sound of its own; only the document is wanted.
  const tab = await tabs.open(url, [NAMING_SCRIPT, taps], ['*/page.js']);
  await tab.evaluate(await bundleSdk());
  await tab.call(
    async ({ room, token }) => {
      let lastMs = performance.now();
      window.timerGapsMs = [];
      setInterval(() => {
        window.timerGapsMs!.push(performance.now() - lastMs);
        lastMs = performance.now();
      }, 50);
      window.call = await window.partylineSdk.startCall({
        url: location.origin,
        workletUrl: '/worklet.js',
        room,
        token,
      });
    },
    { room: ROOM, token },
  );
  return tab;
};

const openAda = async (
  browser: Parameters<typeof SdkPage.open>[0],
  url: string,
  token: string,
): Promise<SdkPage> => {
  const ada = await SdkPage.open(browser, url);
  await ada.start({ room: ROOM, token });
  await watchArrivals(ada);
  // A page that plays anything is not slowed down, nor is it for half a minute afterwards.
  await ada.page.evaluate(() => window.call!.setMuted(true));
  return ada;
};

/** How it is with both pages in front: what all else is compared with. */
const listenInFront = async (stage: Stage): Promise<Hearing> => {
  await forMs(SETTLED_WITHIN_MS);
  const fromMs = nowMs();
  const hearing = await listen(stage, TALK_MS);
  const pace = await paceSince(stage.ada, fromMs);
  stage.say(`in front: ${describeHearing(hearing)}; ${describePace(pace)}`);
  expectEven(stage.checks, 'in front', pace);
  return hearing;
};

const call = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const [adaSpeech, graceSpeech] = await Promise.all(
    [0, 2].map((voice) => speechFile({ seconds: SPEECH_SECONDS, voice })),
  );
  const { url } = system.api;
  const tabs = await PlainTabs.open(graceSpeech!.path);
  const browser = await openBrowser({ microphoneFile: adaSpeech!.path });
  try {
    const token = (identity: string): Promise<string> => system.token({ room: ROOM, identity });
    const other = await tabs.open('about:blank');
    const ada = await openAda(browser, url, await token('ada'));
    const grace = await openGrace(tabs, url, await token('grace'));
    const stage: Stage = { system, ada, grace, other, checks, say: context.say };
    const judgeUnheard = await talkUnheard(stage);
    const inFront = await listenInFront(stage);
    judgeUnheard(inFront);
    for (const phase of [talkHidden, freeze, holdBack]) await phase(stage, inFront);
    checks.expect(ada.errors.length === 0, ada.errors.join('; '));
    return { ...checks.outcome, inFrontMs: Math.round(inFront.delayMs) };
  } finally {
    await Promise.all([browser.close(), tabs.close()]);
  }
};

export const run: NamedRun = {
  name: 'browser-hidden',
  about:
    'A page of Chromium behind another tab, frozen, and with its sound held back: it talks and hears on.',
  floor: `50 frames a second while hidden, mouth to ear within ${NEAR_MS} ms of what it is in front, without the buffer`,
  aim: 'the same',
  run: (context) => withSystem({}, (system) => call(context, system)),
};
