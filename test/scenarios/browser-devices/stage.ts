import type { Expectations } from '@partyline/harness';
import type { Browser } from 'playwright-core';
import type { SdkPage, StartOptions } from '../../browser/sdk-page.ts';
import { holdsWithin } from '../../support/wait.ts';

/** What the steps of the scenario share. */
export interface Stage {
  url: string;
  browser: Browser;
  microphoneFile: string;
  checks: Expectations;
  token(room: string, identity: string): Promise<string>;
  /** Somebody with the SDK in a room, on a page of their own unless one is given. */
  join(room: string, identity: string, options?: { page?: SdkPage; call?: StartOptions }): Promise<SdkPage>;
}

/** Louder than this: speech is heard. */
export const SPEECH_DB = -50;
export const SILENCE_DB = -70;
/** The speech has pauses of half a second; in this time there is always a word. */
export const A_WORD_MS = 1_500;
const UNDER_WAY_MS = 2_000;

/** How loud a page still plays when it has been silenced: what was under way to the loudspeaker may end first. */
export const silencedDb = async (page: SdkPage): Promise<number> => {
  await holdsWithin(async () => (await page.playedDb(100)) <= SILENCE_DB, UNDER_WAY_MS);
  return page.playedDb(A_WORD_MS);
};
