import puppeteer, { type Browser, type ElementHandle, type KeyInput, type Page } from 'puppeteer-core';
import { type BrowserTab, pageScript, type Target, targetScript, webDriverKey } from './browser-tab.ts';
import { findProgram } from './find-program.ts';
import { withLauncher } from './launcher-script.ts';
import { soon } from './soon.ts';
import type { SoundRecording } from './sound-recording.ts';
import type { SoundServer } from './sound-server.ts';
import { TIED } from './tied-program.ts';
import type { Timeline } from './timeline.ts';

/** A tab of Firefox by WebDriver BiDi. Its microphone is the sound server's, its loudspeaker is recorded there. */
export class FirefoxTab implements BrowserTab {
  readonly browser: string;
  readonly errors: string[] = [];
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #recording: SoundRecording;

  private constructor(browser: Browser, version: string, page: Page, recording: SoundRecording) {
    this.browser = `Firefox ${version.replace(/^firefox\//i, '')}`;
    this.#browser = browser;
    this.#page = page;
    this.#recording = recording;
    page.on('pageerror', (error) => this.errors.push(error instanceof Error ? error.message : String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /** @param loudspeaker of the sound server */
  static async open(
    sound: SoundServer,
    loudspeaker: string,
    prefs: Readonly<Record<string, boolean | number | string>> = {},
  ): Promise<FirefoxTab> {
    const firefox = findProgram(['firefox-esr', 'firefox'], { variable: 'FIREFOX', debian: 'firefox-esr' });
    const browser = await withLauncher(TIED, firefox, (executablePath) =>
      puppeteer.launch({
        browser: 'firefox',
        executablePath,
        headless: true,
        // Signals are for the scenario: a browser that went away by itself would hide why it ended.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
        defaultViewport: { width: 1_100, height: 900 },
        env: { PATH: process.env.PATH, MOZ_CRASHREPORTER_DISABLE: '1', ...sound.environment(loudspeaker) },
        extraPrefsFirefox: {
          // The person allows the microphone, and clicks before sound begins, as the click to join does.
          'media.navigator.permission.disabled': true,
          'media.autoplay.default': 0,
          'media.autoplay.blocking_policy': 0,
          ...prefs,
        },
      }),
    );
    const page = await browser.newPage();
    return new FirefoxTab(browser, await browser.version(), page, sound.record(loudspeaker));
  }

  async goto(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  evaluate<Args extends unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return this.#page.evaluate(`(async () => { ${pageScript(run, args)} })()`) as Promise<Awaited<Result>>;
  }

  async click(target: Target): Promise<void> {
    await (await this.#element(target)).click();
  }

  async fill(target: Target, text: string): Promise<void> {
    const field = await this.#element(target);
    await field.evaluate((input) => (input as HTMLInputElement).select());
    await field.type(text);
  }

  keyDown(key: string): Promise<void> {
    return this.#page.keyboard.down(webDriverKey(key) as KeyInput);
  }

  keyUp(key: string): Promise<void> {
    return this.#page.keyboard.up(webDriverKey(key) as KeyInput);
  }

  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path: path as `${string}.png` });
  }

  async heard(): Promise<Timeline> {
    return this.#recording.timeline;
  }

  async close(): Promise<void> {
    this.#recording.stop();
    await this.#browser.close();
  }

  #element(target: Target): Promise<ElementHandle<HTMLElement>> {
    return soon(`${target.kind} "${target.label}"`, async () => {
      const found = await this.#page.evaluateHandle(`(() => { ${targetScript(target)} })()`);
      return found.asElement() as ElementHandle<HTMLElement> | null;
    });
  }
}
