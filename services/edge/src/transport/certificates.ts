import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface CertificateFiles {
  certificateFile: string;
  keyFile: string;
}

/** Changes of many files in a folder come at once; they are looked at together. In ms. */
const SETTLE_MS = 200;
/** Mounted secrets are swapped by renaming links, which not every file system reports. In ms. */
const POLL_MS = 30_000;

/**
 * Reads certificate and key and checks that they belong together, so that a bad pair is refused before any
 * socket depends on it.
 * @returns a text that changes with the files
 * @throws Error saying what is wrong with which file
 */
export const checkCertificate = async ({ certificateFile, keyFile }: CertificateFiles): Promise<string> => {
  const [certificate, key] = await Promise.all([
    readFile(certificateFile, 'utf8').catch((error) => fail('certificate', certificateFile, error)),
    readFile(keyFile, 'utf8').catch((error) => fail('key', keyFile, error)),
  ]);
  let matches: boolean;
  try {
    matches = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new Error(
      `certificate ${certificateFile} and key ${keyFile} must be PEM: ${(error as Error).message}`,
    );
  }
  if (!matches) throw new Error(`the key ${keyFile} does not belong to the certificate ${certificateFile}`);
  return certificate + key;
};

const fail = (what: string, file: string, error: Error): never => {
  throw new Error(`cannot read the ${what} ${file}: ${error.message}`);
};

/** Notices changes of the certificate's files, by the file system's word and by looking now and then. */
export class CertificateWatch {
  readonly #watchers: FSWatcher[] = [];
  readonly #poll: NodeJS.Timeout;
  readonly #changed: () => void;
  #settling: NodeJS.Timeout | undefined;

  /** @param changed called when something may have changed; it must tell for itself what */
  constructor(files: CertificateFiles, changed: () => void) {
    this.#changed = changed;
    this.#poll = setInterval(changed, POLL_MS);
    this.#poll.unref();
    for (const folder of new Set([dirname(files.certificateFile), dirname(files.keyFile)])) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#settle());
        // A folder that is removed ends its watch; the poll goes on.
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // No more watches to be had from the system: the poll remains.
      }
    }
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }

  #settle(): void {
    // Not put off by further changes: something else in the folder may change all the time.
    if (this.#settling !== undefined) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#changed();
    }, SETTLE_MS);
    this.#settling.unref();
  }
}
