import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runStep } from './check/step.ts';
import { closingLine, summaryTable } from './check/summary.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'partyline-check-test-'));
  symlinkSync(path.join(repository, 'node_modules'), path.join(root, 'node_modules'), 'dir');
  writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const quietly = () => ({ root, output: 'ignore' as const });
const node = (code: string) => ['node', '-e', code];

function writeTest(name: string, text: string): void {
  mkdirSync(path.join(root, 'tests'), { recursive: true });
  writeFileSync(path.join(root, 'tests', name), text);
}

const unit = { name: 'unit', commands: [['vitest', 'run', '--root', '.']], countsTests: true };

describe('runStep', () => {
  it('counts a step of several commands as one, and runs them all', async () => {
    const marker = path.join(root, 'ran');
    const second = node(`require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`);
    const bad = await runStep({ name: 'lint', commands: [node('process.exit(3)'), second] }, quietly());
    expect(bad).toMatchObject({ name: 'lint', passed: 0, failed: 1 });
    const good = await runStep({ name: 'lint', commands: [node(''), ['ls', marker]] }, quietly());
    expect(good).toMatchObject({ name: 'lint', passed: 1, failed: 0 });
    expect(good.seconds).toBeGreaterThan(0);
  });

  it('counts a program that cannot be run as failed, and says which', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const result = await runStep({ name: 'lint', commands: [['no-such-program-here']] }, quietly());
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(said).toHaveBeenCalledWith(expect.stringContaining('no-such-program-here could not be run'));
  });

  it('counts unit tests one by one', async () => {
    writeTest('some.test.js', `import { it } from 'vitest'; it('a', () => {}); it('b', () => {});`);
    expect(await runStep(unit, quietly())).toMatchObject({ passed: 2, failed: 0 });
    writeTest('bad.test.js', `import { it } from 'vitest'; it('c', () => { throw new Error('wanted'); });`);
    expect(await runStep(unit, quietly())).toMatchObject({ passed: 2, failed: 1 });
  });

  it('counts a test file that does not load, and a run without tests, as a failure', async () => {
    expect(await runStep(unit, quietly())).toMatchObject({ passed: 0, failed: 1 });
    writeTest('broken.test.js', `import './missing.js';`);
    expect(await runStep(unit, quietly())).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('closingLine', () => {
  it('adds up what the steps counted', () => {
    const results = [
      { name: 'lint', seconds: 1.23, passed: 1, failed: 0 },
      { name: 'unit', seconds: 45.6, passed: 120, failed: 2 },
      { name: 'knip', seconds: 2, passed: 0, failed: 1 },
    ];
    expect(closingLine(results)).toBe('121 passed, 3 failed');
    expect(summaryTable(results).split('\n')).toEqual([
      'step  seconds  result',
      'lint      1.2  passed',
      'unit     45.6  2 FAILED',
      'knip      2.0  FAILED',
    ]);
  });
});
