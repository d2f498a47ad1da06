import { holdsWithin } from '../support/wait.ts';
import type { BrowserTab } from './browser-tab.ts';

/** Looking at a page costs it time: often enough for a person, seldom enough for the sound. */
const LOOK_EVERY_MS = 100;

export interface Visit {
  /** Where the page is served. */
  url: string;
  name: string;
  room: string;
  /** What the page remembers of an earlier visit; its tones are off unless they are named. */
  preferences?: Readonly<Record<string, boolean | string>>;
}

/** The page in some browser, used as a person uses it: by clicking, holding a key, and reading. */
export class CallTab {
  readonly tab: BrowserTab;
  readonly name: string;

  private constructor(tab: BrowserTab, name: string) {
    this.tab = tab;
    this.name = name;
  }

  /** Opens the page, fills in the form and joins; resolves when the call's view is there. */
  static async join(tab: BrowserTab, { url, name, room, preferences = {} }: Visit): Promise<CallTab> {
    await tab.goto(url);
    // Tones when somebody comes would be heard where a voice is looked for.
    const remembered = JSON.stringify({ sounds: false, ...preferences });
    await tab.evaluate((text: string) => localStorage.setItem('partyline.preferences', text), remembered);
    await tab.goto(url);
    await tab.fill({ kind: 'field', label: 'Your name' }, name);
    await tab.fill({ kind: 'field', label: 'Room' }, room);
    const call = new CallTab(tab, name);
    await call.press('Join with microphone');
    await call.isConnected(30_000);
    return call;
  }

  /** Presses the button with exactly this label. */
  press(label: string): Promise<void> {
    return this.tab.click({ kind: 'button', label });
  }

  /** Ticks the radio button with this label. */
  choose(label: string): Promise<void> {
    return this.tab.click({ kind: 'choice', label });
  }

  /** Waits until the list of people shows somebody in a state, such as "speaking" or "muted". */
  sees(name: string, state: string): Promise<void> {
    return this.#reads(
      `${name} is ${state}`,
      async () => (await this.stateOf(name))?.includes(state) ?? false,
    );
  }

  /** Waits until the list of people shows somebody who does not speak. */
  seesSilent(name: string): Promise<void> {
    return this.#reads(
      `${name} is silent`,
      async () => (await this.stateOf(name))?.includes('speaking') === false,
    );
  }

  /** Waits until somebody is no longer in the list of people. */
  misses(name: string): Promise<void> {
    return this.#reads(`${name} is gone`, async () => (await this.stateOf(name)) === undefined);
  }

  /** Waits until the page says that it is connected; how it came to that it says for a moment only. */
  isConnected(timeoutMs: number): Promise<void> {
    return this.#reads('it is connected', () => this.#shows('Connected'), timeoutMs);
  }

  /** Waits until the page is in no call any more. */
  isOut(): Promise<void> {
    return this.#reads('the call is over', () => this.tab.evaluate(() => window.partyline === undefined));
  }

  /** What the list of people shows of somebody; undefined when they are not in it. */
  async stateOf(name: string): Promise<string | undefined> {
    return (await this.#texts('li')).find((text) => text.includes(name));
  }

  /** Waits until the banner says something. */
  bannerSays(text: string, timeoutMs = 15_000): Promise<void> {
    const says = async (): Promise<boolean> =>
      (await this.#texts('.banner-text')).some((banner) => banner.includes(text));
    return this.#reads(`the banner says "${text}"`, says, timeoutMs);
  }

  /** What `getStats()` says of the way from mouth to ear, in ms; undefined while nobody is heard. */
  mouthToEarMs(): Promise<number | undefined> {
    return this.tab.evaluate(() => window.partyline?.getStats().mouthToEarMs);
  }

  #shows(text: string): Promise<boolean> {
    return this.tab.evaluate(
      (wanted: string) =>
        [...document.querySelectorAll('*')].some(({ textContent }) => textContent === wanted),
      text,
    );
  }

  #texts(selector: string): Promise<string[]> {
    return this.tab.evaluate(
      (selected: string) =>
        [...document.querySelectorAll(selected)].map((element) => (element.textContent ?? '').trim()),
      selector,
    );
  }

  async #reads(what: string, condition: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
    if (await holdsWithin(condition, timeoutMs, LOOK_EVERY_MS)) return;
    const banner = (await this.#texts('.banner-text')).join(' ');
    const people = (await this.#texts('li')).join(' | ');
    throw new Error(
      `${this.name} in ${this.tab.browser} does not see within ${timeoutMs} ms that ${what}; ` +
        `the banner says "${banner}", the list of people "${people}", the console ${JSON.stringify(this.tab.errors)}`,
    );
  }
}
