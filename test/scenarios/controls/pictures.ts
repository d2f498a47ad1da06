import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CallPage } from '../../browser/call-page.ts';
import { Companion } from './companion.ts';
import { probePage } from './probe.ts';
import type { Stage } from './stage.ts';
import { faultsOf } from './surface.ts';
import { callViews, startViews } from './views.ts';

/** A phone, a tablet held upright, a laptop; in CSS pixels. */
const WINDOWS = [
  { width: 320, height: 640, touch: true },
  { width: 768, height: 1_024, touch: true },
  { width: 1_280, height: 800, touch: false },
];
const THEMES = ['light', 'dark'];
const LANGUAGES = ['en', 'zh-CN'];

export interface PictureOptions {
  /** Where they are written to; none are taken unless given. */
  folder: string | undefined;
  /** Only windows of these widths. */
  widths: readonly number[] | undefined;
  say(line: string): void;
}

/** Every view and dialog at three widths, in both themes and languages: without a fault that a program can find. */
export const pictures = async (stage: Stage, { folder, widths, say }: PictureOptions): Promise<void> => {
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  for (const { width, height, touch } of WINDOWS) {
    if (widths !== undefined && !widths.includes(width)) continue;
    for (const theme of THEMES) {
      for (const language of LANGUAGES) {
        const startedMs = performance.now();
        await inOneLook(stage, { width, height, touch, theme, language, folder });
        say(`${width} px, ${theme}, ${language}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
      }
    }
  }
};

interface Look {
  width: number;
  height: number;
  touch: boolean;
  theme: string;
  language: string;
  folder: string | undefined;
}

const inOneLook = async (stage: Stage, look: Look): Promise<void> => {
  const { width, height, touch, theme, language, folder } = look;
  const room = stage.newRoom();
  const call = await CallPage.open(stage.browser, {
    url: stage.url,
    room,
    name: 'Ada',
    fill: false,
    prepare: async (page) => {
      await page.addInitScript(probePage);
      await page.addInitScript(
        (chosen) => {
          // Nothing moves in a picture.
          const key = 'partyline.preferences';
          if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify(chosen));
        },
        { name: 'Ada Lovelace', room, theme, language, sounds: false },
      );
    },
    context: {
      viewport: { width, height },
      hasTouch: touch,
      isMobile: touch,
      permissions: ['microphone', 'clipboard-write'],
      reducedMotion: 'reduce',
    },
  });
  const { page } = call;
  const companions: Companion[] = [];
  const show = async (view: string): Promise<void> => {
    const name = `${view}-${width}-${theme}-${language}`;
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
    const faults = await faultsOf(page);
    stage.checks.expect(faults.length === 0, `${name}: ${faults.join(' | ')}`);
  };
  try {
    await startViews({ page, show });
    await page.reload();
    await page.locator('form.join .primary').click();
    await page.locator('.status[data-phase=connected]').waitFor({ timeout: 15_000 });
    for (const name of ['Grace Hopper', '王小明', 'Wolfeschlegelsteinhausenbergerdorff the Elder']) {
      companions.push(await Companion.join({ url: stage.url, room, name }));
    }
    await companions[1]!.hum();
    await page.locator('.person').nth(3).waitFor();
    await callViews({ page, grace: companions[0]!, show });
  } catch (error) {
    stage.checks.expect(false, `${width} px, ${theme}, ${language}: ${String(error).slice(0, 300)}`);
  } finally {
    await call.close();
    await Promise.allSettled(companions.map((one) => one.leave()));
  }
};
