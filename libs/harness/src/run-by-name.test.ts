import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Expectations } from './named-run.ts';
import { runByName } from './run-by-name.ts';

let folder: string;
let out: string;
let err: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-runs-'));
  const module = (body: string): string =>
    `export const run = { name: 'x', about: 'shows', floor: 0.7, aim: 0.95, run: async (context) => { ${body} } };`;
  writeFileSync(
    join(folder, 'good.ts'),
    module(`context.table([['a'], [1]]); return { pass: true, ratio: 0.9 };`),
  );
  writeFileSync(join(folder, 'bad.ts'), module(`return { pass: false, failures: ['too slow'] };`));
  writeFileSync(join(folder, 'broken.ts'), module(`throw new Error('no socket');`));
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const go = (...argv: string[]): Promise<number> => runByName({ kind: 'bench', folder, argv, env: {} });
const lastLine = (): unknown => JSON.parse(out.trimEnd().split('\n').at(-1)!);

describe('runs by name', () => {
  it('ends with one line of JSON and exit code 0', async () => {
    expect(await go('good')).toBe(0);
    expect(lastLine()).toMatchObject({ name: 'x', pass: true, ratio: 0.9, floor: 0.7, aim: 0.95 });
  });
  it('gives exit code 1 below the floor and when the run throws, with the line all the same', async () => {
    expect(await go('bad')).toBe(1);
    expect(lastLine()).toMatchObject({ pass: false, failures: ['too slow'] });
    expect(await go('broken')).toBe(1);
    expect(lastLine()).toMatchObject({ pass: false, failures: ['no socket'] });
  });
  it('gives exit code 2 and the names for an unknown or missing name', async () => {
    expect([await go('nope'), await go()]).toEqual([2, 2]);
    expect(err).toMatch(/No bench is called "nope": bad, broken, good/);
  });
  it('lists what there is', async () => {
    expect(await go('--list')).toBe(0);
    expect(out).toContain('shows');
  });
  it('an empty set of expectations does not pass', () => {
    expect(new Expectations().outcome.pass).toBe(false);
  });
});
