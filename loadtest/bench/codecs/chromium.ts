import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { RealTimeFactors } from './real-time-factor.ts';
import type { Subject } from './subject.ts';

const ENTRY = fileURLToPath(new URL('page/main.ts', import.meta.url));
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

/** A page of Chromium that measures codecs. */
export class ChromiumBench {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(server: Server, browser: Browser, page: Page) {
    this.#server = server;
    this.#browser = browser;
    this.#page = page;
  }

  /** @returns nothing where there is no Chromium */
  static async open(): Promise<ChromiumBench | undefined> {
    const executablePath = findChromium();
    if (executablePath === undefined) return undefined;
    const server = await serve();
    const browser = await chromium.launch({ executablePath, args: FLAGS });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return new ChromiumBench(server, browser, page);
  }

  get version(): string {
    return this.#browser.version();
  }

  measure(subject: Subject, minMs: number): Promise<RealTimeFactors> {
    return this.#page.evaluate(([one, ms]) => globalThis.measureCodec(one, ms), [subject, minMs] as const);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}

/** The page, its script, and the modules that `npm run codecs` built. */
async function serve(): Promise<Server> {
  const modules = join(process.env.PARTYLINE_CACHE || join(homedir(), '.cache', 'partyline'), 'codecs');
  // Opus asks for modules of Node where it is in Node.
  const options = { bundle: true, write: false as const, format: 'esm' as const, external: ['node:*'] };
  const script = (await build({ ...options, entryPoints: [ENTRY] })).outputFiles[0]!.contents;
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const answer = (type: string, body: string | Uint8Array) =>
      response.writeHead(200, { 'content-type': type }).end(body);
    if (path === '/') answer('text/html', '<!doctype html><script type="module" src="/page.js"></script>');
    else if (path === '/page.js') answer('text/javascript', script);
    else if (path.endsWith('.wasm')) {
      const bytes = await readFile(join(modules, basename(path))).catch(() => undefined);
      if (bytes === undefined) response.writeHead(404).end();
      else answer('application/wasm', bytes);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const named = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [process.env.CHROMIUM ?? '', ...named].find((file) => file !== '' && existsSync(file));
}
