import { CallableChild } from '@partyline/loadtest/child-calls';
import type { Browser } from 'playwright-core';
import { CallPage } from '../../browser/call-page.ts';
import { openBrowser } from '../../browser/chromium.ts';
import type { System } from '../../support/system.ts';
import { ProxyWan } from '../../support/wan/proxy-wan.ts';
import type { NodeMemory, Seat } from './node-person.ts';
import { type PageMemory, PageMemoryWatch } from './page-memory.ts';

export const ROOM = 'long-call';

/** Somebody in a browser of their own, whose connection can be broken while the edge goes on. */
export class PagePerson {
  readonly name: string;
  readonly call: CallPage;
  readonly #browser: Browser;
  readonly #line: ProxyWan;
  readonly #memory: PageMemoryWatch;

  private constructor(
    name: string,
    call: CallPage,
    browser: Browser,
    line: ProxyWan,
    memory: PageMemoryWatch,
  ) {
    this.name = name;
    this.call = call;
    this.#browser = browser;
    this.#line = line;
    this.#memory = memory;
  }

  static async join(system: System, name: string, microphoneFile: string): Promise<PagePerson> {
    const line = new ProxyWan();
    const port = await line.through(Number(new URL(system.api.url).port));
    const browser = await openBrowser({ microphoneFile });
    const url = `http://127.0.0.1:${port}/`;
    const call = await CallPage.join(browser, { url, name, room: ROOM, tapped: true });
    await call.record(false);
    return new PagePerson(name, call, browser, line, await PageMemoryWatch.open(browser, call.page));
  }

  memory(): Promise<PageMemory> {
    return this.#memory.look();
  }

  /** Every connection of the page is reset; the SDK comes back by itself. */
  async breakConnection(): Promise<void> {
    await this.#line.heal();
  }

  reconnects(): Promise<number> {
    return this.call.page.evaluate(() => window.partyline?.getStats().reconnects ?? -1);
  }

  /** @returns to how many it was passed */
  chat(text: string): Promise<number> {
    return this.call.page.evaluate(
      async (message) => (await window.partyline!.sendData({ text: message, label: 'chat' })).recipients,
      text,
    );
  }

  /** What this page's play-out buffer means to hold of somebody; undefined while it plays nothing of theirs. */
  bufferTargetMs(name: string): Promise<number | undefined> {
    return this.call.page.evaluate((person) => {
      const room = window.partyline;
      const streamId = room?.participants.find((participant) => participant.name === person)?.streamId;
      return room?.getStats().speakers.find((speaker) => speaker.streamId === streamId)?.bufferTargetMs;
    }, name);
  }

  clocks(): Promise<{ loudspeakerMs: number; pageMs: number } | undefined> {
    return this.call.page.evaluate(() => window.partylineTaps?.clocks());
  }

  /**
   * Its tab goes behind another, or comes back to the front, as far as the page can tell: a browser without a screen has
   * no tabs that hide each other, and one that plays sound is not slowed down either.
   */
  async setHidden(hidden: boolean): Promise<void> {
    await this.call.page.evaluate((isHidden) => {
      Object.defineProperties(document, {
        hidden: { configurable: true, value: isHidden },
        visibilityState: { configurable: true, value: isHidden ? 'hidden' : 'visible' },
      });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#line.stop();
  }
}

/** Somebody in a Node process of their own. */
export class NodePerson {
  readonly #child: CallableChild;

  private constructor(child: CallableChild) {
    this.#child = child;
  }

  static async join(seat: Seat): Promise<NodePerson> {
    const child = new CallableChild({
      file: new URL('./node-person.ts', import.meta.url),
      label: seat.name,
      // The optimiser goes on for minutes, and its code lies on the heap: 300 KB in five minutes that are no leak.
      nodeFlags: ['--expose-gc', '--no-opt'],
    });
    try {
      await child.call('join', seat);
    } catch (error) {
      await child.end();
      throw error;
    }
    return new NodePerson(child);
  }

  talk(durationMs: number): Promise<void> {
    return this.#child.call('talk', durationMs);
  }

  chat(text: string): Promise<number> {
    return this.#child.call('chat', text);
  }

  memory(): Promise<NodeMemory> {
    return this.#child.call('memory');
  }

  figures(): Promise<{ heardSeconds: number; reconnects: number }> {
    return this.#child.call('figures');
  }

  async close(): Promise<void> {
    await this.#child.call('leave').catch(() => undefined);
    await this.#child.end();
  }
}
