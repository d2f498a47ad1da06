import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { tapArrivals } from './arrival-tap.ts';
import { NAMING_SCRIPT, tapPage, tapWorkletSource } from './page-taps.ts';
import { packRecordings, type Recordings, unpackRecordings } from './recordings.ts';

export interface VisitOptions {
  /** Where the page is served. */
  url: string;
  name: string;
  room: string;
  /** Writes down what goes in at the microphone and comes out at the loudspeaker. */
  tapped?: boolean;
  /** Writes down when each message of a WebSocket came: see `arrivalsAt`. */
  arrivals?: boolean;
  /** Runs in the page before its own script. */
  script?: () => void;
  /** Makes the browser's page ready before anything is loaded. */
  prepare?: (page: Page) => Promise<void>;
  /** False leaves the form as it is. */
  fill?: boolean;
  /** Colour scheme, window size. */
  context?: BrowserContextOptions;
}

/** Runs in the page before its own script. */
const switchTonesOff = (): void => {
  const key = 'partyline.preferences';
  if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify({ sounds: false }));
};

/** The page in a real browser, used as a person uses it: by clicking and reading. */
export class CallPage {
  readonly page: Page;
  /** Errors of the page's own scripts, and what its console said in red. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /** Opens the page, fills in the form and joins; resolves when the call's view is there. */
  static async join(browser: Browser, options: VisitOptions): Promise<CallPage> {
    const call = await CallPage.open(browser, options);
    await call.press('Join with microphone');
    await call.page
      .getByText('Connected', { exact: true })
      .waitFor({ timeout: 15_000 })
      .catch(async (error: unknown) => {
        throw new Error(
          `${options.name} could not join: ${(await call.banner()) || String(error)} ${call.described()}`,
        );
      });
    return call;
  }

  /** Opens the page and fills in the form. */
  static async open(browser: Browser, options: VisitOptions): Promise<CallPage> {
    const { url, name, room, tapped = false, arrivals = false, script, prepare, context = {} } = options;
    // A tap is a script from elsewhere, which the page's content security policy forbids, as it should.
    const visit = await browser.newContext({
      viewport: { width: 1_100, height: 900 },
      bypassCSP: tapped,
      ...context,
    });
    const page = await visit.newPage();
    const call = new CallPage(page);
    await page.addInitScript(NAMING_SCRIPT);
    if (tapped) {
      await page.addInitScript(tapPage, tapWorkletSource);
      // What is measured is voice: the page's own tones would be part of it.
      await page.addInitScript(switchTonesOff);
    }
    await prepare?.(page);
    if (script) await page.addInitScript(script);
    if (arrivals) await page.addInitScript(tapArrivals);
    await page.goto(url);
    if (options.fill === false) return call;
    await page.getByLabel('Your name').fill(name);
    await page.getByLabel('Room', { exact: true }).fill(room);
    return call;
  }

  /** What the banner says; empty when there is none. */
  async banner(): Promise<string> {
    return (await this.page.locator('.banner-text').textContent()) ?? '';
  }

  /** Waits until the banner says something. */
  async bannerSays(text: string | RegExp, timeoutMs = 15_000): Promise<void> {
    await this.page.locator('.banner-text').filter({ hasText: text }).waitFor({ timeout: timeoutMs });
  }

  private described(): string {
    return this.errors.length === 0 ? '' : `(the page's errors: ${this.errors.join('; ')})`;
  }

  /** Waits until the list of people shows somebody in a state, such as "speaking" or "muted". */
  async sees(name: string, state: string): Promise<void> {
    const person = this.page.getByRole('listitem').filter({ hasText: name });
    await person.filter({ hasText: state }).waitFor({ timeout: 10_000 });
  }

  /** Presses the button with exactly this label. */
  async press(label: string): Promise<void> {
    await this.page.getByRole('button', { name: label, exact: true }).click();
  }

  /** What the SDK's `getStats()` says, times in ms; undefined while nothing is heard. */
  claims(): Promise<{ mouthToEarMs: number; playoutMs: number } | undefined> {
    return this.page.evaluate(() => {
      const stats = window.partyline?.getStats();
      const heard = stats?.speakers.find(({ playoutMs }) => playoutMs !== undefined);
      return heard && { mouthToEarMs: heard.mouthToEarMs!, playoutMs: heard.playoutMs! };
    });
  }

  /** Frames that the SDK's `getStats()` counts as received, missing and late. */
  frameCounts(): Promise<{ received: number; lost: number; late: number }> {
    return this.page.evaluate(() => {
      const {
        receivedFrames = 0,
        lostFrames = 0,
        lateFrames = 0,
      } = window.partyline?.getStats().downlink ?? {};
      return { received: receivedFrames, lost: lostFrames, late: lateFrames };
    });
  }

  /** The page's clock, epoch ms. */
  now(): Promise<number> {
    return this.page.evaluate(() => performance.timeOrigin + performance.now());
  }

  /** Everything that was recorded so far. */
  async recordings(): Promise<Recordings> {
    return unpackRecordings(await this.page.evaluate(packRecordings));
  }

  /** Begins to write down what passes from now on, or stops; either way what there was is forgotten. */
  async record(recording: boolean): Promise<void> {
    await this.page.evaluate((on) => {
      const taps = window.partylineTaps;
      if (taps === undefined) throw new Error('This page was opened without taps.');
      taps.recording = on;
      taps.microphone.length = 0;
      taps.loudspeaker.length = 0;
    }, recording);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
