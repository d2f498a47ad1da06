import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateTicketKey, type TicketKeySet, TicketSigner } from '@partyline/tokens';
import { generate } from 'selfsigned';

/** Keys and certificate of one run. */
export interface Secrets {
  /** PEM of the private key that signs tickets, and its public half for the edge. */
  ticketKey: string;
  ticketKeys: TicketKeySet;
  certificate?: string;
  files?: { keyFile: string; certFile: string };
  /** Deletes the files. */
  remove(): void;
}

/** A ticket key and, with `tls`, a self-signed certificate in a temporary folder. */
export const secretsFor = async (tls: boolean): Promise<Secrets> => {
  const key = generateTicketKey();
  const ticketKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const ticketKeys = new TicketSigner(key).publicKeys();
  if (!tls) return { ticketKey, ticketKeys, remove: () => undefined };
  const { private: privateKey, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'partyline-bench-'));
  const files = { keyFile: join(folder, 'key.pem'), certFile: join(folder, 'cert.pem') };
  writeFileSync(files.keyFile, privateKey, { mode: 0o600 });
  writeFileSync(files.certFile, cert);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { ticketKey, ticketKeys, certificate: cert, files, remove };
};
