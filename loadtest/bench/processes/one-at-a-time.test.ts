import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-lock-'));
  lock = join(folder, 'pid');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('one bench at a time', () => {
  it('the second waits until the first has ended, and says so', async () => {
    const order: string[] = [];
    let release = (): void => undefined;
    const first = oneAtATime(
      () =>
        new Promise<void>((resolve) => {
          release = () => {
            order.push('first');
            resolve();
          };
        }),
      { say: () => undefined, lock },
    );
    const second = oneAtATime(async () => order.push('second'), { say: () => release(), lock });
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect(existsSync(lock)).toBe(false);
  });
  it('gives up when patience ends, and leaves the lock to its owner', async () => {
    writeFileSync(lock, String(process.pid));
    const waiting = oneAtATime(async () => 1, { say: () => undefined, patienceMs: 10, lock });
    await expect(waiting).rejects.toThrow(/Another bench is still running/);
    expect(existsSync(lock)).toBe(true);
  });
  it('takes over the lock of a process that is gone, also when the work throws', async () => {
    // Above the largest pid that a system gives out.
    writeFileSync(lock, '99999999');
    const failing = oneAtATime(() => Promise.reject(new Error('no')), { say: () => undefined, lock });
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
});
