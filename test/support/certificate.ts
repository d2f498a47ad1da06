import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/**
 * Writes a self-signed certificate for this machine, and its key, both in PEM.
 * @param hosts further names or IP addresses that it is for
 * @returns SHA-256 of its public key (SPKI), base64: a browser can be told to trust just this one
 */
export const makeCertificate = async (
  certificateFile: string,
  keyFile: string,
  hosts: readonly string[] = [],
): Promise<string> => {
  const names = ['localhost', '127.0.0.1', ...hosts];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: names.map((host) => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
      },
    ],
  });
  await writeFile(keyFile, key, { mode: 0o600 });
  await writeFile(certificateFile, cert);
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64');
};
