import { join } from 'node:path';
import { holdsWithin } from '../../support/wait.ts';
import { closeMenu, composerOf, messagesOf, openMenu, openTab, type Stage, seen } from './part.ts';

/** What people write to each other: to all and to one, with and without a connection. */
export const chatting = async ({ ada, grace, alan, folder, checks }: Stage): Promise<void> => {
  const arrives = async (who: typeof ada, text: string): Promise<boolean> =>
    holdsWithin(async () => (await messagesOf(who)).includes(text), 5_000, 50);

  // Grace has the conversation closed: it is counted for her, on the button and in the title.
  await openTab(ada, 'Chat');
  await openTab(grace, 'Line');
  await composerOf(ada).fill('Hello everybody');
  await composerOf(ada).press('Enter');
  const unread = grace.page.locator('.room-header').getByRole('button', { name: 'Chat, 1 unread' });
  const counted = await unread.waitFor({ timeout: 5_000 }).then(
    () => true,
    () => false,
  );
  checks.expect(counted, 'a message that nobody has seen is not counted on the button');
  checks.expect(
    await holdsWithin(async () => (await grace.page.title()).startsWith('(1) '), 3_000, 50),
    `the title does not tell of a message: ${await grace.page.title()}`,
  );
  checks.expect(
    await seen(grace, '[role=log]', 'Ada writes: Hello everybody'),
    'a message is not read aloud to whoever has the conversation closed',
  );
  await openTab(grace, 'Chat');
  checks.expect(await arrives(grace, 'Hello everybody'), 'a message to all does not arrive');
  checks.expect(
    await holdsWithin(async () => !(await grace.page.title()).startsWith('('), 3_000, 50),
    'a message that was seen is still counted',
  );
  checks.expect(await seen(ada, '.chat-state', 'Delivered to 2 people'), 'nobody is told that it arrived');

  // Lines, an input method's Enter, markup, and links.
  const input = composerOf(grace);
  await input.fill('first line');
  await input.press('Shift+Enter');
  await input.pressSequentially('second line');
  await input.evaluate((field) => {
    const composed = { key: 'Enter', bubbles: true, cancelable: true, isComposing: true };
    field.dispatchEvent(new KeyboardEvent('keydown', composed));
  });
  checks.expect(
    (await input.inputValue()) === 'first line\nsecond line',
    'Enter of an input method sends what is still being written',
  );
  await input.press('Enter');
  checks.expect(
    await arrives(ada, 'first line\nsecond line'),
    'a message of two lines does not arrive whole',
  );
  const hostile = '<img src=x onerror="document.title=\'taken\'"> javascript:alert(1) https://example.org/a.';
  await input.fill(hostile);
  await input.press('Enter');
  checks.expect(await arrives(ada, hostile), 'markup in a message is not shown as it was written');
  const links = await ada.page
    .locator('.chat-text a')
    .evaluateAll((found) => found.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]));
  checks.expect(
    JSON.stringify(links) === '[["https://example.org/a","noopener noreferrer nofollow"]]',
    `links in messages are ${JSON.stringify(links)}`,
  );
  checks.expect((await ada.page.locator('.chat-text img').count()) === 0, 'markup in a message is markup');

  // Too long: nothing is sent, and the field says by how much.
  await input.fill('x'.repeat(4_002));
  checks.expect(await seen(grace, '.chat-count', '2 characters too many'), 'a long message is not refused');
  await input.press('Enter');
  checks.expect((await input.inputValue()).length === 4_002, 'a message that is too long is lost');
  await input.fill('');

  // To one alone.
  await openMenu(grace, 'Ada');
  await grace.page.getByRole('button', { name: 'Send a private message' }).click();
  await input.fill('for your eyes only');
  await input.press('Enter');
  checks.expect(await arrives(ada, 'for your eyes only'), 'a private message does not arrive');
  checks.expect(
    await seen(ada, '.chat-private', 'only to you'),
    'a private message does not say that it is one',
  );
  await grace.page.getByRole('button', { name: 'Write to everybody again' }).click();
  await input.fill('and now to all');
  await input.press('Enter');
  await openTab(alan, 'Chat');
  checks.expect(await arrives(alan, 'and now to all'), 'a message to all does not reach a phone');
  checks.expect(
    !(await messagesOf(alan)).includes('for your eyes only'),
    'a private message is read by somebody else',
  );
  await alan.page.screenshot({ path: join(folder, 'chat-phone.png') });
  await closeMenu(alan);
  await ada.page.screenshot({ path: join(folder, 'chat.png') });
};

/** What is written while the service is away stays where it is, and leaves once it is back. */
export const writingOffline = async (
  { grace, checks, folder }: Stage,
  restart: { stop(): Promise<void>; start(): Promise<void> },
): Promise<void> => {
  await openTab(grace, 'Chat');
  await restart.stop();
  await grace.bannerSays('Reconnecting by itself');
  const input = composerOf(grace);
  await input.fill('is anybody there?');
  await input.press('Enter');
  checks.expect(
    await seen(grace, '.chat-composer .field-error', 'There is no connection right now'),
    'a message without a connection is refused without a word',
  );
  checks.expect((await input.inputValue()) === 'is anybody there?', 'a message that cannot be sent is lost');
  await grace.page.screenshot({ path: join(folder, 'chat-offline.png') });
  await restart.start();
  await grace.bannerSays('Connected again', 30_000);
  await input.press('Enter');
  checks.expect(
    await holdsWithin(async () => (await input.inputValue()) === '', 2_000),
    'a message cannot be sent once the connection is back',
  );
  checks.expect(await seen(grace, '.chat-state', /Delivered to|Nobody else/), 'it does not say that it left');
};
