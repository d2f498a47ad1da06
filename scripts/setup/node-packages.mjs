import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from './command.mjs';
import { root } from './locations.mjs';
import { withLock } from './lock.mjs';

const stampFile = path.join(root, 'node_modules', '.partyline-setup');

/** Runs `npm ci` unless what package-lock.json names is already there. */
export async function installPackages() {
  const stamp = wantedStamp();
  if (readIfThere(stampFile) === stamp) return;
  await withLock(path.join(root, '.cache', 'setup.lock'), async () => {
    // Another setup may just have done the work.
    if (readIfThere(stampFile) === stamp) return;
    if (!installedByHand()) {
      console.error('Installing npm packages (once, and again when package-lock.json changes) …');
      await runQuietly(...npm(['ci', '--loglevel=error', '--no-audit', '--no-fund']), {
        cwd: root,
        purpose: 'npm ci',
      });
    }
    writeFileSync(stampFile, stamp);
  });
}

/** Native packages differ by Node version and processor, so both belong to the stamp. */
function wantedStamp() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const { version, arch, platform } = process;
  return createHash('sha256').update(lock).update(`${version} ${platform} ${arch}`).digest('hex');
}

/** Whether node_modules holds every package of package-lock.json, because somebody ran `npm ci` themselves. */
function installedByHand() {
  const hidden = readIfThere(path.join(root, 'node_modules', '.package-lock.json'));
  if (hidden === undefined) return false;
  const installed = JSON.parse(hidden).packages ?? {};
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([location, entry]) => {
    if (!location.includes('node_modules/')) return true;
    const there = installed[location];
    // Optional packages are left out where they do not fit the system.
    if (!there) return entry.optional === true || entry.devOptional === true;
    return there.version === entry.version && existsSync(path.join(root, location));
  });
}

/** npm as it was called, or as the shell finds it. */
export function npm(args) {
  const script = process.env.npm_execpath ?? '';
  return /npm-cli\.c?js$/.test(script) ? [process.execPath, [script, ...args]] : ['npm', args];
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
