import { join } from 'node:path';
import { CallPage } from '../../browser/call-page.ts';
import { holdsWithin } from '../../support/wait.ts';
import { closeMenu, openMenu, type Stage, seen } from './part.ts';

/** Who opened the room mutes and removes; the others cannot, and are told what happens to them. */
export const moderating = async (stage: Stage): Promise<void> => {
  const { ada, grace, alan, folder, checks } = stage;
  const action = (who: CallPage, name: string) => who.page.getByRole('button', { name, exact: true });

  await openMenu(grace, 'Ada');
  checks.expect(
    (await action(grace, 'Mute for everyone').count()) === 0,
    'somebody without the grant is offered to mute',
  );
  await closeMenu(grace);

  await ada.sees('Grace', 'speaking');
  await openMenu(ada, 'Grace');
  await ada.page.screenshot({ path: join(folder, 'menu.png') });
  await action(ada, 'Mute for everyone').click();
  await ada.bannerSays('Grace is muted for everyone.');
  await grace.bannerSays('A moderator has muted you for everyone');
  await ada.sees('Grace', 'muted by a moderator');
  const talk = grace.page.locator('#talk');
  checks.expect(
    await holdsWithin(() => talk.isDisabled(), 3_000, 50),
    'somebody who was muted by a moderator may press the talk button',
  );
  checks.expect(
    await holdsWithin(() => grace.page.evaluate(() => window.partyline?.moderated === true), 3_000, 50),
    'the SDK does not say that a moderator muted it',
  );
  await grace.page.screenshot({ path: join(folder, 'muted.png') });

  await openMenu(ada, 'Grace');
  await action(ada, 'Allow to talk again').click();
  await grace.bannerSays('A moderator lets you talk again.');
  await ada.sees('Grace', 'speaking');
  checks.expect(
    await holdsWithin(() => talk.isEnabled(), 3_000, 50),
    'somebody who may talk again cannot press the talk button',
  );

  // A guest is disconnected with a reason, and may come back.
  await openMenu(ada, 'Alan');
  await action(ada, 'Remove from the room…').click();
  const dialog = ada.page.getByRole('dialog', { name: 'Remove Alan?' });
  await dialog.getByLabel('Reason').fill('Too much noise');
  await ada.page.screenshot({ path: join(folder, 'remove.png') });
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await alan.bannerSays('The reason given: Too much noise');
  await alan.page.screenshot({ path: join(folder, 'removed-phone.png') });
  await ada.bannerSays('Alan was removed from the room.');
  checks.expect(
    await holdsWithin(async () => (await ada.page.locator('.person').count()) === 2, 5_000, 50),
    'somebody who was removed is still shown',
  );
  await withToken(stage);
};

/** Whoever has a token of their own is kept out, and told for how long. */
const withToken = async ({ browser, url, room, token, ada, checks }: Stage): Promise<void> => {
  const address = `${url}/?room=${room}#token=${await token('mallory')}`;
  const mallory = await CallPage.join(browser, { url: address, name: 'Mallory', room });
  checks.expect(!mallory.page.url().includes('token'), 'a token stays in the address');
  await openMenu(ada, 'Mallory');
  await ada.page.getByRole('button', { name: 'Remove from the room…' }).click();
  await ada.page
    .getByRole('dialog', { name: 'Remove Mallory?' })
    .getByRole('button', { name: 'Remove', exact: true })
    .click();
  await mallory.bannerSays('A moderator has removed you from this room.');
  await mallory.press('Join with microphone');
  checks.expect(
    await seen(mallory, '.banner-text', /You can join again in (10 minutes|9 minutes|\d+ seconds)/),
    `somebody who is kept out reads: ${await mallory.banner()}`,
  );
  await mallory.close();
};
