import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificate } from './certificate.ts';

const DAY_MS = 86_400_000;
const hosts = ['localhost', '127.0.0.1', '192.168.7.20', 'box.local'];
const nowMs = Date.now();

describe('ensureCertificate', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'partyline-certificate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('covers every host, and its key is readable by its owner only', async () => {
    const { certificateFile, keyFile, created } = await ensureCertificate({ folder, hosts, nowMs });
    expect(created).toBe(true);
    const certificate = new X509Certificate(await readFile(certificateFile));
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('box.local')).toBe('box.local');
    expect(certificate.checkIP('192.168.7.20')).toBe('192.168.7.20');
    expect((await stat(keyFile)).mode & 0o077).toBe(0);
  });

  it('is used again while valid, for fewer hosts too', async () => {
    const first = await ensureCertificate({ folder, hosts, nowMs });
    const before = await readFile(first.certificateFile, 'utf8');
    const again = await ensureCertificate({ folder, hosts: hosts.slice(0, 2), nowMs: nowMs + 300 * DAY_MS });
    expect(again.created).toBe(false);
    expect(await readFile(again.certificateFile, 'utf8')).toBe(before);
  });

  it('is replaced when an address is new, when it ends soon, and when a file is damaged', async () => {
    const { keyFile } = await ensureCertificate({ folder, hosts, nowMs });
    const moved = await ensureCertificate({ folder, hosts: [...hosts, '10.0.0.9'], nowMs });
    expect(moved.created).toBe(true);
    const late = await ensureCertificate({ folder, hosts, nowMs: nowMs + 360 * DAY_MS });
    expect(late.created).toBe(true);
    await writeFile(keyFile, 'no key');
    const mended = await ensureCertificate({ folder, hosts, nowMs: nowMs + 360 * DAY_MS });
    expect(mended.created).toBe(true);
  });

  it('says which folder cannot be written and what to set', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(ensureCertificate({ folder: join(file, 'inside'), hosts, nowMs })).rejects.toThrow(
      /cannot keep a certificate in .*inside.*PARTYLINE_CACHE/s,
    );
  });
});
