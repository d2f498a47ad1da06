import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPin } from './codecs/pins.ts';
import { recipeHash, recipes } from './codecs/recipe.ts';
import { codecModulesAreThere } from './setup/codec-modules.mjs';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'partyline-codecs-'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const runCodecs = (env: Record<string, string>, ...args: string[]) => {
  const script = fileURLToPath(new URL('./codecs.ts', import.meta.url));
  const node = ['--import', 'tsx', script, ...args];
  return spawnSync(process.execPath, node, { env: { ...process.env, ...env }, encoding: 'utf8' });
};

describe('npm run codecs', () => {
  it.each(recipes.map((recipe) => [recipe.codec, recipe] as const))(
    'has recorded what %s comes out as, and nothing has changed since that decides about it',
    (_, recipe) => {
      expect(readPin(recipe)).toMatchObject({ recipe: recipeHash(recipe) });
    },
  );

  it('has nothing to do where all is there, as the set-up of tests finds, too', () => {
    expect(codecModulesAreThere()).toBe(true);
    const { status, stdout, stderr } = runCodecs({});
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(
      recipes.map((recipe) => expect.stringContaining(readPin(recipe)!.file)),
    );
  });

  it('says in one line what is missing and how to get it where it cannot build', () => {
    const { status, stderr } = runCodecs({ PARTYLINE_CACHE: scratch, PARTYLINE_NO_APT: '1' });
    expect(status).toBe(1);
    const [progress, reason, ...more] = stderr.trim().split('\n');
    expect(progress).toBe('Compiling speex 1.2.1 to WebAssembly …');
    expect(reason).toMatch(
      /^Codecs not built: no sources of speex 1\.2\.1: PARTYLINE_NO_APT is set; or put speex_1\.2\.1\.orig\.tar\.gz into .*\(SHA-256 4b44/,
    );
    expect(more).toEqual([]);
  });

  it('refuses an option it does not know', () => {
    const { status, stderr } = runCodecs({}, '--force');
    expect(status).toBe(1);
    expect(stderr).toContain("Unknown option '--force'");
  });
});
