import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';
import { HEARD_DB, SILENCE_DB, type Visit } from '../visit.ts';

/** Mute, push to talk, deafen, the echo test, leave: what others hear, and what is played. */
export const talking = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const witness = await stage.companion(room, 'Grace');
  const visit = await stage.visit({ room });
  const { page, hand } = visit;
  const talk = page.locator('#talk');
  visit.expect(await witness.hears('Ada', 8_000), 'an open microphone is not heard');
  await walk(visit, 'the call');

  await hand.press(talk);
  await visit.comes('a muted microphone is heard', () => witness.hearsNoMore('Ada'));
  await visit.comes('the others are not shown a mute', () => witness.sees('Ada')?.muted === true);
  await visit.shows(visit.button('Unmute'), 'the button does not offer to unmute');
  await page.keyboard.down('Space');
  visit.expect(await witness.hears('Ada'), 'a muted person who holds the key is not heard');
  await page.keyboard.up('Space');
  await visit.comes('the key is up and the voice is on', () => witness.hearsNoMore('Ada'));
  await hand.press(talk);
  visit.expect(await witness.hears('Ada'), 'one cannot unmute oneself');

  await pushToTalk(visit, witness);
  await deafening(visit, witness);
  await keys(visit, witness);

  // Alone with one's own voice.
  await visit.comes('one hears oneself', async () => (await visit.playedDb()) <= SILENCE_DB, 10_000);
  const echo = visit.button('Echo test');
  await hand.press(echo, 'Space');
  await visit.comes('the echo test is not heard', async () => (await visit.playedDb()) >= HEARD_DB, 10_000);
  visit.expect((await echo.getAttribute('aria-pressed')) === 'true', 'the echo test does not look pressed');
  await hand.press(echo);
  await visit.comes('the echo test does not end', async () => (await visit.playedDb()) <= SILENCE_DB, 10_000);

  await hand.press(visit.button('Leave'));
  await visit.comes('whoever left is still in the room', () => witness.sees('Ada') === undefined);
  await visit.comes('a microphone stays open after leaving', () =>
    page.evaluate(
      () =>
        window.probe.tracks.every(({ readyState }) => readyState !== 'live') ||
        document.querySelector('.sound-check .meter') !== null,
    ),
  );
};

type Witness = Awaited<ReturnType<Stage['companion']>>;

const pushToTalk = async (visit: Visit, witness: Witness): Promise<void> => {
  const { page, hand } = visit;
  await hand.choose(page.getByLabel('Push to talk'));
  await visit.comes('with push to talk somebody is heard who holds nothing', () =>
    witness.hearsNoMore('Ada'),
  );
  const release = await hand.hold(page.locator('#talk'));
  visit.expect(await witness.hears('Ada'), 'holding the button does not talk');
  await visit.shows(visit.button('On air'), 'the button does not show that one talks');
  await release();
  await visit.comes('letting go of the button does not end the talk', () => witness.hearsNoMore('Ada'));
  await page.keyboard.down('Space');
  visit.expect(await witness.hears('Ada'), 'holding the key does not talk');
  await page.keyboard.up('Space');
  await visit.comes('letting go of the key does not end the talk', () => witness.hearsNoMore('Ada'));
  await hand.choose(page.getByLabel('Open mic'));
  visit.expect(await witness.hears('Ada'), 'back with the open microphone nothing is heard');
};

const deafening = async (visit: Visit, witness: Witness): Promise<void> => {
  await witness.hum();
  const deafen = visit.button('Deafen');
  await visit.comes('others are not heard', async () => (await visit.playedDb()) >= HEARD_DB, 10_000);
  await visit.hand.press(deafen, 'Space');
  await visit.comes('the deafened hear', async () => (await visit.playedDb()) <= SILENCE_DB);
  await visit.comes('the deafened are heard', () => witness.hearsNoMore('Ada'));
  visit.expect((await deafen.getAttribute('aria-pressed')) === 'true', 'deafen does not look pressed');
  await visit.hand.press(deafen);
  await visit.comes('the others are not heard again', async () => (await visit.playedDb()) >= HEARD_DB);
  visit.expect(await witness.hears('Ada'), 'whoever hears again is not heard again');
};

/** M, D and ? work from anywhere on the page. */
const keys = async (visit: Visit, witness: Witness): Promise<void> => {
  const { page } = visit;
  await page.keyboard.press('m');
  await visit.comes('M does not mute', () => witness.hearsNoMore('Ada'));
  await page.keyboard.press('m');
  visit.expect(await witness.hears('Ada'), 'M does not unmute');
  await page.keyboard.press('d');
  await visit.comes('D does not deafen', async () => (await visit.playedDb()) <= SILENCE_DB);
  await page.keyboard.press('d');
  await visit.comes('D does not let one hear again', async () => (await visit.playedDb()) >= HEARD_DB);
  await page.keyboard.press('?');
  const shortcuts = page.getByRole('dialog', { name: 'Keyboard' });
  await visit.shows(shortcuts, 'a question mark does not show the keys');
  await page.keyboard.press('Escape');
  await visit.hides(shortcuts, 'Escape does not close the list of keys');
  await witness.hush();
};
