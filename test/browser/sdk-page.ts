import type { Browser, Page } from 'playwright-core';
import { fakeUnplugging } from './fake-unplugging.ts';
import { NAMING_SCRIPT, tapPage, tapWorkletSource } from './page-taps.ts';
import { bundleSdk } from './sdk-bundle.ts';

export interface StartOptions {
  /** `preview`: the one at `window.preview`. */
  microphone?: { deviceId?: string } | 'preview' | false;
  loudspeakerId?: string;
}

/**
 * The document of a running system with nothing but the SDK as its script, and the system's worklet. What a program
 * would do with the SDK is done by `page.evaluate`, with `window.partylineSdk`.
 */
export class SdkPage {
  readonly page: Page;
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, origin: string): Promise<SdkPage> {
    const [text, visit] = await Promise.all([bundleSdk(), browser.newContext({ bypassCSP: true })]);
    const page = await visit.newPage();
    const sdkPage = new SdkPage(page);
    // Only the script is exchanged: of a document that came from nowhere the browser does not know that it may talk to
    // this machine.
    await page.route(`${origin}/page.js`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: text }),
    );
    await page.addInitScript(NAMING_SCRIPT);
    await page.addInitScript(fakeUnplugging);
    await page.addInitScript(tapPage, tapWorkletSource);
    await page.goto(origin);
    await page.waitForFunction(() => window.partylineSdk !== undefined);
    return sdkPage;
  }

  /** Joins a room and keeps the call at `window.call`; what it tells of devices goes to `window.unplugging.told`. */
  async start(options: { room: string; token: string } & StartOptions): Promise<void> {
    await this.page.evaluate(async ({ microphone = {}, ...options }) => {
      const call = await window.partylineSdk.startCall({
        ...options,
        url: location.origin,
        workletUrl: '/worklet.js',
        microphone: microphone === 'preview' ? window.preview! : microphone,
      });
      window.call = call;
      for (const name of ['microphoneChanged', 'microphoneLost', 'loudspeakerChanged'] as const) {
        call.on(name, (value) =>
          window.unplugging.told.push(`${name} ${String('because' in value ? value.because : value.code)}`),
        );
      }
    }, options);
  }

  /** Loudness of what this page plays in the next `forMs`, dBFS; −120 for digital silence. */
  async playedDb(forMs: number): Promise<number> {
    const fromMs = await this.page.evaluate(() => performance.timeOrigin + performance.now());
    return await this.page.evaluate(
      async ({ fromMs, forMs }) => {
        const taps = window.partylineTaps!;
        const end = (): number => taps.loudspeaker.at(-1)?.startsAtMs ?? 0;
        while (end() < fromMs + forMs) await new Promise((resolve) => setTimeout(resolve, 20));
        let sum = 0;
        let count = 0;
        for (const { startsAtMs, samples } of taps.loudspeaker) {
          if (startsAtMs < fromMs || startsAtMs > fromMs + forMs) continue;
          for (const sample of samples) sum += (sample / 32_768) ** 2;
          count += samples.length;
        }
        // Pages talk for minutes, and what was measured is measured.
        taps.loudspeaker.length = 0;
        taps.microphone.length = 0;
        return Math.max(-120, 10 * Math.log10(sum / Math.max(1, count) || 1e-12));
      },
      { fromMs, forMs },
    );
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
