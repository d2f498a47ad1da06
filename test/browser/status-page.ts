import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

const WIDTH = 1_280;

/** The status page of a directory, as somebody looks at it in a real browser. */
export class StatusPage {
  /** Errors of the page and of its console. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #openedAtMs = performance.now();

  static async open(url: string): Promise<StatusPage> {
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
    const opened = new StatusPage(browser, page);
    await page.goto(url);
    return opened;
  }

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  hasWatchedFor(durationMs: number): boolean {
    return performance.now() - this.#openedAtMs >= durationMs;
  }

  async headline(): Promise<string> {
    return (await this.#page.locator('.headline').textContent()) ?? '';
  }

  async remarks(): Promise<string> {
    return (await this.#page.locator('.remarks').textContent()) ?? '';
  }

  /** Keys of the lanes that have percentiles and something in their picture. */
  lanesWithData(): Promise<string[]> {
    return this.#page.locator('.lane').evaluateAll((lanes) =>
      lanes.flatMap((lane) => {
        const figures = [...lane.querySelectorAll('.figures dd')].map((figure) => figure.textContent);
        const hasPercentiles = figures.slice(0, 3).every((figure) => /\d/.test(figure ?? ''));
        const label = lane.querySelector('.strip')?.getAttribute('aria-label') ?? '';
        return hasPercentiles && label.includes('95 %') ? [lane.getAttribute('data-key') ?? ''] : [];
      }),
    );
  }

  /** All figures of all lanes, as text. */
  async figures(): Promise<string> {
    return (await this.#page.locator('.lane .figures dd').allTextContents()).join(' ');
  }

  async stateOf(edge: string): Promise<string> {
    const row = this.#page.locator('#edges tbody tr').filter({ hasText: edge });
    return (await row.locator('[data-label=state]').textContent()) ?? '';
  }

  /** The name of an edge with connections. */
  async edgeWithPeople(): Promise<string> {
    const rows = await this.#page.locator('#edges tbody tr').evaluateAll((all) =>
      all.map((row) => ({
        edge: row.querySelector('strong')?.textContent ?? '',
        connections: Number.parseInt(row.querySelector('[data-label=connections]')?.textContent ?? '', 10),
      })),
    );
    const found = rows.find(({ connections }) => connections > 0);
    if (found === undefined) throw new Error(`No edge has connections: ${JSON.stringify(rows)}`);
    return found.edge;
  }

  /** Takes a picture of the whole page; afterwards it is as wide and as light as before. */
  async picture(path: string, options: { width?: number; scheme?: 'light' | 'dark' }): Promise<void> {
    const { width = WIDTH, scheme = 'light' } = options;
    await this.#page.setViewportSize({ width, height: 900 });
    await this.#page.emulateMedia({ colorScheme: scheme });
    // The pictures are drawn anew with the next figures.
    const shown = await this.#page.locator('#source').textContent();
    await this.#page.waitForFunction(
      (text) => document.getElementById('source')?.textContent !== text,
      shown,
    );
    await this.#page.screenshot({ path, fullPage: true });
    await this.#page.setViewportSize({ width: WIDTH, height: 900 });
    await this.#page.emulateMedia({ colorScheme: 'light' });
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
