import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';

const ADDRESS = 'https://example.com/agenda';

/** The conversation: writing to all and to one, what did not arrive, addresses, reading back. */
export const chatting = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const token = await stage.mint({ room, identity: 'grace', name: 'Grace' });
  let grace = await stage.companion(room, 'Grace', token);
  const visit = await stage.visit({ room });
  const { page, hand } = visit;
  const chat = page.locator('.chat');
  const field = chat.locator('.chat-input');
  const send = chat.getByRole('button', { name: 'Send', exact: true });
  const arrives = (text: string): Promise<void> =>
    visit.comes(`"${text}" does not arrive`, () => grace.messages.includes(text));
  await hand.write(field, 'Hello');
  await walk(visit, 'the conversation');
  await hand.press(send);
  await arrives('Hello');
  await visit.shows(chat.getByText('Delivered to 1 person'), 'it is not said that a message arrived');
  visit.expect((await field.inputValue()) === '', 'what was sent stays in the field');
  await page.keyboard.type('first');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second');
  await page.keyboard.press('Enter');
  await arrives('first\nsecond');

  // An address opens in a tab that knows nothing of this one.
  await page.context().route('https://example.com/**', (route) => route.fulfill({ body: 'agenda' }));
  await grace.write(`See ${ADDRESS}`);
  const link = chat.getByRole('link', { name: ADDRESS });
  await visit.shows(link, 'an address is no link');
  const [opened] = await Promise.all([
    page.context().waitForEvent('page', { timeout: 5_000 }),
    hand.press(link),
  ]);
  visit.expect(await opened.evaluate(() => window.opener === null), 'what was opened can reach the page');
  await opened.close();
  await page.bringToFront();

  // To one alone, who has gone by then.
  await hand.press(page.getByRole('button', { name: /^Grace\s*: volume and more/ }));
  await hand.press(
    page.getByRole('dialog', { name: 'Grace' }).getByRole('button', { name: 'Send a private message' }),
  );
  await visit.shows(
    chat.locator('.chat-recipient', { hasText: 'only to Grace' }),
    'it is not said whom one writes to',
  );
  visit.expect(
    await field.evaluate((one) => one === document.activeElement),
    'a private message does not begin in its field',
  );
  await grace.leave();
  await visit.comes('whoever left is still shown', async () => (await page.locator('.person').count()) === 1);
  await hand.write(field, 'Are you there?');
  await hand.press(send, 'Space');
  await visit.shows(chat.getByText('Not delivered'), 'it is not said that a message did not arrive');
  grace = await stage.companion(room, 'Grace', token);
  await visit.comes(
    'whoever came back is not shown',
    async () => (await page.locator('.person').count()) === 2,
  );
  await hand.press(chat.getByRole('button', { name: 'Send again' }));
  await arrives('Are you there?');
  await hand.press(chat.getByRole('button', { name: 'Write to everybody again' }));
  await visit.hides(chat.locator('.chat-recipient'), 'one cannot write to everybody again');

  // Whoever reads back stays there, and is told of what is new.
  for (let line = 1; line <= 30; line += 1) await grace.write(`line ${line}`);
  await visit.shows(chat.getByText('line 30', { exact: true }), 'many messages do not arrive');
  const log = chat.getByRole('log', { name: 'Messages' });
  const fromEnd = (): Promise<number> =>
    log.evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
  await visit.comes('the newest message is not in sight', async () => (await fromEnd()) < 50);
  await hand.scrollUp(log);
  await visit.comes('one cannot read back', async () => (await fromEnd()) > 200);
  await grace.write('news');
  const news = chat.getByRole('button', { name: 'New messages' });
  await visit.shows(news, 'whoever reads back is not told of a message');
  visit.expect((await fromEnd()) > 200, 'whoever reads back is taken away from there');
  await hand.press(news);
  await visit.comes('the button does not lead to the newest message', async () => (await fromEnd()) < 50);
};
