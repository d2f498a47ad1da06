import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';
import { HEARD_DB, SILENCE_DB, type Visit } from '../visit.ts';

/** Twice as loud is 6 dB; the hum and the limiter leave some play. */
const LOUDER_DB = 3;

const openMenu = async ({ page, hand }: Visit, name: string): Promise<void> => {
  await hand.press(page.getByRole('button', { name: new RegExp(`^${name}\\s*: volume and more`) }));
  await page.getByRole('dialog', { name, exact: true }).waitFor({ timeout: 5_000 });
};

/** What can be done about somebody without a grant: louder, softer, silent, and a message to them alone. */
export const hearing = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  // Whoever opened a room moderates it: here that is somebody else.
  const first = await stage.companion(room, 'Alan');
  const grace = await stage.companion(room, 'Grace');
  await grace.hum();
  const visit = await stage.visit({ room });
  const { page, hand } = visit;
  await visit.comes('nobody is heard', async () => (await visit.playedDb()) >= HEARD_DB, 10_000);
  const plainDb = await visit.playedDb();
  await openMenu(visit, 'Grace');
  const menu = page.getByRole('dialog', { name: 'Grace', exact: true });
  await walk(visit, 'the menu of a person');
  const slider = menu.getByLabel('Volume', { exact: true });
  const mute = menu.getByRole('switch', { name: 'Mute for me' });
  await hand.slide(slider, 'lowest');
  await visit.comes('volume 0 is heard', async () => (await visit.playedDb()) <= SILENCE_DB);
  visit.expect((await slider.getAttribute('aria-valuetext')) === '0%', 'volume 0 is not said');
  await hand.slide(slider, 'highest');
  await visit.comes(
    'twice the volume is no louder',
    async () => (await visit.playedDb()) > plainDb + LOUDER_DB,
  );
  await hand.press(mute);
  await visit.comes(
    'somebody who is muted for me is heard',
    async () => (await visit.playedDb()) <= SILENCE_DB,
  );
  visit.expect(grace.sees('Grace')?.muted === false, 'a mute for me mutes for others');
  await visit.dismiss(menu);
  await visit.shows(page.getByText('muted for you'), 'it is not shown who is muted for me');
  await openMenu(visit, 'Grace');
  await hand.press(mute);
  await visit.comes('somebody is not heard again', async () => (await visit.playedDb()) >= HEARD_DB);
  visit.expect(
    (await menu.getByRole('button', { name: 'Mute for everyone' }).count()) === 0,
    'anybody may moderate',
  );
  await visit.dismiss(menu, 'Escape');
  await first.leave();
};

/** What a moderator can do beside that: mute for everyone, take it back, remove. */
export const moderating = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const visit = await stage.visit({ room });
  const token = await stage.mint({ room, identity: 'grace', name: 'Grace' });
  const grace = await stage.companion(room, 'Grace', token);
  const alan = await stage.companion(room, 'Alan');
  const { page, hand } = visit;
  const menu = page.getByRole('dialog', { name: 'Grace', exact: true });
  await openMenu(visit, 'Grace');
  await walk(visit, 'the menu of a moderator');
  await hand.press(menu.getByRole('button', { name: 'Mute for everyone' }));
  await visit.call.bannerSays('Grace is muted for everyone.');
  await visit.comes('whoever was muted for everyone is not', () => grace.room.moderated);
  await hand.press(page.locator('.banner').getByRole('button', { name: 'Dismiss' }));
  await visit.hides(page.locator('.banner-text'), 'the message across the page cannot be dismissed');
  await openMenu(visit, 'Grace');
  await hand.press(menu.getByRole('button', { name: 'Allow to talk again' }), 'Space');
  await visit.comes('whoever may talk again may not', () => !grace.room.moderated);

  const remove = async (): Promise<void> => {
    await openMenu(visit, 'Grace');
    await hand.press(menu.getByRole('button', { name: 'Remove from the room…' }));
  };
  const dialog = page.getByRole('dialog', { name: 'Remove Grace?' });
  await remove();
  await visit.shows(dialog, 'nobody is asked before somebody is removed');
  await walk(visit, 'the removal');
  await visit.dismiss(dialog);
  await remove();
  for (const choice of ['Not at all', 'Usual time', '10 minutes']) {
    const radio = dialog.getByLabel(choice, { exact: true });
    await hand.choose(radio);
    visit.expect(await radio.isChecked(), `"${choice}" cannot be chosen`);
  }
  await hand.press(dialog.getByRole('button', { name: 'Cancel' }));
  await visit.hides(dialog, 'a removal cannot be given up');
  visit.expect(grace.room.state.phase === 'live', 'somebody was removed though the removal was given up');
  await remove();
  await hand.choose(dialog.getByLabel('Not at all', { exact: true }));
  await hand.write(dialog.getByLabel('Reason'), 'Too much noise');
  await hand.press(dialog.getByRole('button', { name: 'Remove', exact: true }));
  await visit.comes('whoever was removed is still there', () => grace.room.state.phase === 'closed');
  const { state } = grace.room;
  const reason =
    state.phase === 'closed' ? (state.reason as { reason?: string } | undefined)?.reason : undefined;
  visit.expect(reason === 'Too much noise', `whoever was removed reads as the reason: ${reason}`);
  await visit.comes(
    'whoever was removed is still shown',
    async () => (await page.locator('.person').count()) === 2,
  );
  visit.expect(alan.room.state.phase === 'live', 'somebody else was removed, too');
};
