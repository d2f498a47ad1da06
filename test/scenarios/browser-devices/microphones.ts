import { openBrowser } from '../../browser/chromium.ts';
import { SdkPage } from '../../browser/sdk-page.ts';
import { until } from '../../support/wait.ts';
import { A_WORD_MS, SILENCE_DB, SPEECH_DB, type Stage, silencedDb } from './stage.ts';

const nameOf = (page: SdkPage): Promise<string | undefined> =>
  page.page.evaluate(() => window.call?.microphone?.name);

const lostFrames = (page: SdkPage): Promise<number> =>
  page.page.evaluate(() => window.call!.room.getStats().downlink.lostFrames);

/** Waits for the next word that the SDK told of a device. */
const told = async (page: SdkPage, text: string): Promise<void> => {
  await until(`"${text}" is told`, () => page.page.evaluate(() => window.unplugging.told.length > 0));
  const first = await page.page.evaluate(() => window.unplugging.told.shift());
  if (first !== text) throw new Error(`"${first}" was told instead of "${text}"`);
};

/** A preview, which the call takes over without asking again. */
const preview = async (stage: Stage, page: SdkPage, chosen: string): Promise<void> => {
  const { checks } = stage;
  const levels = await page.page.evaluate(async (deviceId) => {
    const preview = await window.partylineSdk.openMicrophonePreview({ deviceId, workletUrl: '/worklet.js' });
    window.preview = preview;
    const levels: number[] = [];
    preview.on('level', ({ levelDbov }) => levels.push(levelDbov));
    while (levels.length < 40) await new Promise((resolve) => setTimeout(resolve, 20));
    return levels;
  }, chosen);
  checks.expect(Math.min(...levels) < 40, `the preview's meter shows at most −${Math.min(...levels)} dBov`);
  const silentDb = await page.playedDb(A_WORD_MS);
  await page.page.evaluate(() => window.preview!.setMonitored(true));
  const monitoredDb = await page.playedDb(A_WORD_MS);
  checks.expect(silentDb <= SILENCE_DB, `a preview that is not monitored is heard: ${silentDb} dBFS`);
  checks.expect(monitoredDb >= SPEECH_DB, `a monitored preview plays only ${monitoredDb} dBFS`);
  await stage.join('microphones', 'ada', { page, call: { microphone: 'preview' } });
  const { asked, contexts, alone } = await page.page.evaluate(async () => {
    window.preview!.close();
    const alone = await window.preview!.use({}).catch(({ code }) => String(code));
    return { asked: window.unplugging.asked, contexts: window.unplugging.contexts, alone };
  });
  checks.expect(asked === 1, `the microphone was asked for ${asked} times from preview to call`);
  checks.expect(contexts === 1, `${contexts} audio contexts were opened from preview to call`);
  checks.expect(alone === 'aborted', `a preview that a call has says ${alone} when it is used`);
  const alsoHeardDb = await silencedDb(page);
  checks.expect(alsoHeardDb <= SILENCE_DB, `in the call one hears oneself: ${alsoHeardDb} dBFS`);
};

/** Another device, other processing, what is not there: without leaving and without a lost frame. */
const choose = async ({ checks }: Stage, page: SdkPage, listener: SdkPage, ids: string[]): Promise<void> => {
  const lostBefore = await lostFrames(listener);
  const settings = await page.page.evaluate(async (deviceId) => {
    const call = window.call!;
    await call.useMicrophone({ deviceId });
    const other = call.microphone!;
    await call.useMicrophone({
      deviceId,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    });
    const raw = call.microphone!;
    const failure = await call.useMicrophone({ deviceId: 'nonsense' }).catch(({ code }) => String(code));
    return { other, raw, failure, after: call.microphone!.name };
  }, ids[1]!);
  const { other, raw, failure, after } = settings;
  checks.expect(other.deviceId === ids[1], 'another microphone was chosen and is not in use');
  checks.expect(other.echoCancellation && other.autoGainControl, 'processing is off without being asked for');
  checks.expect(
    !raw.echoCancellation && !raw.noiseSuppression && !raw.autoGainControl,
    `without any processing the browser still says ${JSON.stringify(raw)}`,
  );
  checks.expect(failure === 'microphone_unavailable', `a microphone that is not there is told as ${failure}`);
  checks.expect(after === raw.name, `after a failed choice ${after} is in use`);
  for (const _ of [1, 2]) await told(page, 'microphoneChanged chosen');
  checks.expect(
    (await listener.playedDb(A_WORD_MS)) >= SPEECH_DB,
    'after changing microphones nothing is heard',
  );
  const lost = (await lostFrames(listener)) - lostBefore;
  checks.expect(lost === 0, `${lost} frames were lost while microphones were changed`);
};

