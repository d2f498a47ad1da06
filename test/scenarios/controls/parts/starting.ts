import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';

/** In bytes: with an Opus of the browser's own, the page gets along without the one in WebAssembly. */
const MOST_SCRIPT = 250_000;

/** The form: what is missing is said and led to; with a microphone, only to listen, given up, and with an access token. */
export const starting = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const witness = await stage.companion(room, 'Grace');
  const visit = await stage.visit({ room, at: 'empty' });
  const { page, hand } = visit;
  const name = page.getByLabel('Your name');
  const where = page.getByLabel('Room', { exact: true });
  const join = visit.button('Join with microphone');
  const focused = (id: string): Promise<boolean> =>
    page.evaluate((id) => document.activeElement?.id === id, id);
  visit.expect(await focused('name'), 'an empty form does not begin at the name');

  await hand.press(join);
  await visit.shows(page.getByText('Please enter a name'), 'nothing is said about a name that is missing');
  visit.expect(await focused('name'), 'a missing name is not led to');
  await hand.write(name, 'Ada');
  await hand.write(where, 'not a room');
  await hand.press(join);
  await visit.shows(page.getByText('A room’s name has 1 to 64'), 'nothing is said about a bad room');
  visit.expect(await focused('room'), 'a bad room is not led to');

  // A token fills in its room.
  await hand.press(page.getByText('More', { exact: true }));
  const token = await stage.mint({ room, identity: 'ada' });
  await hand.write(page.getByLabel('Access token'), token);
  visit.expect((await where.inputValue()) === room, 'a token does not fill in its room');
  await hand.write(page.getByLabel('Access token'), ' ');
  await walk(visit, 'the form');

  // Given up while the server does not answer.
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/join', async (route) => {
    await held;
    await route.abort();
  });
  await hand.press(join);
  await visit.shows(visit.button('Joining…'), 'a join under way is not shown');
  await hand.press(visit.button('Cancel'));
  await visit.shows(join, 'a join cannot be given up');
  letGo();
  await page.unrouteAll({ behavior: 'wait' });

  await hand.press(visit.button('Join and only listen'), 'Space');
  await visit.comes(
    'whoever only listens is not in the room',
    () => witness.sees('Ada') !== undefined,
    15_000,
  );
  visit.expect(!(await witness.hears('Ada', 1_000)), 'whoever only listens is heard');
  await page.locator('#leave').click({ trial: true });
  await hand.press(page.locator('#leave'));
  await visit.shows(join, 'leaving does not lead back to the form');
  visit.expect((await name.inputValue()) === 'Ada', 'after a call the form has forgotten the name');
  await hand.press(join);
  await visit.comes('whoever joins is not in the room', () => witness.sees('Ada') !== undefined, 15_000);
  visit.expect(await witness.hears('Ada', 8_000), 'whoever joins with a microphone is not heard');
  const scripts = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => name.endsWith('.js') && !name.endsWith('/worklet.js'))
      .map(({ decodedBodySize }) => decodedBodySize),
  );
  const bytes = scripts.reduce((sum, size) => sum + size, 0);
  visit.expect(bytes > 0 && bytes < MOST_SCRIPT, `a call takes ${bytes} bytes of script`);
};

/** The corner: another language and back, and the settings. */
export const corner = async (stage: Stage): Promise<void> => {
  const visit = await stage.visit({ room: stage.newRoom(), at: 'form' });
  const { page, hand } = visit;
  const language = (): Promise<string> => page.evaluate(() => document.documentElement.lang);
  await hand.press(visit.button('简体中文'));
  await visit.shows(page.getByRole('heading', { name: '加入房间' }), 'the form does not speak Chinese');
  visit.expect((await language()) === 'zh-CN', `the document says that it speaks ${await language()}`);
  visit.expect(
    (await page.getByLabel('你的名字').inputValue()) === 'Ada',
    'another language empties the form',
  );
  await page.reload();
  await visit.shows(page.getByRole('heading', { name: '加入房间' }), 'the language is not remembered');
  await hand.press(visit.button('English'));
  await visit.shows(page.getByRole('heading', { name: 'Join a room' }), 'there is no way back to English');
  await hand.press(visit.button('Settings'));
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await visit.shows(settings, 'the settings do not open');
  await visit.dismiss(settings);
};
