import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  /** What stands before the command, such as `ip netns exec NAME`. */
  launcher?: readonly string[];
  /**
   * SHA-256 of the public key (SPKI, base64) of a certificate to trust. A page of another address than loopback is
   * no secure context without TLS, and then has no microphone. Trusting one key leaves every other check of
   * certificates as it is, and needs no certificate store.
   */
  trustedKey?: string;
}

/** Runs something with a program to start in place of Chromium: itself, or a script that puts the launcher before it. */
async function withExecutable<T>(launcher: readonly string[], use: (path: string) => Promise<T>): Promise<T> {
  const chromiumPath = findChromium();
  if (launcher.length === 0) return use(chromiumPath);
  const folder = await mkdtemp(join(tmpdir(), 'partyline-chromium-'));
  try {
    const script = join(folder, 'chromium');
    const words = [...launcher, chromiumPath].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    await writeFile(script, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o700 });
    return await use(script);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A browser whose microphone is a WAV file, played over and over. The file belongs to the whole browser, so two
 * voices need two browsers. It is driven over a pipe, which a launcher into another network leaves as it is.
 */
export function openBrowser({
  microphoneFile,
  answer = 'allow',
  launcher = [],
  trustedKey,
}: BrowserOptions): Promise<Browser> {
  return withExecutable(launcher, (executablePath) =>
    chromium.launch({
      executablePath,
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
        ...(trustedKey === undefined ? [] : [`--ignore-certificate-errors-spki-list=${trustedKey}`]),
      ],
    }),
  );
}
