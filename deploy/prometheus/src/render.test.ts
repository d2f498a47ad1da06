import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertRules, recordingRules, renderRules } from './render.ts';

interface RuleFile {
  groups: { name: string; rules: { alert?: string; record?: string; expr: string; for?: string }[] }[];
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3 };

/** Every range and every wait of the rules, in ms, in their order. */
const spansOf = (timeScale: number): number[] =>
  [...renderRules({ timeScale }).values()].flatMap((text) =>
    [...text.matchAll(/(?:\[| for: )(\d+)(ms|[smhd])\b/g)].map(
      ([, amount, unit]) => Number(amount) * UNIT_MS[unit!]!,
    ),
  );

describe('renderRules', () => {
  it('renders what is committed', () => {
    for (const [name, text] of renderRules()) {
      expect(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')).toBe(text);
    }
  });

  it('scales every range and every wait by the one number', () => {
    const production = spansOf(1);
    const scaled = spansOf(1 / 60);
    expect(production.length).toBeGreaterThan(80);
    expect(scaled).toEqual(production.map((ms) => ms / 60));
    // Nothing that looks like a time is left that the scale does not reach.
    for (const { expr } of [...alertRules(), ...recordingRules()]) {
      expect(expr.replaceAll(/\[\w+\]|:rate\w+|:ratio\w*|:usual1d/g, '')).not.toMatch(/\b\d+(ms|[smhdwy])\b/);
    }
  });

  it('refuses a time scale that makes no sense', () => {
    for (const timeScale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => renderRules({ timeScale })).toThrow(RangeError);
    }
  });

  it('gives every alert what whoever is woken needs', () => {
    const { groups } = parse(
      renderRules({ runbookUrl: 'https://docs.example/runbook' }).get('alerts.yaml')!,
    ) as {
      groups: { rules: { labels: object; annotations: Record<string, string> }[] }[];
    };
    for (const { labels, annotations } of groups.flatMap(({ rules }) => rules)) {
      expect(labels).toEqual({ severity: expect.stringMatching(/^(page|ticket)$/) });
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url', 'dashboard_url']);
      expect(annotations.runbook_url).toMatch(/^https:\/\/docs\.example\/runbook#[a-z0-9-]+$/);
      expect(annotations.dashboard_url).toMatch(/^\/d\/partyline-[a-z]+\?var-cluster=/);
    }
  });

  it('uses no name twice, and records only what it names by level, metric and operation', () => {
    const names = alertRules().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const { record } of recordingRules()) expect(record).toMatch(/^partyline:[a-z_]+:[a-z0-9_]+$/);
  });

  it('asks only for recorded series that are recorded', () => {
    const recorded = new Set(recordingRules().map(({ record }) => record));
    const files = [...renderRules().values()].map((text) => parse(text) as RuleFile);
    for (const { expr } of files.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))) {
      for (const [name] of expr.matchAll(/partyline:[a-z_]+:[a-z0-9_]+/g)) expect(recorded).toContain(name);
    }
  });
});
