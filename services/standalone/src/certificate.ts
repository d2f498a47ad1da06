import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Files of a certificate that this machine signed itself. */
export interface CertificateFiles {
  certificateFile: string;
  keyFile: string;
  /** False when a certificate of an earlier run was used again. */
  created: boolean;
}

export interface CertificateOptions {
  /** Where it is kept from run to run. */
  folder: string;
  /** Names and IP addresses under which browsers will come. */
  hosts: readonly string[];
  /** Milliseconds since the epoch. */
  nowMs: number;
}

const DAY_MS = 86_400_000;
/** Phones refuse certificates that are valid for longer than 825 days; a year also spares people surprises. */
const VALID_DAYS = 365;
/** Not used again when it would end within this time, so that it outlives the run. */
const SPARE_DAYS = 7;

/**
 * Gives the certificate of an earlier run while it is valid and covers every host, or makes a new one. Browsers
 * ask once whether to trust it, which is why it is kept.
 * @throws Error naming the folder when it cannot be written
 */
export async function ensureCertificate(options: CertificateOptions): Promise<CertificateFiles> {
  const certificateFile = join(options.folder, 'certificate.pem');
  const keyFile = join(options.folder, 'key.pem');
  if (await isUsable(certificateFile, keyFile, options)) return { certificateFile, keyFile, created: false };
  const { certificate, key } = await generate(options);
  try {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await replaceFile(keyFile, key, 0o600);
    await replaceFile(certificateFile, certificate, 0o644);
  } catch (error) {
    throw new Error(
      `cannot keep a certificate in ${options.folder}: ${(error as Error).message}. ` +
        'Set PARTYLINE_CACHE to a folder that can be written.',
      { cause: error },
    );
  }
  return { certificateFile, keyFile, created: true };
}

async function isUsable(
  certificateFile: string,
  keyFile: string,
  { hosts, nowMs }: CertificateOptions,
): Promise<boolean> {
  try {
    const certificate = new X509Certificate(await readFile(certificateFile));
    const key = createPrivateKey(await readFile(keyFile));
    const covers = hosts.every((host) =>
      isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host),
    );
    const from = Date.parse(certificate.validFrom);
    const to = Date.parse(certificate.validTo);
    return covers && certificate.checkPrivateKey(key) && from <= nowMs && to > nowMs + SPARE_DAYS * DAY_MS;
  } catch {
    // Missing, cut short or no certificate at all: a new one replaces it.
    return false;
  }
}

async function generate({ hosts, nowMs }: CertificateOptions): Promise<{ certificate: string; key: string }> {
  // Loaded only here: few runs need it, and every run waits for what is imported at the top.
  const selfsigned = await import('selfsigned');
  const altNames = hosts.map((host) =>
    isIP(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const),
  );
  const { cert, private: key } = await selfsigned.generate([{ name: 'commonName', value: 'Partyline' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A little in the past, as a phone's clock may be behind.
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { certificate: cert, key };
}

/** Whole or not at all: another run may be reading. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}
