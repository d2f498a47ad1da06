import { readFile } from 'node:fs/promises';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { forMs } from '../../support/wait.ts';

/** What a page holds once all its garbage has been collected. */
export interface PageMemory {
  /** JavaScript's heap of the page's main thread, in bytes. */
  heap: number;
  /** Memory of the page's process that belongs to no file, in bytes: every thread's heap, WASM, sound, pictures. */
  process: number;
  /** Of the document, and those that only scripts still hold. */
  nodes: number;
  detachedNodes: number;
  listeners: number;
  workletNodes: number;
  audioContexts: number;
  sockets: number;
}

/** Long enough to tell a page in a call from one that does nothing. */
const WORKS_MS = 2_000;

const COUNTED = {
  workletNodes: 'AudioWorkletNode',
  audioContexts: 'AudioContext',
  sockets: 'WebSocket',
} as const;

/** Looks into a page by the debugging protocol. */
export class PageMemoryWatch {
  readonly #session: CDPSession;
  readonly #processId: number;

  private constructor(session: CDPSession, processId: number) {
    this.#session = session;
    this.#processId = processId;
  }

  /** @param page in a call, and the only busy one of its browser */
  static async open(browser: Browser, page: Page): Promise<PageMemoryWatch> {
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    await session.send('DOM.enable');
    return new PageMemoryWatch(session, await busiestRenderer(browser));
  }

  async look(): Promise<PageMemory> {
    const session = this.#session;
    // Twice: what the first one finalises, the second one frees.
    await session.send('HeapProfiler.collectGarbage');
    await session.send('HeapProfiler.collectGarbage');
    // The audio thread has a heap of its own, which collects when memory is said to be short.
    await session.send('Memory.simulatePressureNotification', { level: 'critical' });
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
    const { detachedNodes } = await session.send('DOM.getDetachedDomNodes');
    const counts = { workletNodes: 0, audioContexts: 0, sockets: 0 };
    for (const [key, name] of Object.entries(COUNTED)) {
      counts[key as keyof typeof counts] = await this.#count(name);
    }
    return {
      heap: usedSize,
      process: await anonymousBytes(this.#processId),
      nodes,
      detachedNodes: detachedNodes.length,
      listeners: jsEventListeners,
      ...counts,
    };
  }

  /** Living objects of a class. */
  async #count(className: string): Promise<number> {
    const objectGroup = 'counted';
    const session = this.#session;
    const { result } = await session.send('Runtime.evaluate', {
      expression: `${className}.prototype`,
      objectGroup,
    });
    const { objects } = await session.send('Runtime.queryObjects', {
      prototypeObjectId: result.objectId!,
      objectGroup,
    });
    const { result: length } = await session.send('Runtime.callFunctionOn', {
      functionDeclaration: 'function () { return this.length; }',
      objectId: objects.objectId!,
      returnByValue: true,
    });
    await session.send('Runtime.releaseObjectGroup', { objectGroup });
    return length.value as number;
  }
}

/** A browser keeps renderers at hand that do nothing, so the one is meant that works now. */
const busiestRenderer = async (browser: Browser): Promise<number> => {
  const whole = await browser.newBrowserCDPSession();
  const cpuTimes = async (): Promise<Map<number, number>> => {
    const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
    return new Map(
      processInfo.filter(({ type }) => type === 'renderer').map(({ id, cpuTime }) => [id, cpuTime]),
    );
  };
  const before = await cpuTimes();
  await forMs(WORKS_MS);
  const after = await cpuTimes();
  await whole.detach();
  const worked = ([id, cpuTime]: [number, number]): number => cpuTime - (before.get(id) ?? cpuTime);
  const [busiest] = [...after].sort((a, b) => worked(b) - worked(a));
  if (busiest === undefined) throw new Error('The browser names no process of the page.');
  return busiest[0];
};

const anonymousBytes = async (processId: number): Promise<number> => {
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  return 1_024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
};
