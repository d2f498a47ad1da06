import { fakeUnplugging } from '../../../browser/fake-unplugging.ts';
import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';

/** What the page asks of a person when something is wrong: sound that is held back, no microphone, a token that is refused. */
export const trouble = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const witness = await stage.companion(room, 'Grace');
  const visit = await stage.visit({ room, script: fakeUnplugging });
  const { page, hand } = visit;
  const banner = page.locator('.banner');

  await page.evaluate(() => Promise.all(window.probe.contexts.map((context) => context.suspend())));
  await visit.call.bannerSays('keeps this page silent');
  if (hand.kind === 'mouse') await hand.press(banner.getByRole('button', { name: 'Turn sound on' }));
  else {
    // Any key is what the browser waits for, so that the button is gone before one comes to it.
    await page.keyboard.press('Tab');
    stage.excuse('banner: button "Turn sound on"');
  }
  await visit.comes('sound stays off', () =>
    page.evaluate(() => window.probe.contexts.some(({ state }) => state === 'running')),
  );

  await page.evaluate(async () => {
    const devices = await navigator.mediaDevices.enumerateDevices();
    window.unplugging.pull('default', ...devices.map(({ deviceId }) => deviceId));
  });
  await visit.call.bannerSays('The microphone was unplugged');
  // The controls follow the microphone a moment later, and are not walked while they change.
  await visit.shows(visit.button('Use the microphone'), 'whoever has lost the microphone is offered none');
  await walk(visit, 'the call without a microphone');
  await hand.press(banner.getByRole('button', { name: 'Choose another' }));
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await visit.shows(settings, 'another microphone cannot be chosen');
  await visit.dismiss(settings);
  await hand.press(banner.getByRole('button', { name: 'Dismiss' }), 'Space');
  await visit.hides(banner.locator('.banner-text'), 'the message across the page cannot be dismissed');
  await page.evaluate(() => window.unplugging.plugIn(...window.unplugging.out));
  visit.expect(await witness.hears('Ada', 10_000), 'a microphone that is plugged in again is not heard');
  await page.locator('#leave').waitFor();
};

/** Joined without a microphone, one may change one's mind. */
export const listening = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const witness = await stage.companion(room, 'Grace');
  const visit = await stage.visit({ room, at: 'form' });
  const { page, hand } = visit;
  await hand.press(visit.button('Join and only listen'));
  const add = visit.button('Use the microphone');
  await visit.shows(add, 'whoever only listens is offered no microphone', 15_000);
  visit.expect(await page.locator('#talk').isDisabled(), 'without a microphone one may talk');
  await walk(visit, 'the call of a listener');
  await hand.press(add);
  visit.expect(await witness.hears('Ada', 10_000), 'a microphone that was added is not heard');
};

/** A link with a token that has expired: it is said, and there is a field for another. */
export const refused = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const stranger = await stage.mint({ room: stage.newRoom(), identity: 'ada' });
  const broken = `${stranger.slice(0, -6)}AAAAAA`;
  const visit = await stage.visit({ room, at: 'empty', address: `/?room=${room}#token=${broken}` });
  const { page, hand } = visit;
  await visit.shows(page.getByText('holds an access token'), 'it is not said that the link holds a token');
  visit.expect(!page.url().includes('token'), 'a token stays in the address');
  await hand.write(page.getByLabel('Your name'), 'Ada');
  await hand.press(visit.button('Join with microphone'));
  await visit.call.bannerSays('Your access token');
  await visit.shows(page.getByText('More', { exact: true }), 'there is no field for another token');
  await page.locator('.sound-check .meter').waitFor({ timeout: 10_000 });
  await walk(visit, 'the form with a refusal');
  await hand.press(page.locator('.banner').getByRole('button', { name: 'Dismiss' }));
};