/** Pulled out, back again, nothing left, something new. */
const unplug = async ({ checks }: Stage, page: SdkPage, listener: SdkPage, ids: string[]): Promise<void> => {
  await page.page.evaluate((id) => window.unplugging.pull(id), ids[1]!);
  await told(page, 'microphoneChanged lost');
  checks.expect((await nameOf(page)) === 'Fake Default Audio Input', 'the default does not stand in');
  checks.expect(
    (await listener.playedDb(A_WORD_MS)) >= SPEECH_DB,
    'a stand-in for a microphone is not heard',
  );
  await page.page.evaluate((id) => window.unplugging.plugIn(id), ids[1]!);
  await told(page, 'microphoneChanged chosen');
  checks.expect((await nameOf(page)) === 'Fake Audio Input 2', 'the chosen microphone is not taken again');
  await page.page.evaluate((all) => window.unplugging.pull('default', ...all), ids);
  await told(page, 'microphoneLost microphone_unavailable');
  checks.expect((await nameOf(page)) === undefined, 'a microphone is shown where there is none');
  checks.expect((await silencedDb(listener)) <= SILENCE_DB, 'a lost microphone is heard');
  await page.page.evaluate(() => window.call!.setEcho(true));
  const phase = await page.page.evaluate(() => window.call!.room.state.phase);
  checks.expect(phase === 'live', `without a microphone the call is ${phase}`);
  await page.page.evaluate((id) => window.unplugging.plugIn('default', id), ids[0]!);
  await told(page, 'microphoneChanged lost');
  checks.expect(
    (await listener.playedDb(A_WORD_MS)) >= SPEECH_DB,
    'a microphone plugged in later is not heard',
  );
  await page.page.evaluate((id) => window.unplugging.plugIn(id), ids[1]!);
  await told(page, 'microphoneChanged chosen');
};

/** A mute keeps the microphone: the first word afterwards is there at once. */
const mute = async ({ checks }: Stage, page: SdkPage, listener: SdkPage): Promise<void> => {
  const { asked, level } = await page.page.evaluate(async () => {
    const call = window.call!;
    call.setMuted(true);
    const level = await new Promise<{ sending: boolean }>((resolve) => call.on('microphone', resolve));
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { asked: window.unplugging.asked, level };
  });
  checks.expect(!level.sending, 'the meter says that a muted microphone is sent');
  checks.expect((await silencedDb(listener)) <= SILENCE_DB, 'a muted microphone is heard');
  const unmutedAtMs = await page.page.evaluate(() => {
    window.call!.setMuted(false);
    return performance.timeOrigin + performance.now();
  });
  const nextAtMs = await listener.page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const stop = window.call!.room.on('frame', ({ frame }) => {
          if (!frame.active) return;
          stop();
          resolve(performance.timeOrigin + performance.now());
        });
      }),
  );
  const askedAgain = (await page.page.evaluate(() => window.unplugging.asked)) - asked;
  checks.expect(askedAgain === 0, 'a mute gives the microphone away');
  // The speech may be in one of its pauses; a microphone that had to be opened again would not be noticed by that.
  checks.expect(
    nextAtMs - unmutedAtMs < A_WORD_MS,
    `voice is back ${nextAtMs - unmutedAtMs} ms after a mute`,
  );
};

export const changeMicrophones = async (stage: Stage): Promise<void> => {
  const page = await SdkPage.open(stage.browser, stage.url);
  const { microphones } = await page.page.evaluate(() => window.partylineSdk.listDevices());
  const names = microphones.map(({ name }) => name).join(', ');
  stage.checks.expect(
    names === 'Fake Audio Input 1, Fake Audio Input 2',
    `microphones are listed as ${names}`,
  );
  const ids = microphones.map(({ deviceId }) => deviceId);
  await preview(stage, page, ids[0]!);
  const listener = await stage.join('microphones', 'grace', { call: { microphone: false } });
  stage.checks.expect((await listener.playedDb(A_WORD_MS)) >= SPEECH_DB, 'after a preview nothing is heard');
  await choose(stage, page, listener, ids);
  await unplug(stage, page, listener, ids);
  await mute(stage, page, listener);
  for (const { errors } of [page, listener]) stage.checks.expect(errors.length === 0, errors.join('; '));
  await Promise.all([page.close(), listener.close()]);
};

/** What the person or the machine does not allow is told by code, and leaves nothing behind. */
export const refuseMicrophones = async (stage: Stage): Promise<void> => {
  const { checks, microphoneFile, url } = stage;
  const missing = await stage.join('refusals', 'ada', { call: { microphone: { deviceId: 'nonsense' } } });
  checks.expect(
    (await nameOf(missing)) === 'Fake Default Audio Input',
    'whoever joins with a microphone that is not there does not get the default',
  );
  await missing.close();
  const strict = await openBrowser({ microphoneFile, answer: 'deny' });
  try {
    const page = await SdkPage.open(strict, url);
    const code = await page.page.evaluate(() =>
      window.partylineSdk
        .openMicrophonePreview({ workletUrl: '/worklet.js' })
        .catch((error) => String(error.code)),
    );
    checks.expect(code === 'microphone_refused', `a refused microphone is told as ${JSON.stringify(code)}`);
  } finally {
    await strict.close();
  }
};
