import type { Expectations } from '@partyline/harness';
import type { Browser } from 'playwright-core';
import type { SdkPage, StartOptions } from '../../browser/sdk-page.ts';

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
