import type { Expectations } from '@partyline/harness';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { CallPage } from '../../browser/call-page.ts';
import { Companion } from './companion.ts';
import type { Hand } from './hand.ts';
import { mouseOf } from './hand.ts';
import { keyboardOf } from './keyboard-hand.ts';
import { keepLedger, type LedgerNote, REGIONS } from './ledger.ts';
import { probePage } from './probe.ts';
import { Visit } from './visit.ts';

export interface StageOptions {
  url: string;
  browser: Browser;
  checks: Expectations;
  /** Mints an access token. */
  mint(claims: { room: string; identity: string; name?: string }): Promise<string>;
}

export interface VisitWishes {
  room: string;
  /** Goes into the room at once, which is part of no walk, unless `form`; `empty` is a form that nobody has filled. */
  at?: 'call' | 'form' | 'empty';
  name?: string;
  /** Of the address; with `at: 'empty'` only. */
  address?: string;
  script?: () => void;
  context?: BrowserContextOptions;
}

/** What the parts of the scenario work with: pages, companions, and the book of what was seen and what was operated. */
export class Stage {
  readonly checks: Expectations;
  readonly url: string;
  readonly browser: Browser;
  readonly mint: StageOptions['mint'];
  readonly seen = new Set<string>();
  readonly operated = new Set<string>();
  readonly kind: Hand['kind'];
  #part = '';
  #rooms = 0;
  #open: { close(): Promise<void> }[] = [];
  #pointers = 0;

  constructor(kind: Hand['kind'], { url, browser, checks, mint }: StageOptions) {
    this.kind = kind;
    this.url = url;
    this.browser = browser;
    this.checks = checks;
    this.mint = mint;
  }

  /** Runs a part and closes what it left open. */
  async run(name: string, part: (stage: Stage) => Promise<void>): Promise<void> {
    this.#part = name;
    try {
      await part(this);
    } catch (error) {
      const text = error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : String(error);
      this.checks.expect(false, `${this.#what}: ${text}`);
    } finally {
      await Promise.allSettled(this.#open.map((one) => one.close()));
      this.#open = [];
    }
  }

  /** A name for a room that nobody is in. */
  newRoom(): string {
    this.#rooms += 1;
    return `${this.kind}-${this.#part.replaceAll(' ', '-')}-${this.#rooms}`;
  }

  async visit({
    room,
    at = 'call',
    name = 'Ada',
    address = '',
    script,
    context,
  }: VisitWishes): Promise<Visit> {
    let watching = at !== 'call';
    const permissions = ['clipboard-read', 'clipboard-write', 'microphone'];
    const call = await CallPage.open(this.browser, {
      url: this.url + address,
      name,
      room,
      tapped: true,
      fill: at !== 'empty',
      prepare: async (page) => {
        await page.exposeFunction('noteControl', ({ what, control }: LedgerNote) => {
          if (what === 'seen') this.seen.add(control);
          if (!watching) return;
          if (what === 'operated') this.operated.add(control);
          if (what === 'pointer') this.#pointers += 1;
        });
        await page.addInitScript(keepLedger, REGIONS);
        await page.addInitScript(probePage);
        if (script) await page.addInitScript(script);
      },
      context: { viewport: { width: 1_280, height: 800 }, permissions, locale: 'en-GB', ...context },
    });
    this.#open.push(call);
    if (at === 'call') {
      await call.press('Join with microphone');
      await call.page.getByText('Connected', { exact: true }).waitFor({ timeout: 15_000 });
    }
    watching = true;
    const hand = this.kind === 'mouse' ? mouseOf(call.page) : keyboardOf(call.page);
    return new Visit(call, hand, this.checks, this.#what);
  }

  async companion(room: string, name: string, token?: string): Promise<Companion> {
    const companion = await Companion.join({ url: this.url, room, name, ...(token && { token }) });
    this.#open.push({ close: () => companion.leave() });
    return companion;
  }

  /** A control that need not be operated in this way; say why where it is called. */
  excuse(control: string): void {
    this.operated.add(control);
  }

  /** Holds what was seen against what was operated. @param regions the ones that were walked */
  settle(regions: readonly string[] | undefined): void {
    const walked = [...this.seen].filter(
      (control) => regions === undefined || regions.some((region) => control.startsWith(`${region}: `)),
    );
    this.checks.expect(walked.length > 0, `by ${this.kind} no control was seen at all`);
    for (const control of walked) {
      this.checks.expect(this.operated.has(control), `by ${this.kind} nobody operates ${control}`);
    }
    this.checks.expect(
      (this.#pointers === 0) === (this.kind === 'keyboard'),
      `by ${this.kind} a pointer went down ${this.#pointers} times`,
    );
  }

  get #what(): string {
    return `${this.#part} by ${this.kind}`;
  }
}
