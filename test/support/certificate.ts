import { writeFile } from 'node:fs/promises';
import { generate } from 'selfsigned';

/** Writes a self-signed certificate for this machine, and its key, both in PEM. */
export const makeCertificate = async (certificateFile: string, keyFile: string): Promise<void> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  await writeFile(keyFile, key, { mode: 0o600 });
  await writeFile(certificateFile, cert);
};
