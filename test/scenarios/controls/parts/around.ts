import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';
import type { Visit } from '../visit.ts';

/** The header: inviting, the side panel, the list of keys. */
export const around = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const visit = await stage.visit({ room });
  const { page, hand } = visit;
  await visit.shows(page.getByText('You are the first one here'), 'whoever is alone is not told');
  await walk(visit, 'the call of one');
  await hand.press(page.locator('.alone').getByRole('button', { name: 'Invite' }));
  await inviting(visit, room);
  await hand.press(page.locator('.room-header').getByRole('button', { name: 'Invite' }), 'Space');
  await visit.dismiss(page.getByRole('dialog', { name: 'Invite others' }), 'Escape');

  const shortcuts = page.getByRole('dialog', { name: 'Keyboard' });
  await hand.press(visit.button('Keyboard'));
  await visit.shows(shortcuts.getByText('Mute or unmute'), 'the list of keys does not open');
  await walk(visit, 'the list of keys');
  await visit.dismiss(shortcuts);

  await panel(visit, page.locator('.panel-place'));
};

const inviting = async (visit: Visit, room: string): Promise<void> => {
  const { page, hand } = visit;
  const dialog = page.getByRole('dialog', { name: 'Invite others' });
  await visit.shows(dialog, 'the invitation does not open');
  await walk(visit, 'the invitation');
  const field = dialog.getByLabel('Link to this room');
  const link = await field.inputValue();
  visit.expect(link === `${new URL(page.url()).origin}/?room=${room}`, `the link is ${link}`);
  await hand.press(dialog.getByRole('button', { name: 'Copy link' }));
  await visit.shows(dialog.getByText('Link copied'), 'nothing is said about the copied link');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  visit.expect(copied === link, `instead of the link "${copied}" was copied`);
  await hand.press(dialog.getByRole('button', { name: 'Share…' }));
  const shared = await page.evaluate(() => window.probe.shared.at(-1)?.url);
  visit.expect(shared === link, `instead of the link ${shared} was shared`);
  await hand.press(field);
  const selected = await field.evaluate(
    (input: HTMLInputElement) => input.selectionEnd! - input.selectionStart!,
  );
  visit.expect(selected === link.length, 'the link is not selected for copying by hand');
  await visit.dismiss(dialog);
};

/** Tabs, closing, and opening by the header: beside the people, or as a drawer over them. */
const panel = async (visit: Visit, place: ReturnType<Visit['page']['locator']>): Promise<void> => {
  const { page, hand } = visit;
  const header = page.locator('.room-header');
  const chat = place.getByRole('tab', { name: 'Chat' });
  const line = place.getByRole('tab', { name: 'Line' });
  if (!(await chat.isVisible())) await hand.press(header.getByRole('button', { name: 'Chat' }));
  await visit.shows(chat, 'the side panel does not open');
  await hand.choose(line);
  await visit.shows(place.locator('.line'), 'the other tab does not show the line');
  await hand.choose(chat);
  await visit.shows(place.locator('.chat'), 'the other tab does not show the conversation');
  await hand.press(place.getByRole('button', { name: 'Close the side panel' }));
  await visit.hides(chat, 'the side panel does not close');
  await hand.press(header.getByRole('button', { name: 'Line' }));
  await visit.shows(place.locator('.line'), 'the header does not open the line');
  // A drawer lies over the header.
  if ((await page.locator('dialog[open]').count()) > 0) return;
  await hand.press(header.getByRole('button', { name: 'Chat' }));
  await visit.shows(place.locator('.chat'), 'the header does not open the conversation');
};

/** A window as narrow as a phone: the side panel is a drawer, which has the page to itself. */
export const narrow = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  await stage.companion(room, 'Grace');
  const visit = await stage.visit({ room, context: { viewport: { width: 390, height: 800 } } });
  const { page, hand } = visit;
  await walk(visit, 'the narrow call');
  await panel(visit, page.locator('.drawer'));
  await walk(visit, 'the drawer');
  await page.keyboard.press('Escape');
  await visit.hides(page.locator('.drawer'), 'Escape does not close the drawer');
  await hand.press(page.locator('.room-header').getByRole('button', { name: 'Chat' }));
  await visit.shows(page.locator('.drawer .chat'), 'the drawer does not open again');
  await walk(visit, 'the conversation in the drawer');
};
