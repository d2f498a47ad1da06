import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLock } from './setup/lock.mjs';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'partyline-setup-'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** Setup on a machine whose PATH has nothing at all. */
function runSetup(purpose: string, env: Record<string, string>) {
  const script = fileURLToPath(new URL('./setup.mjs', import.meta.url));
  return spawnSync(process.execPath, [script, purpose], {
    env: { PATH: scratch, HOME: scratch, PARTYLINE_CACHE: scratch, ...env },
    encoding: 'utf8',
  });
}

describe('setup.mjs', () => {
  it('says nothing when nothing is missing', () => {
    const { status, stdout, stderr } = runSetup('start', {});
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('names in one line exactly what to install where it may not install', () => {
    const { status, stderr } = runSetup('test', { PARTYLINE_NO_APT: '1' });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/this needs Chromium, Prometheus, .*PARTYLINE_NO_APT is set/);
    expect(stderr).toContain('apt-get install --no-install-recommends chromium prometheus redis-server');
  });

  it('goes on without Prometheus where it may not install it', () => {
    const redis = path.join(scratch, 'redis-server');
    writeFileSync(redis, '#!/bin/sh\n', { mode: 0o755 });
    const { status, stderr } = runSetup('observe', {
      PARTYLINE_NO_APT: '1',
      PATH: scratch,
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^Going on without Prometheus: this needs Prometheus, .*\n$/);
  });

  it('installs Firefox and WebKit only for the scenario that needs them', () => {
    const test = runSetup('test', { PARTYLINE_NO_APT: '1' });
    expect(test.stderr).not.toContain('Firefox');
    const { status, stderr } = runSetup('browsers', { PARTYLINE_NO_APT: '1' });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/this needs Firefox, WebKitGTK with its driver, .*PARTYLINE_NO_APT is set/);
    expect(stderr).toContain('firefox-esr webkit2gtk-driver xvfb pulseaudio pulseaudio-utils');
  });

  it('refuses a purpose it does not know', () => {
    const { status, stderr } = runSetup('brew', {});
    expect(status).toBe(1);
    expect(stderr).toBe('Usage: node scripts/setup.mjs start|test|bench|cluster|observe|browsers\n');
  });
});

describe('withLock', () => {
  it('lets one at a time do its work', async () => {
    const lock = path.join(scratch, 'lock');
    const events: string[] = [];
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
    };
    await Promise.all([withLock(lock, work('one')), withLock(lock, work('two'))]);
    expect(events).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
    expect(said).toHaveBeenCalledTimes(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over from a setup that was killed', async () => {
    const lock = path.join(scratch, 'lock');
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(lock, String(pid));
    expect(await withLock(lock, async () => 'done')).toBe('done');
  });

  it('gives the lock back when the work fails', async () => {
    const lock = path.join(scratch, 'lock');
    const failing = withLock(lock, async () => {
      throw new Error('no network');
    });
    await expect(failing).rejects.toThrow('no network');
    expect(existsSync(lock)).toBe(false);
  });
});
