import type { Locator, Page } from 'playwright-core';
import { until } from '../../support/wait.ts';
import type { Companion } from './companion.ts';

/** What a view needs to come about, in whatever language the page speaks: nothing here goes by words. */
export interface Scene {
  page: Page;
  /** Somebody else in the room. */
  grace: Companion;
  /** Takes the picture. */
  show(name: string): Promise<void>;
}

const header = (page: Page, at: number): Locator => page.locator('.header-button').nth(at);
const close = async (page: Page): Promise<void> => {
  await page.keyboard.press('Escape');
  await page
    .locator('dialog[open]')
    .waitFor({ state: 'detached' })
    .catch(() => undefined);
};

/** Before the call: empty, with what is missing, with a running sound check, the settings, a refusal. */
export const startViews = async ({ page, show }: Omit<Scene, 'grace'>): Promise<void> => {
  await page.locator('.sound-check .meter').waitFor({ timeout: 10_000 });
  await show('start');
  await page.locator('#name').fill('');
  await page.locator('#room').fill('not a room');
  await page.locator('.more summary').click();
  await page.locator('form.join .primary').click();
  await page.locator('.field-error:not(:empty)').nth(1).waitFor();
  await show('start-missing');
  await page.locator('.join-corner .icon-button').click();
  await page.locator('dialog.settings').waitFor();
  await show('settings');
  await page.locator('dialog.settings').evaluate((dialog) => dialog.scrollTo(0, dialog.scrollHeight));
  await show('settings-end');
  await close(page);
};

/** In the call. */
export const callViews = async ({ page, grace, show }: Scene): Promise<void> => {
  const shut = page.locator(
    '.panel-place .panel-header .icon-button, .drawer[open] .panel-header .icon-button',
  );
  if (await shut.isVisible()) await shut.click();
  await show('call');
  await page.locator('.dock .segments label').nth(1).click();
  await page.locator('#deafen').click();
  await show('call-push-deafened');
  await page.locator('#deafen').click();
  await page.locator('.dock .segments label').nth(0).click();
  await page.locator('#talk').click();
  await grace.write(
    'See https://example.com/a-very-long-address/that-does-not-end/before-the-edge-of-the-panel?at=last',
  );
  await page.locator('.header-button .count:not(:empty)').waitFor();
  await show('call-muted-unread');

  await header(page, 1).click();
  await page.locator('.chat-input').fill('你好, everybody');
  await page.keyboard.press('Enter');
  await page.locator('.chat-state').first().waitFor();
  await page.locator('.chat-input').fill('x'.repeat(4_003));
  await show('chat');
  await page.locator('.chat-input').fill('');
  await page.locator('.tab').nth(1).click();
  await page.locator('.line-table summary').click();
  await until(
    'the line was measured',
    async () => /\d/.test((await page.locator('.line-table td').first().textContent()) ?? ''),
    15_000,
  );
  await show('line');
  await page.locator('.panel-page:not([hidden])').evaluate((panel) => panel.scrollTo(0, panel.scrollHeight));
  await show('line-end');
  await shut.click();

  await header(page, 0).click();
  await page.locator('dialog.invite').waitFor();
  await show('invite');
  await close(page);
  await page.keyboard.press('?');
  await page.locator('dialog.shortcuts-dialog').waitFor();
  await show('shortcuts');
  await close(page);
  await page.locator('.person-button').first().click();
  await page.locator('dialog.person-menu').waitFor();
  await page.locator('dialog.person-menu .switch').click();
  await show('person');
  await page.locator('.menu-actions .danger').click();
  await page.locator('dialog.remove-dialog').waitFor();
  await show('removal');
  await close(page);
  await page.locator('.person-button').first().click();
  await page.locator('.menu-actions .button').nth(1).click();
  await page.locator('.banner:not(.empty)').waitFor();
  await show('call-banner');
};
