import type { Locator } from 'playwright-core';
import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';
import { HEARD_DB, SILENCE_DB, type Visit } from '../visit.ts';

const lastTrack = ({ page }: Visit): Promise<MediaTrackSettings> =>
  page.evaluate(() => window.probe.tracks.at(-1)!.getSettings());

/** Switches of the browser's processing, as they are called and as the track calls them. */
const PROCESSING = [
  ['Echo cancellation', 'echoCancellation'],
  ['Noise suppression', 'noiseSuppression'],
  ['Automatic gain', 'autoGainControl'],
] as const;

/** Values of a list that drops down. */
const valuesOf = (list: Locator): Promise<string[]> =>
  list.locator('option').evaluateAll((options) => options.map((one) => (one as HTMLOptionElement).value));

/** Which microphone, what is done to its sound, which loudspeaker, the test tone: on the start view and in the settings. */
export const soundControls = async (visit: Visit, within: Locator): Promise<void> => {
  const { page, hand } = visit;
  const microphone = within.getByLabel('Microphone', { exact: true });
  await visit.comes('no microphones are listed', async () => (await valuesOf(microphone)).length >= 3);
  const [, first = '', second = ''] = await valuesOf(microphone);
  for (const id of [second, first]) {
    await hand.pick(microphone, id);
    await visit.comes(
      'the chosen microphone is not opened',
      async () => (await lastTrack(visit)).deviceId === id,
    );
  }
  for (const [name, setting] of PROCESSING) {
    const toggle = within.getByRole('switch', { name });
    visit.expect(await toggle.isChecked(), `${name} is not on to begin with`);
    for (const on of [false, true]) {
      await hand.press(toggle);
      await visit.comes(
        `${name} does not become ${on}`,
        async () => (await lastTrack(visit))[setting] === on,
      );
    }
  }
  const loudspeaker = within.getByLabel('Loudspeaker', { exact: true });
  await visit.comes('no loudspeakers are listed', async () => (await valuesOf(loudspeaker)).length >= 2);
  const chosen = (await valuesOf(loudspeaker))[1] ?? '';
  await hand.pick(loudspeaker, chosen);
  await hand.press(within.getByRole('button', { name: 'Test tone' }));
  await visit.comes('the test tone is not played where it was chosen', () =>
    page.evaluate((id) => window.probe.played.at(-1) === id, chosen),
  );
  await visit.comes('the test tone does not end', () =>
    within.getByRole('button', { name: 'Test tone' }).isEnabled(),
  );
};

/** Before a call: the meter, hearing oneself, devices. */
export const soundCheck = async (stage: Stage): Promise<void> => {
  const visit = await stage.visit({
    room: stage.newRoom(),
    at: 'form',
    context: { permissions: ['clipboard-read'] },
    script: () => {
      // As long as nobody was asked, browsers open no microphone by themselves.
      navigator.permissions.query = async () => ({ state: 'prompt' }) as PermissionStatus;
    },
  });
  const { page, hand } = visit;
  const card = page.locator('.sound-check');
  await hand.press(card.getByRole('button', { name: 'Try the microphone' }));
  await visit.shows(card.getByText('Your microphone works.'), 'the microphone is not said to work', 10_000);
  const meter = card.getByRole('meter', { name: 'Microphone level' });
  await visit.comes(
    'the meter does not move',
    async () => Number(await meter.getAttribute('aria-valuenow')) > 20,
  );
  await walk(visit, 'the start view');
  const monitor = card.getByRole('switch', { name: 'Hear yourself' });
  visit.expect((await visit.playedDb()) <= SILENCE_DB, 'one hears oneself before one wants to');
  await hand.press(monitor);
  await visit.comes('one does not hear oneself', async () => (await visit.playedDb()) >= HEARD_DB, 10_000);
  await hand.press(monitor);
  await visit.comes('one hears oneself still', async () => (await visit.playedDb()) <= SILENCE_DB);
  await soundControls(visit, card);
  // What is chosen here is what the call takes, without another question.
  const before = await page.evaluate(() => window.probe.tracks.length);
  await hand.press(visit.button('Join with microphone'));
  await visit.shows(page.getByText('Connected', { exact: true }), 'one cannot join', 15_000);
  const opened = (await page.evaluate(() => window.probe.tracks.length)) - before;
  visit.expect(opened === 0, `the call opened ${opened} microphones beside the one of the sound check`);
};
