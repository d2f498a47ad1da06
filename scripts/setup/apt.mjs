import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runQuietly } from './command.mjs';

const listsDirectory = '/var/lib/apt/lists';
const policyFile = '/usr/sbin/policy-rc.d';
/** Debian's own way of saying that no service may be started while packages are installed. */
const policy = '#!/bin/sh\n# Temporary, by the setup of Partyline: start no service.\nexit 101\n';
const DAY_MS = 24 * 60 * 60 * 1000;
const STALE_AFTER_MS = 7 * DAY_MS;

/**
 * Installs Debian packages without their recommendations and without starting or enabling any service.
 * @param {string[]} packages
 */
export async function aptInstall(packages) {
  const servicesBefore = prometheusUnits();
  const lift = forbidServices();
  try {
    if (listsAreStale()) await apt(['update'], 'apt-get update');
    await install(packages).catch(async () => {
      // The usual reason is a list that names versions the mirror no longer has.
      await apt(['update'], 'apt-get update');
      await install(packages);
    });
  } finally {
    lift();
  }
  // Not started now, and not at the next boot either, unless the user had it before.
  const added = prometheusUnits().filter((unit) => !servicesBefore.includes(unit));
  if (added.length > 0 && existsSync('/usr/bin/systemctl')) {
    await runQuietly('systemctl', ['disable', ...added], { purpose: 'systemctl disable' });
  }
}

function install(packages) {
  const args = ['install', '--yes', '--no-install-recommends', ...packages];
  return apt(args, `apt-get could not install ${packages.join(', ')}`);
}

function apt(args, purpose) {
  const options = ['--quiet', '--option', 'DPkg::Lock::Timeout=300'];
  return runQuietly('apt-get', [...options, ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    purpose,
  });
}

function prometheusUnits() {
  return ['prometheus.service'].filter((unit) => existsSync(path.join('/lib/systemd/system', unit)));
}

/**
 * Puts the policy in place unless the machine has one already, which is then left alone.
 * @returns {() => void} takes it away again; also done when the process is ended by a signal
 */
function forbidServices() {
  if (existsSync(policyFile) && readFileSync(policyFile, 'utf8') !== policy) return () => undefined;
  writeFileSync(policyFile, policy, { mode: 0o755 });
  const remove = () => rmSync(policyFile, { force: true });
  const stop = (signal) => process.exit(signal === 'SIGINT' ? 130 : 143);
  process.on('exit', remove);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => {
    remove();
    process.off('exit', remove);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}

function listsAreStale() {
  if (!existsSync(listsDirectory)) return true;
  const lists = readdirSync(listsDirectory).filter((name) => /_Packages(\.\w+)?$/.test(name));
  // A list keeps its mirror's date; the release file is touched at every update.
  const touchedAtMs = readdirSync(listsDirectory)
    .filter((name) => name.endsWith('Release'))
    .map((name) => statSync(path.join(listsDirectory, name)).ctimeMs);
  return lists.length === 0 || Date.now() - Math.max(0, ...touchedAtMs) > STALE_AFTER_MS;
}
