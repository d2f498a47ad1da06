import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from './command.mjs';
import { cache, root } from './locations.mjs';
import { withLock } from './lock.mjs';

/** Where tests find Python with what judges speech: `bin/python` below it. */
const venv = path.join(cache, 'venv');

const requirements = path.join(root, 'test', 'support', 'requirements.txt');
const stampFile = path.join(venv, '.partyline-requirements');

/** Whether the environment has what test/support/requirements.txt names now; without that file nothing is needed. */
export function pythonIsReady() {
  if (!existsSync(requirements)) return true;
  return existsSync(path.join(venv, 'bin', 'python')) && existsSync(stampFile)
    ? readFileSync(stampFile, 'utf8') === wantedStamp()
    : false;
}

/** Makes the environment anew; half a minute or so, as one of its packages is compiled. */
export async function preparePython() {
  await withLock(path.join(cache, 'setup.lock'), async () => {
    if (pythonIsReady()) return;
    console.error(`Making a Python environment for the speech tests in ${venv} …`);
    mkdirSync(cache, { recursive: true });
    rmSync(venv, { recursive: true, force: true });
    await runQuietly('python3', ['-m', 'venv', venv], { purpose: 'python3 -m venv' });
    await runQuietly(
      path.join(venv, 'bin', 'python'),
      ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '-r', requirements],
      { purpose: 'pip install of test/support/requirements.txt' },
    );
    writeFileSync(stampFile, wantedStamp());
  });
}

function wantedStamp() {
  return createHash('sha256').update(readFileSync(requirements)).digest('hex');
}
