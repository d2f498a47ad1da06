import type { SdkPage } from '../../browser/sdk-page.ts';
import { until } from '../../support/wait.ts';
import { A_WORD_MS, SILENCE_DB, SPEECH_DB, type Stage, silencedDb } from './stage.ts';

/** The speech repeats itself after this time: two such pieces are equally loud. */
const ROUND_MS = 10_000;
/** A quarter of the amplitude, in dB. */
const QUARTER_DB = -12;
const TOLERANCE_DB = 1.5;

const sees = (page: SdkPage, identity: string): Promise<void> =>
  until(`${identity} is in the room`, () =>
    page.page.evaluate(
      (identity) => window.call!.room.participants.some((one) => one.identity === identity),
      identity,
    ),
  );

/** Volume of a person, which stays with them, and deafening. */
export const changeVolumes = async (stage: Stage): Promise<void> => {
  const { checks } = stage;
  const talker = await stage.join('volumes', 'ada');
  const listener = await stage.join('volumes', 'grace', { call: { microphone: false } });
  await sees(listener, 'ada');
  // For its first seconds a microphone's gain control is 2 dB from where it settles.
  await listener.playedDb(ROUND_MS);
  const fullDb = await listener.playedDb(ROUND_MS);
  await listener.page.evaluate(() => window.call!.setParticipantVolume('ada', 0.25));
  const quarterDb = await listener.playedDb(ROUND_MS);
  checks.expect(
    Math.abs(quarterDb - fullDb - QUARTER_DB) < TOLERANCE_DB,
    `a quarter of the volume makes ${(quarterDb - fullDb).toFixed(1)} dB`,
  );
  await listener.page.evaluate(() => window.call!.setParticipantVolume('ada', 0));
  checks.expect((await silencedDb(listener)) <= SILENCE_DB, 'volume 0 is heard');
  await talker.close();
  await until(
    'ada has left',
    () =>
      listener.page.evaluate(() =>
        window.call!.room.participants.every(({ identity }) => identity !== 'ada'),
      ),
    20_000,
  );
  const again = await stage.join('volumes', 'ada');
  await sees(listener, 'ada');
  checks.expect(
    (await listener.playedDb(A_WORD_MS)) <= SILENCE_DB,
    'whoever joins again has lost their volume',
  );
  const { refused, volume } = await listener.page.evaluate(() => {
    let refused = '';
    try {
      window.call!.setParticipantVolume('ada', 5);
    } catch (error) {
      refused = (error as { code: string }).code;
    }
    const volume = window.call!.participantVolume('ada');
    window.call!.setParticipantVolume('ada', 1);
    return { refused, volume };
  });
  checks.expect(refused === 'invalid_option' && volume === 0, `a volume of 5 is told as "${refused}"`);
  checks.expect((await listener.playedDb(A_WORD_MS)) >= SPEECH_DB, 'volume 1 is not heard again');
  await listener.page.evaluate(() => window.call!.setDeafened(true));
  checks.expect((await silencedDb(listener)) <= SILENCE_DB, 'the deafened hear');
  await listener.page.evaluate(() => window.call!.setDeafened(false));
  checks.expect((await listener.playedDb(A_WORD_MS)) >= SPEECH_DB, 'the no longer deafened do not hear');
  for (const { errors } of [again, listener]) checks.expect(errors.length === 0, errors.join('; '));
  await Promise.all([again.close(), listener.close()]);
};
