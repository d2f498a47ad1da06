import type { Expectations } from '@partyline/harness';
import type { Browser } from 'playwright-core';
import type { CallPage } from '../../browser/call-page.ts';

/** What every part of the scenario works with: a room that Ada opened, and so moderates. */
export interface Stage {
  url: string;
  browser: Browser;
  /** For pictures. */
  folder: string;
  checks: Expectations;
  ada: CallPage;
  grace: CallPage;
  /** On a phone, in the dark. */
  alan: CallPage;
  room: string;
  /** Mints a token of somebody's for the room. */
  token(identity: string): Promise<string>;
  say(line: string): void;
}

/** Opens a tab of the side panel, unless it is open. */
export const openTab = async ({ page }: CallPage, name: 'Chat' | 'Line'): Promise<void> => {
  const button = page.locator('.room-header').getByRole('button', { name: new RegExp(`^${name}`) });
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  await page.getByRole('tab', { name, exact: false }).waitFor();
};

/** Opens the menu of somebody by their tile. */
export const openMenu = async ({ page }: CallPage, name: string): Promise<void> => {
  await page.getByRole('button', { name: new RegExp(`^${name}\\s*: volume and more`) }).click();
  await page.getByRole('dialog', { name }).waitFor();
};

export const closeMenu = ({ page }: CallPage): Promise<void> => page.keyboard.press('Escape');

/** What the conversation shows, oldest first. */
export const messagesOf = ({ page }: CallPage): Promise<string[]> =>
  page.locator('.chat-text').allTextContents();

/** The field in which messages are written. */
export const composerOf = ({ page }: CallPage) => page.locator('.chat-input');

/** Waits for something in sight, and returns whether it came. */
export const seen = (
  { page }: CallPage,
  selector: string,
  text: string | RegExp,
  timeoutMs = 10_000,
): Promise<boolean> =>
  page
    .locator(selector)
    .filter({ hasText: text, visible: true })
    .first()
    .waitFor({ timeout: timeoutMs })
    .then(
      () => true,
      () => false,
    );
