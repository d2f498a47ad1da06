import { join } from 'node:path';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { openTab, type Stage, seen } from './part.ts';

/** So many seconds are on the charts before they are looked at. */
const WATCHED_MS = 12_000;
/** Means over a second beside smoothed values: they agree roughly, not to the millisecond. */
const OFF_MS = 25;

/** The charts and figures of the line, against what the SDK says. */
export const watching = async ({ ada, grace, folder, checks }: Stage): Promise<void> => {
  const { page } = ada;
  await openTab(ada, 'Line');
  await ada.sees('Grace', 'speaking');
  await forMs(WATCHED_MS);
  checks.expect(await seen(ada, '.line-verdict', 'from mouth to ear'), 'nothing is said about the line');
  await page.getByText('All figures').click();
  const figures = async (): Promise<Record<string, number>> => {
    const rows = await page
      .locator('.line-table tbody tr')
      .evaluateAll((found) =>
        found.map((row) => [row.children[0]?.textContent ?? '', row.children[1]?.textContent ?? '']),
      );
    return Object.fromEntries(rows.map(([name = '', text = '']) => [name, Number.parseFloat(text)]));
  };
  // Grace may pause between two sentences: then there is nothing to show for a moment.
  const complete = await holdsWithin(
    async () => Number.isFinite((await figures())['Mouth to ear']),
    10_000,
    200,
  );
  checks.expect(complete, 'the table has no figure for mouth to ear');
  const parts = ['Speaker’s side', 'Servers', 'Way to you', 'Buffer and loudspeaker'];
  const sums: string[] = [];
  // While the buffer changes, the parts are of another moment than the whole.
  const addUp = await holdsWithin(
    async () => {
      const shown = await figures();
      const sum = parts.reduce((total, name) => total + (shown[name] ?? Number.NaN), 0);
      const whole = shown['Mouth to ear'] ?? Number.NaN;
      sums.push(`${sum.toFixed(0)} and ${whole.toFixed(0)}`);
      return Math.abs(sum - whole) <= OFF_MS;
    },
    10_000,
    500,
  );
  checks.expect(addUp, `the parts together and the whole never agree, ms: ${sums.join(', ')}`);
  // The page draws once a second, and a spurt's beginning is later than what follows: they are to agree, not at every instant.
  const pairs: string[] = [];
  const agree = await holdsWithin(
    async () => {
      const claimed = (await ada.claims())?.mouthToEarMs;
      const drawn = (await figures())['Mouth to ear'] ?? Number.NaN;
      pairs.push(`${drawn} and ${claimed?.toFixed(0)}`);
      return claimed !== undefined && Math.abs(claimed - drawn) < 50;
    },
    10_000,
    500,
  );
  checks.expect(agree, `what the page shows and what the SDK says never agree, ms: ${pairs.join(', ')}`);
  const paths = await page
    .locator('.chart path')
    .evaluateAll((found) => found.map((path) => path.getAttribute('d') ?? ''));
  const drawn = paths.filter((path) => path.split('L').length > 5);
  checks.expect(
    paths.length === 9 && drawn.length === 9,
    `of ${paths.length} lines ${drawn.length} are drawn`,
  );
  await page.screenshot({ path: join(folder, 'line.png') });

  // All that is not named here would be taken back.
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write', 'microphone']);
  await page.getByRole('button', { name: 'Copy diagnostics' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor({ timeout: 3_000 });
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const copied = JSON.parse(text) as { history?: unknown[]; stats?: { speakers?: unknown[] } };
  checks.expect((copied.history?.length ?? 0) >= WATCHED_MS / 1_000 - 3, 'the copied history is too short');
  checks.expect((copied.stats?.speakers?.length ?? 0) > 0, 'the copied figures have no speaker');
  checks.expect(!/guest-|Grace|Ada|token/i.test(text), 'the copied figures name somebody');

  // Out of sight nothing is drawn.
  await openTab(ada, 'Chat');
  const count = (): Promise<number> =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          let changes = 0;
          const watch = new MutationObserver((records) => {
            changes += records.length;
          });
          const options = { subtree: true, childList: true, attributes: true, characterData: true };
          for (const drawn of document.querySelectorAll('.chart, .line-table')) watch.observe(drawn, options);
          setTimeout(() => {
            watch.disconnect();
            resolve(changes);
          }, 2_500);
        }),
    );
  checks.expect((await count()) === 0, 'charts that nobody sees are drawn');
  await openTab(grace, 'Line');
  await forMs(1_500);
  await grace.page.screenshot({ path: join(folder, 'line-short.png') });
};
