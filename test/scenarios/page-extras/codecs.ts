import { join } from 'node:path';
import { CODEC_FORMATS, type CodecFormat, joinRoom } from '@partyline/client';
import { nodeNetwork } from '@partyline/client/node';
import type { Locator } from 'playwright-core';
import { CallPage } from '../../browser/call-page.ts';
import { cut, joinBlocks, levelDb } from '../../browser/timeline.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { Hearing } from './codec-hearing.ts';
import { type Stage, seen } from './part.ts';

declare global {
  interface Window {
    /** Codec of the frame that came last. */
    lastCodec?: number;
  }
}

const ROOM = 'codecs';
/** Changed over in a call, one after the other; the call begins with the last. */
const CHANGES = ['pcma/8000', 'speex/16000', 'g722/16000', 'opus/48000'] as const satisfies CodecFormat[];
const TELEPHONE: CodecFormat = 'pcma/8000';
/** Each is heard for so long. */
const SPOKEN_MS = 4_000;
/** More than this is heard as a hole. */
const MOST_GAP_MS = 60;
/** In less voice than that no gap would be found. */
const LEAST_SPOKEN_MS = 1_500;
/** Of half a second of voice and what a codec of its band makes of it. */
const LEAST_LIKENESS = 0.7;
/** By so much less a telephone lets through of what is above its band, in dB. */
const TELEPHONE_DROP_DB = 18;
/** The others let through so much more than that, in dB. */
const WIDER_BY_DB = 6;
const ECHO_MS = 1_500;
const HEARD_DB = -50;
const SECOND_LINE = 'Not everybody here can decode Speex wide band, so your voice is sent as Opus.';

const listOf = ({ page }: CallPage): Locator => page.locator('dialog.settings').getByLabel('Codec');

const openSettings = async (who: CallPage): Promise<Locator> => {
  await who.press('Settings');
  const list = listOf(who);
  await list.waitFor();
  return list;
};

/** Fetched modules, by the beginnings of their names. */
const modulesOf = (fetched: readonly string[]): string =>
  fetched.map((url) => url.match(/\w+(?=-[\d.]+-)/)?.[0]).join();

/** Two pages, and the codec of the one as the other receives it. */
interface Pair {
  ada: CallPage;
  grace: CallPage;
  /** Modules that either page fetched. */
  fetched: Readonly<Record<string, string[]>>;
  speaks(codec: CodecFormat): Promise<boolean>;
}

const enter = async ({ browser, url }: Stage): Promise<Pair> => {
  const fetched: Record<string, string[]> = { Ada: [], Grace: [] };
  const joinAs = (name: string): Promise<CallPage> =>
    CallPage.join(browser, {
      url,
      name,
      room: ROOM,
      tapped: true,
      prepare: async (page) => {
        page.on('request', (request) => {
          if (request.method() === 'GET' && request.url().endsWith('.wasm'))
            fetched[name]!.push(request.url());
        });
      },
    });
  const ada = await joinAs('Ada');
  const grace = await joinAs('Grace');
  await grace.press('Mute');
  await grace.sees('Ada', 'speaking');
  await noteCodecs(grace);
  const speaks = (codec: CodecFormat): Promise<boolean> => receives(grace, codec);
  return { ada, grace, fetched, speaks };
};

const noteCodecs = ({ page }: CallPage): Promise<unknown> =>
  page.evaluate(() =>
    window.partyline?.on('frame', ({ frame }) => {
      window.lastCodec = frame.codec;
    }),
  );

const receives = ({ page }: CallPage, codec: CodecFormat): Promise<boolean> =>
  holdsWithin(() => page.evaluate((id) => window.lastCodec === id, CODEC_FORMATS[codec]), 10_000, 20);

