import { type Browser, chromium } from 'playwright-core';
import { findProgram } from './find-program.ts';
import { withLauncher } from './launcher-script.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Where this machine's Chromium is: the variable CHROMIUM, or one of the usual names on the path.
 * @throws Error that says what to install
 */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return findProgram(names, { variable: 'CHROMIUM', debian: 'chromium', env });
}

/** Of every Chromium of a test: quiet, allowed to play, and with microphones that are none. */
export const CALL_FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
];

/** Makes a WAV file the microphone. */
export const microphoneFlag = (path: string): string => `--use-file-for-fake-audio-capture=${path}`;

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
  return withLauncher(launcher, findChromium(), (executablePath) =>
    chromium.launch({
      executablePath,
      args: [
        ...CALL_FLAGS,
        // Two browsers share the screen of nobody: neither may be slowed down as the one in the background.
        '--disable-background-timer-throttling',
        '--disable-renderer-backgrounding',
        '--disable-backgrounding-occluded-windows',
        answer === 'allow' ? '--use-fake-ui-for-media-stream' : '--use-fake-ui-for-media-stream=deny',
        microphoneFlag(microphoneFile),
        ...(trustedKey === undefined ? [] : [`--ignore-certificate-errors-spki-list=${trustedKey}`]),
      ],
    }),
  );
}
