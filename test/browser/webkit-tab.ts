import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@partyline/redis/server';
import type { Program } from '../support/program.ts';
import { type BrowserTab, pageScript, type Target, targetScript, webDriverKey } from './browser-tab.ts';
import { findProgram } from './find-program.ts';
import { soon } from './soon.ts';
import type { SoundRecording } from './sound-recording.ts';
import type { SoundServer } from './sound-server.ts';
import { tiedProgram } from './tied-program.ts';
import type { Timeline } from './timeline.ts';
import { VirtualScreen } from './virtual-screen.ts';
import { type DriverElement, WebDriver } from './web-driver.ts';

/** Where distributions put WebKitGTK's own small browser; it is on nobody's path. */
const LIBRARY_FOLDERS = ['/usr/lib', '/usr/libexec', '/usr/lib64'];

/** A tab of WebKitGTK by its WebDriver. Its microphone is WebKit's mock: beeps; its loudspeaker is recorded. */
export class WebKitTab implements BrowserTab {
  readonly browser: string;
  readonly #driver: WebDriver;
  readonly #program: Program;
  readonly #screen: VirtualScreen;
  readonly #recording: SoundRecording;

  private constructor(driver: WebDriver, program: Program, screen: VirtualScreen, recording: SoundRecording) {
    this.browser = `WebKitGTK ${String(driver.capabilities.browserVersion)}`;
    this.#driver = driver;
    this.#program = program;
    this.#screen = screen;
    this.#recording = recording;
  }

  /**
   * @param loudspeaker of the sound server
   * @param features to switch on or off, such as `-WebCodecsAudio`; MiniBrowser lists them by `--features=help`
   */
  static async open(
    sound: SoundServer,
    loudspeaker: string,
    features: readonly string[] = [],
  ): Promise<WebKitTab> {
    const screen = await VirtualScreen.start();
    const port = await freePort('127.0.0.1');
    const path = findProgram(['WebKitWebDriver'], { variable: 'WEBKIT_DRIVER', debian: 'webkit2gtk-driver' });
    const program = tiedProgram(path, [`--port=${port}`], {
      ...sound.environment(loudspeaker),
      DISPLAY: screen.display,
      // No graphics card, no accessibility bus: neither is there, and looking for them takes time.
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      NO_AT_BRIDGE: '1',
    });
    try {
      const driver = await soon('WebKitWebDriver', () =>
        WebDriver.open(`http://127.0.0.1:${port}`, {
          'webkitgtk:browserOptions': {
            binary: findMiniBrowser(),
            args: [...browserArguments, ...features.map((feature) => `--features=${feature}`)],
          },
        }).catch((error: unknown) => {
          // Not listening yet; whatever it says once it is there counts.
          if (error instanceof TypeError && program.running) return null;
          throw error;
        }),
      );
      await driver.resize(1_100, 1_000);
      return new WebKitTab(driver, program, screen, sound.record(loudspeaker));
    } catch (error) {
      await program.stop();
      await screen.stop();
      throw error;
    }
  }

  /** As the browser wrote them to its output. */
  get errors(): string[] {
    return this.#program.stdout.filter((line) => /^CONSOLE .*\bERROR\b/.test(line));
  }

  goto(url: string): Promise<void> {
    return this.#driver.goto(url);
  }

  evaluate<Args extends unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return this.#driver.evaluate(pageScript(run, args));
  }

  async click(target: Target): Promise<void> {
    await this.#driver.click(await this.#element(target));
  }

  async fill(target: Target, text: string): Promise<void> {
    await this.#driver.fill(await this.#element(target), text);
  }

  keyDown(key: string): Promise<void> {
    return this.#driver.key('keyDown', webDriverKey(key));
  }

  keyUp(key: string): Promise<void> {
    return this.#driver.key('keyUp', webDriverKey(key));
  }

  async screenshot(path: string): Promise<void> {
    await writeFile(path, await this.#driver.screenshot());
  }

  async heard(): Promise<Timeline> {
    return this.#recording.timeline;
  }

  async close(): Promise<void> {
    this.#recording.stop();
    await this.#driver.close().catch(() => undefined);
    await this.#program.stop();
    await this.#screen.stop();
  }

  #element(target: Target): Promise<DriverElement> {
    return soon(`${target.kind} "${target.label}"`, () => this.#driver.element(targetScript(target)));
  }
}

const browserArguments = [
  '--automation',
  '--enable-media-stream=true',
  '--enable-mock-capture-devices=true',
  '--autoplay-policy=allow',
  '--enable-write-console-messages-to-stdout=true',
];

/** @throws Error that says what to install */
function findMiniBrowser(): string {
  for (const folder of LIBRARY_FOLDERS.filter(existsSync)) {
    const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const folders = [folder, ...inside.map(({ name }) => join(folder, name))];
    const candidates = folders.flatMap((path) => [
      path,
      join(path, 'webkit2gtk-4.1'),
      join(path, 'webkitgtk-6.0'),
    ]);
    const found = candidates.map((path) => join(path, 'MiniBrowser')).find(existsSync);
    if (found !== undefined) return found;
  }
  throw new Error('No MiniBrowser of WebKitGTK was found: install the package "webkit2gtk-driver".');
}
