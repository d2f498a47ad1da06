import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { CallPage } from '../../browser/call-page.ts';
import { openBrowser } from '../../browser/chromium.ts';
import { partyline, withProgram } from '../../support/program.ts';
import { type System, withSystem } from '../../support/system.ts';
import { holdsWithin } from '../../support/wait.ts';
import { writeSilence } from '../../support/wav-file.ts';
import type { Part } from './part.ts';
import { recordWords } from './record-words.ts';

const ROOM = 'told';
/** The grace of a lost participant is 15 s (protocol rule 35). */
const GONE_WITHIN_MS = 20_000;

const visit = async (system: System, browser: Browser, identity: string): Promise<CallPage> => {
  const token = await system.token({ room: ROOM, identity });
  return CallPage.join(browser, {
    url: new URL(`/?room=${ROOM}#token=${token}`, system.apiUrls[0]).href,
    name: identity,
    room: ROOM,
  });
};

const badge = (page: CallPage) => page.page.locator('.recording-badge');
/** The banner is there at once, the header with the next picture of the call. */
const isShown = (page: CallPage) => holdsWithin(() => badge(page).isVisible(), 3_000);

/** Who is in the room, who comes, and who reads Chinese. */
export const consentPart: Part = {
  name: 'consent',
  about:
    'the page and the command line say that a room is recorded, to whoever is there or comes, and that it is over',
  run: (context, checks, folder) =>
    withSystem({}, async (system) => {
      const silence = join(folder, 'silence.wav');
      writeSilence(silence);
      const browser = await openBrowser({ microphoneFile: silence });
      try {
        const ada = await visit(system, browser, 'ada');
        checks.expect(await badge(ada).isHidden(), 'a room is shown as recorded that is not');
        const record = async (name: string) =>
          partyline([
            ...(await recordWords(system, ROOM, name)),
            ...['--out', join(folder, name), '--tracks', 'none'],
          ]);
        await withProgram(await record('first'), async (recorder) => {
          await recorder.prints(/Recording room/, 15_000);
          await ada.bannerSays('This room is being recorded.');
          checks.expect(await isShown(ada), 'the header does not show that the room is recorded');
          checks.expect((await badge(ada).textContent()) === 'Recording', 'the badge says something else');
          const bob = await visit(system, browser, 'bob');
          await bob.bannerSays('This room is being recorded.');
          checks.expect(await isShown(bob), 'who comes later does not see that the room is recorded');
          await ada.page.screenshot({ path: join(folder, 'recorded.png') });
          checks.expect(
            (await ada.page.locator('.person').count()) === 2,
            'the recorder is shown as a person',
          );
          const token = await system.token({ room: ROOM, identity: 'eve' });
          const listen = partyline([
            ...['listen', '--url', system.apiUrls[0]!, '--room', ROOM, '--token', token],
            ...['--seconds', '1'],
          ]);
          await withProgram(listen, () => listen.prints(/is being recorded, since 20/, 15_000));
          recorder.interrupt();
          await recorder.ends(10_000);
          const over = () => badge(ada).isHidden();
          checks.expect(await holdsWithin(over, 3_000), 'the badge stays when the recording is over');
          const said = ada.page.locator('.visually-hidden[role=log]');
          const heard = async () => (await said.textContent())?.includes('no longer recorded') === true;
          checks.expect(await holdsWithin(heard, 3_000), 'nobody says aloud that the recording is over');
          await bob.close();
        });
        // A recorder that dies without a word.
        await withProgram(await record('second'), async (recorder) => {
          await recorder.prints(/Recording room/, 15_000);
          checks.expect(await isShown(ada), 'the second is not shown');
          recorder.signal('SIGKILL');
          const gone = await holdsWithin(() => badge(ada).isHidden(), GONE_WITHIN_MS, 100);
          checks.expect(gone, 'a room is shown as recorded whose recorder is dead');
        });
        checks.expect(ada.errors.length === 0, `the page's errors: ${ada.errors.join('; ')}`);
        await ada.close();
        context.say('the badge came and went, twice');
        return {};
      } finally {
        await browser.close();
      }
    }),
};
