import type { Browser, ElementHandle, Page } from 'playwright-core';
import { type BrowserTab, pageScript, type Target, targetScript } from './browser-tab.ts';
import { openBrowser } from './chromium.ts';
import { NAMING_SCRIPT, tapPage, tapWorkletSource } from './page-taps.ts';
import { packRecordings, unpackRecordings } from './recordings.ts';
import { soon } from './soon.ts';
import { joinBlocks, type Timeline } from './timeline.ts';

/** A tab of Chromium by Playwright, with taps at its microphone and loudspeaker. */
export class ChromiumTab implements BrowserTab {
  readonly browser: string;
  readonly errors: string[] = [];
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.browser = `Chromium ${browser.version()}`;
    this.#browser = browser;
    this.#page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /** @param microphoneFile absolute path of a 16-bit WAV file that is the microphone, over and over */
  static async open(microphoneFile: string): Promise<ChromiumTab> {
    const browser = await openBrowser({ microphoneFile });
    // A tap is a script from elsewhere, which the page's content security policy forbids, as it should.
    const context = await browser.newContext({ viewport: { width: 1_100, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    await page.addInitScript(NAMING_SCRIPT);
    await page.addInitScript(tapPage, tapWorkletSource);
    return new ChromiumTab(browser, page);
  }

  async goto(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  evaluate<Args extends unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return this.#page.evaluate(`(async () => { ${pageScript(run, args)} })()`);
  }

  async click(target: Target): Promise<void> {
    await (await this.#element(target)).click();
  }

  async fill(target: Target, text: string): Promise<void> {
    await (await this.#element(target)).fill(text);
  }

  keyDown(key: string): Promise<void> {
    return this.#page.keyboard.down(key);
  }

  keyUp(key: string): Promise<void> {
    return this.#page.keyboard.up(key);
  }

  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path });
  }

  async heard(): Promise<Timeline> {
    return joinBlocks(unpackRecordings(await this.#page.evaluate(packRecordings)).loudspeaker);
  }

  /** What went in at the microphone so far. */
  async spoken(): Promise<Timeline> {
    return joinBlocks(unpackRecordings(await this.#page.evaluate(packRecordings)).microphone);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  #element(target: Target): Promise<ElementHandle<HTMLElement>> {
    return soon(`${target.kind} "${target.label}"`, async () => {
      const found = await this.#page.evaluateHandle(`(() => { ${targetScript(target)} })()`);
      return found.asElement() as ElementHandle<HTMLElement> | null;
    });
  }
}
