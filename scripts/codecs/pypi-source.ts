import { existsSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from '../setup/command.mjs';
import { cache } from '../setup/locations.mjs';
import type { SourceArchive } from './recipe.ts';

/** Fetches the source distribution of a Python package with pip: the project's own Python if there is one, else the system's. */
export async function fetchFromPypi(archive: SourceArchive, folder: string): Promise<void> {
  const own = path.join(cache, 'venv', 'bin', 'python');
  const python = existsSync(own) ? own : 'python3';
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
  await runQuietly(python, [...pip, '--version'], { purpose: 'python3 -m pip' }).catch(() => {
    throw new Error('this needs pip (apt-get install python3-pip)');
  });
  const what = ['--no-deps', '--no-binary', ':all:', `${archive.name}==${archive.version}`];
  await runQuietly(python, [...pip, 'download', '--dest', folder, ...what], { purpose: 'pip download' });
}
