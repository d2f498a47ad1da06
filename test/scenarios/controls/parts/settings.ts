import { CODEC_FORMATS } from '@partyline/client';
import type { Locator } from 'playwright-core';
import type { Companion } from '../companion.ts';
import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';
import type { Visit } from '../visit.ts';
import { soundControls } from './sound-check.ts';

const MESSAGE_HZ = 1_046.5;

/** Everything that can be set, during a call: it counts at once. */
export const settings = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const witness = await stage.companion(room, 'Grace');
  const visit = await stage.visit({ room });
  const { page, hand } = visit;
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  const open = async (): Promise<void> => {
    await hand.press(visit.button('Settings'));
    await visit.shows(dialog, 'the settings do not open');
  };
  await open();
  await walk(visit, 'the settings');
  await soundControls(visit, dialog);
  visit.expect(await witness.hears('Ada', 8_000), 'after all that was set nobody is heard');

  await codecs(visit, dialog, witness);

  // Another key to talk; one that is taken is refused.
  const change = dialog.getByRole('button', { name: 'Change', exact: true });
  const waiting = dialog.getByRole('button', { name: 'Press a key…' });
  await hand.press(change);
  await visit.shows(waiting, 'no key is asked for');
  await page.keyboard.press('m');
  await visit.shows(dialog.getByText('M does something else here'), 'a key that is taken is taken twice');
  await page.keyboard.press('t');
  await visit.shows(dialog.locator('kbd', { hasText: /^T$/ }), 'the key to hold does not change');
  await hand.press(change);
  if (hand.kind === 'mouse') await hand.press(waiting);
  else await page.keyboard.press('Escape');
  await visit.shows(dialog, 'giving up the choice of a key closes the settings');

  for (const [theme, expected] of [
    ['Dark', 'dark'],
    ['Light', 'light'],
    ['As the system', 'light'],
  ] as const) {
    await hand.choose(dialog.getByLabel(theme, { exact: true }));
    await visit.comes(`the theme "${theme}" is not shown`, () =>
      page.evaluate((expected) => document.documentElement.dataset.theme === expected, expected),
    );
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await visit.comes('the theme does not follow the system', () =>
    page.evaluate(() => document.documentElement.dataset.theme === 'dark'),
  );

  // Tests listen without tones, so that the switch is off to begin with.
  const tones = dialog.getByRole('switch', { name: 'Sounds of the room' });
  const rings = (): Promise<boolean> => page.evaluate((hz) => window.probe.tones.includes(hz), MESSAGE_HZ);
  await witness.write('unheard');
  await visit.comes('a message does not arrive', async () =>
    (await page.locator('.chat-text').allTextContents()).includes('unheard'),
  );
  visit.expect(!(await rings()), 'a tone is played though tones are off');
  await hand.press(tones);
  await witness.write('heard');
  await visit.comes('no tone is played though tones are on', rings);
  await hand.press(tones);

  const language = dialog.getByLabel('Language', { exact: true });
  await hand.pick(language, 'zh-CN');
  const chinese = page.getByRole('dialog', { name: '设置' });
  await visit.shows(chinese, 'the settings do not speak Chinese');
  visit.expect(
    await chinese.getByLabel('语言', { exact: true }).evaluate((list) => list === document.activeElement),
    'another language takes the focus away from its list',
  );
  await hand.pick(chinese.getByLabel('语言', { exact: true }), 'en');
  await visit.shows(dialog, 'there is no way back to English');
  await visit.dismiss(dialog);
  await hand.press(page.locator('#talk'));
  await visit.comes('one cannot mute oneself', () => witness.hearsNoMore('Ada'));
  await page.keyboard.down('t');
  visit.expect(await witness.hears('Ada'), 'the key that was chosen does not talk');
  await page.keyboard.up('t');
  await open();
  await visit.dismiss(dialog, 'Escape');
};

/** What the voice is sent as; the companion, as every program from Node, has no Speex unless it asks for it. */
const codecs = async (visit: Visit, dialog: Locator, witness: Companion): Promise<void> => {
  const list = dialog.getByLabel('Codec', { exact: true });
  const comesAs = (codec: keyof typeof CODEC_FORMATS): Promise<void> =>
    visit.comes(`${codec} is chosen and not sent`, () => witness.codecOf('Ada') === CODEC_FORMATS[codec]);
  await visit.comes(
    'the codecs of modules are not offered',
    async () => (await list.locator('option[value="speex/16000"]').count()) === 1,
  );
  await visit.hand.pick(list, 'pcmu/8000');
  await comesAs('pcmu/8000');
  await visit.shows(dialog.getByText('Telephone band'), 'it is not said how a codec sounds');
  await visit.hand.pick(list, 'speex/16000');
  await visit.shows(
    dialog.getByText('Not everybody here can decode Speex wide band, so your voice is sent as Opus.'),
    'it is not said that something else is sent',
  );
  await comesAs('opus/48000');
  await visit.hand.pick(list, 'opus/48000');
  await visit.hides(dialog.locator('.codec-instead'), 'something else is still said to be sent');
};
