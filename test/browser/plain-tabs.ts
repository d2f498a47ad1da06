import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { CALL_FLAGS, findChromium, microphoneFlag } from './chromium.ts';

interface Reply {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

const START_MS = 20_000;

/**
 * A Chromium whose tabs are as a person's: one is in front and the others are hidden, with all that the browser does to
 * hidden pages. What drives the other scenarios keeps every page in front, and its browsers are started with flags
 * against just that, so this one is spoken to over its debugging protocol directly.
 */
export class PlainTabs {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  /** @throws Error when the browser does not start within 20 s */
  static async open(microphoneFile: string): Promise<PlainTabs> {
    const profile = await mkdtemp(join(tmpdir(), 'partyline-tabs-'));
    const child = spawn(
      findChromium(),
      [
        '--headless=new',
        ...CALL_FLAGS,
        '--use-fake-ui-for-media-stream',
        microphoneFlag(microphoneFile),
        // After so many seconds instead of five minutes a hidden page that is silent gets its timers once a minute.
        '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/3',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const socket = new WebSocket(await addressOf(child), { maxPayload: 256 * 1024 * 1024 });
    await once(socket, 'open');
    return new PlainTabs(child, socket, profile);
  }

  private constructor(child: ChildProcess, socket: WebSocket, profile: string) {
    this.#process = child;
    this.#socket = socket;
    this.#profile = profile;
    socket.on('message', (text) => {
      const reply = JSON.parse(String(text)) as Reply;
      if (reply.id === undefined) return;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  /**
   * Opens a tab in front of all others.
   * @param scripts run in the page before its own
   * @param without patterns of addresses that the page does not get
   */
  async open(
    url: string,
    scripts: readonly string[] = [],
    without: readonly string[] = [],
  ): Promise<PlainTab> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const tab = new PlainTab(this, String(targetId), String(sessionId));
    await tab.send('Page.enable');
    await tab.send('Page.setBypassCSP', { enabled: true });
    await tab.send('Network.enable');
    await tab.send('Network.setBlockedURLs', { urls: without });
    for (const source of scripts) await tab.send('Page.addScriptToEvaluateOnNewDocument', { source });
    await tab.send('Page.navigate', { url });
    await tab.evaluate(
      "new Promise((r) => document.readyState === 'complete' ? r() : addEventListener('load', () => r()))",
    );
    return tab;
  }

  /** A command of the debugging protocol. @throws Error with what the browser says */
  async send(
    method: string,
    params: Record<string, unknown> = {},
    sessionId?: string,
  ): Promise<Record<string, unknown>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      );
    });
    if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result ?? {};
  }

  async close(): Promise<void> {
    this.#socket.close();
    const gone = once(this.#process, 'exit');
    this.#process.kill();
    await gone;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const addressOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`Chromium did not start: ${said}`)), START_MS);
    child.stderr!.on('data', (text: Buffer) => {
      said = `${said}${String(text)}`.slice(-4_000);
      const address = /ws:\/\/\S+/.exec(said)?.[0];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });

/** One tab. */
export class PlainTab {
  readonly #tabs: PlainTabs;
  readonly #targetId: string;
  readonly #sessionId: string;

  constructor(tabs: PlainTabs, targetId: string, sessionId: string) {
    this.#tabs = tabs;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
  }

  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#tabs.send(method, params, this.#sessionId);
  }

  /** Brings it to the front; the tab that was there is hidden. */
  async show(): Promise<void> {
    await this.#tabs.send('Target.activateTarget', { targetId: this.#targetId });
  }

  /** What an expression says in the page, promises awaited. @throws Error with the page's own error */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as {
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string; value?: unknown }; text: string };
    };
    if (exceptionDetails === undefined) return result.value;
    const { exception, text } = exceptionDetails;
    throw new Error(exception?.description ?? String(exception?.value ?? text));
  }

  /** Calls a function in the page, which sees nothing of what is around it here. */
  call<T, A = undefined>(work: (argument: A) => T, argument?: A): Promise<Awaited<T>> {
    return this.evaluate(`(${String(work)})(${JSON.stringify(argument) ?? ''})`);
  }
}