/** Changes from codec to codec while somebody listens. @returns what was wrong with what was heard */
const changeOver = async (
  { ada, grace, fetched, speaks }: Pair,
  { checks, say }: Stage,
): Promise<string[]> => {
  checks.expect(await speaks('opus/48000'), 'a call does not begin with Opus');
  const list = await openSettings(ada);
  await list.locator('option[value="speex/16000"]').waitFor({ state: 'attached' });
  const early = [...fetched.Ada!, ...fetched.Grace!];
  checks.expect(early.length === 0, `modules are fetched before anybody speaks by them: ${modulesOf(early)}`);
  await ada.record(true);
  await grace.record(true);
  const before = await grace.frameCounts();
  const spoken: { codec: CodecFormat; fromMs: number; toMs: number }[] = [];
  for (const codec of CHANGES) {
    await list.selectOption(codec);
    checks.expect(await speaks(codec), `${codec} was chosen and is not sent`);
    // What is heard a moment later was still said before.
    const fromMs = (await ada.now()) + 300;
    await forMs(SPOKEN_MS);
    spoken.push({ codec, fromMs, toMs: await ada.now() });
  }
  const lost = (await grace.frameCounts()).lost - before.lost;
  for (const [name, urls] of Object.entries(fetched)) {
    checks.expect(modulesOf(urls) === 'speex,g722', `${name} fetches the modules ${modulesOf(urls)}`);
  }
  await ada.page.keyboard.press('Escape');

  const hearing = new Hearing(await ada.recordings(), await grace.recordings());
  const faults: string[] = [];
  let telephoneDropDb = 0;
  for (const { codec, fromMs, toMs } of spoken) {
    const likeness = hearing.likeness(fromMs, toMs);
    const above = hearing.aboveDb(fromMs, toMs);
    const dropDb = above.spoken - above.heard;
    say(`${codec}: ${likeness.toFixed(3)} alike, ${dropDb.toFixed(1)} dB less above 4.5 kHz`);
    if (likeness < LEAST_LIKENESS) faults.push(`${codec} is heard only ${likeness.toFixed(2)} alike`);
    if (codec === TELEPHONE) {
      telephoneDropDb = dropDb;
      if (dropDb < TELEPHONE_DROP_DB)
        faults.push(`${codec} has only ${dropDb.toFixed(1)} dB less above a telephone's band`);
    } else if (dropDb > telephoneDropDb - WIDER_BY_DB) {
      faults.push(`${codec} has ${dropDb.toFixed(1)} dB less above a telephone's band`);
    }
  }
  const { gapMs, atMs, spokenMs } = hearing.longestGap();
  const next = spoken.find(({ toMs }) => atMs < toMs)?.codec ?? 'the end';
  say(`longest gap in ${spokenMs} ms of voice: ${gapMs} ms, ${lost} frames lost`);
  if (spokenMs < LEAST_SPOKEN_MS) faults.push(`only ${spokenMs} ms were loud enough to find gaps in`);
  if (gapMs > MOST_GAP_MS) faults.push(`nothing is heard for ${gapMs} ms, with ${next} or on the way to it`);
  if (lost > 0) faults.push(`${lost} frames are lost by changes`);
  return faults;
};

/** Codecs in the page: chosen in a call, heard as they are, agreed with the room. */
export const codecs = async (stage: Stage): Promise<void> => {
  const { url, checks, say, folder } = stage;
  let pair = await enter(stage);
  let faults = await changeOver(pair, stage);
  if (faults.length > 0) {
    // A busy machine leaves a hole now and then; a change that leaves one does so every time, also in pages anew.
    say(`once more, as ${faults.join('; ')}`);
    await pair.ada.close();
    await pair.grace.close();
    pair = await enter(stage);
    faults = await changeOver(pair, stage);
  }
  for (const fault of faults) checks.expect(false, fault);
  checks.expect(faults.length === 0, 'what was heard of changes was not right, twice');
  const { ada, grace, speaks } = pair;
  const list = await openSettings(ada);

  // Somebody who can decode nothing but Opus, as a recorder does.
  await list.selectOption('speex/16000');
  checks.expect(await speaks('speex/16000'), 'Speex is not sent once it is chosen again');
  const recorder = await joinRoom({
    url,
    room: ROOM,
    name: 'Opus',
    network: nodeNetwork({}),
    codecs: ['opus/48000'],
  });
  checks.expect(
    await seen(ada, '.codec-instead', SECOND_LINE),
    'the settings do not say what is sent instead',
  );
  checks.expect(await speaks('opus/48000'), 'what not everybody can decode is sent on');
  await ada.page.screenshot({ path: join(folder, 'codec.png') });
  await ada.page.keyboard.press('Escape');
  await ada.bannerSays(SECOND_LINE);
  await recorder.leave();
  checks.expect(await speaks('speex/16000'), 'what everybody can decode again is not sent again');
  await openSettings(ada);
  checks.expect((await list.inputValue()) === 'speex/16000', 'the list has forgotten what was chosen');
  checks.expect(
    await holdsWithin(async () => (await ada.page.locator('.codec-instead').textContent()) === '', 5_000),
    'the settings still say that something else is sent',
  );
  await ada.page.keyboard.press('Escape');
  await grace.close();
  await echoOf(ada, stage);
  await ada.close();
};

/** Alone, with each codec there is: one hears oneself through it. */
const echoOf = async (alone: CallPage, { checks, say }: Stage): Promise<void> => {
  await alone.press('Echo test');
  const list = await openSettings(alone);
  const values = await list
    .locator('option')
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  checks.expect(values.length === 10, `${values.length} codecs can be chosen: ${values.join(', ')}`);
  await noteCodecs(alone);
  for (const value of values) {
    await list.selectOption(value);
    const returns = await receives(alone, value as CodecFormat);
    checks.expect(returns, `in an echo test with ${value} nothing of it comes back`);
    await forMs(300);
    await alone.record(true);
    await forMs(ECHO_MS);
    const whole = joinBlocks((await alone.recordings()).loudspeaker);
    const echoDb = levelDb(cut(whole, whole.startsAtMs, Number.MAX_SAFE_INTEGER));
    say(`echo test with ${value}: ${echoDb.toFixed(0)} dBFS`);
    checks.expect(
      echoDb >= HEARD_DB,
      `in an echo test with ${value} only ${echoDb.toFixed(0)} dBFS are heard`,
    );
  }
};
