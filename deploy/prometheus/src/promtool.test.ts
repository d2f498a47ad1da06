import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertRules, renderRules } from './render.ts';
import { scaledSpan } from './span.ts';

const testsFolder = fileURLToPath(new URL('../tests', import.meta.url));
const testFiles = readdirSync(testsFolder).filter((name) => name.endsWith('.yaml'));
/** Days of series pass through every rule; seconds on a quiet machine. */
const TIMEOUT_MS = 180_000;
const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };

const promtool = (...args: string[]): { status: number | null; output: string } => {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error) throw new Error(`promtool (Debian's package prometheus) could not be started: ${error.message}`);
  return { status, output: `${stdout}${stderr}` };
};

/** A test with its times on another scale: what happens each minute happens each second at 1/60. */
const scaledTest = (text: string, timeScale: number): string => {
  const span = scaledSpan(timeScale);
  return text.replaceAll(/(interval|eval_time): ((?:\d+[mhd])+)/g, (_, key: string, time: string) => {
    const parts = [...time.matchAll(/(\d+)([mhd])/g)];
    return `${key}: ${span(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MINUTES[unit!]!, 0))}`;
  });
};

describe.each([1, 1 / 60])('at a time scale of %f', (timeScale) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'partyline-rules-'));

  beforeAll(() => {
    mkdirSync(path.join(folder, 'tests'));
    for (const [name, text] of renderRules({ timeScale })) writeFileSync(path.join(folder, name), text);
    for (const name of testFiles) {
      const text = readFileSync(path.join(testsFolder, name), 'utf8');
      writeFileSync(path.join(folder, 'tests', name), scaledTest(text, timeScale));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('promtool takes the rules', () => {
    const { status, output } = promtool(
      'check',
      'rules',
      ...[...renderRules().keys()].map((name) => path.join(folder, name)),
    );
    expect(status, output).toBe(0);
  });

  it.each(testFiles)(
    'alerts fire and clear as %s says',
    (name) => {
      const { status, output } = promtool('test', 'rules', path.join(folder, 'tests', name));
      expect(status, output).toBe(0);
    },
    TIMEOUT_MS,
  );
});

describe('the tests of rules', () => {
  interface Check {
    exp_samples: { labels: string }[];
  }
  const tests = testFiles.flatMap((name) => {
    const text = readFileSync(path.join(testsFolder, name), 'utf8');
    return (parse(text) as { tests: { name: string; promql_expr_test: Check[] }[] }).tests;
  });
  const firing = (check: Check): string[] =>
    check.exp_samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)![1]!);

  it('see every alert fire, and not fire in the same test', () => {
    for (const { alert } of alertRules()) {
      const about = tests.filter((test) =>
        test.promql_expr_test.some((check) => firing(check).includes(alert)),
      );
      expect(about, `no test sees ${alert} fire`).not.toEqual([]);
      const both = about.some((test) =>
        test.promql_expr_test.some((check) => !firing(check).includes(alert)),
      );
      expect(both, `no test sees ${alert} silent before or after`).toBe(true);
    }
  });

  it('evaluate every group, in an order', () => {
    const groups = [...renderRules().values()].flatMap((text) =>
      (parse(text) as { groups: { name: string }[] }).groups.map(({ name }) => name),
    );
    for (const name of testFiles) {
      const file = parse(readFileSync(path.join(testsFolder, name), 'utf8')) as {
        group_eval_order: string[];
      };
      expect(file.group_eval_order, name).toEqual(groups);
    }
  });

  it('name no alert that is not there', () => {
    const names = alertRules().map(({ alert }) => alert);
    for (const name of tests.flatMap((test) => test.promql_expr_test.flatMap(firing))) {
      expect(names).toContain(name);
    }
  });
});
