import type { Stage } from '../stage.ts';
import { walk } from '../tab-order.ts';

/** The line: a verdict, figures as charts and as a table, and all of it to copy. */
export const line = async (stage: Stage): Promise<void> => {
  const room = stage.newRoom();
  const grace = await stage.companion(room, 'Grace');
  await grace.hum();
  const visit = await stage.visit({ room });
  const { page, hand } = visit;
  await hand.press(page.locator('.room-header').getByRole('button', { name: 'Line' }));
  const panel = page.locator('.line');
  await visit.shows(panel.getByText('from mouth to ear'), 'nothing is said about the line', 15_000);
  await hand.press(panel.getByText('All figures'));
  const cell = panel.locator('tbody tr').filter({ hasText: 'Mouth to ear' }).locator('td').first();
  await visit.comes(
    'the table has no figure',
    async () => Number.parseFloat((await cell.textContent()) ?? '') > 0,
  );
  await walk(visit, 'the line');
  await hand.press(panel.getByRole('button', { name: 'Copy diagnostics' }));
  const copied = panel.getByRole('button', { name: 'Copied' });
  await visit.shows(copied, 'it is not said that the figures were copied');
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const isComplete = text.includes('"history"') && text.includes('"speakers"');
  visit.expect(isComplete, `copied were ${text.slice(0, 80)}`);
  await hand.press(copied);
  await visit.shows(
    panel.getByRole('button', { name: 'Copy diagnostics' }),
    'the button says for ever that it copied',
  );
};
