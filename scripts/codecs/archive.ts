import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from '../setup/command.mjs';
import { cache } from '../setup/locations.mjs';
import { fetchFromDebian } from './debian-source.ts';
import { sha256Of } from './pins.ts';
import { fetchFromPypi } from './pypi-source.ts';
import type { SourceArchive } from './recipe.ts';

/** Where archives are kept; one that was put there by hand is taken as well. */
const archives = path.join(cache, 'codecs', 'archives');

/**
 * C sources and headers of an archive, by their path within its one folder.
 * @throws Error with one line that says what is missing and how to get it
 */
export async function sourcesOf(archive: SourceArchive): Promise<Map<string, Buffer>> {
  const file = await fetched(archive);
  const scratch = mkdtempSync(path.join(archives, 'unpacked-'));
  try {
    const options = ['--strip-components=1', '--no-same-owner'];
    await runQuietly('tar', ['-xzf', file, '-C', scratch, ...options], { purpose: `tar -xzf ${file}` });
    const names = readdirSync(scratch, { recursive: true, encoding: 'utf8' });
    const wanted = names.filter((name) => /\.[ch]$/.test(name)).sort();
    return new Map(wanted.map((name) => [name, readFileSync(path.join(scratch, name))]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function fetched(archive: SourceArchive): Promise<string> {
  mkdirSync(archives, { recursive: true });
  const kept = path.join(archives, archive.file);
  if (existsSync(kept) && sha256Of(readFileSync(kept)) === archive.sha256) return kept;
  const scratch = mkdtempSync(path.join(archives, 'fetching-'));
  try {
    const fetch = archive.registry === 'debian' ? fetchFromDebian : fetchFromPypi;
    await fetch(archive, scratch).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `no sources of ${archive.name} ${archive.version}: ${reason}; or put ${archive.file} into ${archives} yourself (SHA-256 ${archive.sha256})`,
      );
    });
    const file = path.join(scratch, archive.file);
    const sha256 = sha256Of(readFileSync(file));
    if (sha256 !== archive.sha256) {
      throw new Error(`${archive.file} has the SHA-256 ${sha256}, not ${archive.sha256}: it is not used`);
    }
    renameSync(file, kept);
    return kept;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
