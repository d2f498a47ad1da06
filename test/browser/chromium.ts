import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Where this machine's Chromium is: the variable CHROMIUM, or one of the usual names on the path.
 * @throws Error that says what to install
 */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { CHROMIUM, PATH = '' } = env;
  if (CHROMIUM) {
    if (existsSync(CHROMIUM)) return CHROMIUM;
    throw new Error(`CHROMIUM names ${CHROMIUM}, which does not exist.`);
  }
  for (const folder of PATH.split(':').filter(Boolean)) {
    for (const name of names) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  }
  throw new Error('No Chromium was found: install the package "chromium", or set CHROMIUM to its path.');
}

export interface BrowserOptions {
  /** Absolute path of a 16-bit WAV file. */
  microphoneFile: string;
  /** What the person answers when the page asks for the microphone; `allow` unless given. */
  answer?: 'allow' | 'deny';
}

/**
 * A browser whose microphone is a WAV file, played over and over. The file belongs to the whole browser, so two
 * voices need two browsers.
 */
export function openBrowser({ microphoneFile, answer = 'allow' }: BrowserOptions): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Two browsers share the screen of nobody: neither may be slowed down as the one in the background.
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      answer === 'allow' ? '--use-fake-ui-for-media-stream' : '--use-fake-ui-for-media-stream=deny',
      `--use-file-for-fake-audio-capture=${microphoneFile}`,
    ],
  });
}
