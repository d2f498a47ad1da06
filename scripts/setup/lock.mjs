import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Lets one setup at a time do some work: `npm start` and `npm test` in two terminals of a fresh clone would
 * otherwise install over each other.
 * @template T
 * @param {string} file the lock; holds the owner's process id, so that one left by a killed setup is seen as such
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let announced = false; !take(file); announced = true) {
    if (!announced) console.error('Waiting for another setup of Partyline to finish …');
    await sleep(200);
  }
  const release = () => rmSync(file, { force: true });
  process.on('exit', release);
  const stop = (signal) => process.exit(signal === 'SIGINT' ? 130 : 143);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function take(file) {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (ownerIsRunning(file)) return false;
    rmSync(file, { force: true });
  }
}

function ownerIsRunning(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file belongs to somebody who is just writing it.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    // ESRCH: the owner is gone; ENOENT: so is the lock, since a moment.
    return error.code === 'EPERM';
  }
}
