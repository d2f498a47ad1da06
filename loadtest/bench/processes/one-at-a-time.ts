import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const WAIT_MS = 500;
const LOCK = join(tmpdir(), 'partyline-bench.pid');

/** Whether the process that wrote the lock is still there; a lock without a number is being written right now. */
const isHeld = (lock: string): boolean => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process cannot be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const take = (lock: string): boolean => {
  try {
    const file = openSync(lock, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isHeld(lock)) rmSync(lock, { force: true });
    return false;
  }
};

/**
 * Carries out `work` when no other bench runs on this machine: two that are pinned to the same cores measure each other.
 * @param patienceMs how long to wait for the other one
 * @throws Error when it takes longer than that
 */
export const oneAtATime = async <Result>(
  work: () => Promise<Result>,
  {
    say,
    patienceMs = 300_000,
    lock = LOCK,
  }: { say: (line: string) => void; patienceMs?: number; lock?: string },
): Promise<Result> => {
  const until = performance.now() + patienceMs;
  let told = false;
  while (!take(lock)) {
    if (performance.now() > until) {
      throw new Error('Another bench is still running here, on the same cores: wait for it, or end it.');
    }
    if (!told) say('Another bench is running on the same cores: waiting for it.');
    told = true;
    await delay(WAIT_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
};
