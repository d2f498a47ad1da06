import type { Expectations } from '@partyline/harness';
import type { Locator, Page } from 'playwright-core';
import type { CallPage } from '../../browser/call-page.ts';
import { cut, joinBlocks, levelDb } from '../../browser/timeline.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import type { Hand } from './hand.ts';

/** Louder than this, something is heard; what is softer than that is silence. */
export const HEARD_DB = -45;
export const SILENCE_DB = -70;
/** What was changed reaches the loudspeaker within this time, play-out buffer included. */
const SETTLED_MS = 500;
const LISTEN_MS = 400;

/** A page in a browser, somebody's hand on it, and what is expected of it. */
export class Visit {
  readonly call: CallPage;
  readonly hand: Hand;
  readonly #checks: Expectations;
  readonly #what: string;

  /** @param what stands before each complaint */
  constructor(call: CallPage, hand: Hand, checks: Expectations, what: string) {
    this.call = call;
    this.hand = hand;
    this.#checks = checks;
    this.#what = what;
  }

  get page(): Page {
    return this.call.page;
  }

  /** A button, link, switch or field by its name. */
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  expect(holds: boolean, sentence: string): void {
    this.#checks.expect(holds, `${this.#what}: ${sentence}`);
  }

  /** Expects something to become true. */
  async comes(
    sentence: string,
    condition: () => Promise<boolean> | boolean,
    timeoutMs = 5_000,
  ): Promise<void> {
    this.expect(await holdsWithin(condition, timeoutMs, 30), sentence);
  }

  /** Expects something to come into sight. */
  async shows(target: Locator, sentence: string, timeoutMs = 5_000): Promise<void> {
    const came = await target
      .first()
      .waitFor({ timeout: timeoutMs })
      .then(
        () => true,
        () => false,
      );
    this.expect(came, sentence);
  }

  /** Expects something to go out of sight. */
  async hides(target: Locator, sentence: string): Promise<void> {
    const went = await target.waitFor({ state: 'hidden', timeout: 5_000 }).then(
      () => true,
      () => false,
    );
    this.expect(went, sentence);
  }

  /** How loud the page plays, in dBFS, once what was changed has reached the loudspeaker. */
  async playedDb(): Promise<number> {
    await forMs(SETTLED_MS);
    await this.call.record(true);
    await forMs(LISTEN_MS);
    const { loudspeaker } = await this.call.recordings();
    await this.call.record(false);
    if (loudspeaker.length === 0) return -120;
    const whole = joinBlocks(loudspeaker);
    return levelDb(cut(whole, whole.startsAtMs, Number.MAX_SAFE_INTEGER));
  }

  /** Closes a dialog by its button or by Escape, and expects the focus back where it came from. */
  async dismiss(dialog: Locator, by: 'button' | 'Escape' = 'button'): Promise<void> {
    if (by === 'Escape') await this.page.keyboard.press('Escape');
    else await this.hand.press(dialog.getByRole('button', { name: 'Close', exact: true }));
    await this.hides(dialog, 'a dialog does not close');
    const focused = await this.page.evaluate(() => document.activeElement?.localName);
    this.expect(focused !== 'body', 'after a dialog has closed the focus is nowhere');
  }
}
