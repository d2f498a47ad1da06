import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alertRules } from './render.ts';

const page = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8');

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');

const sections = new Map(
  page.split(/^## /m).map((text) => {
    const [heading = '', ...rest] = text.split('\n');
    return [anchorOf(heading), rest.join('\n')] as const;
  }),
);

/** Anchor by alert, from the table at the top. */
const table = new Map(
  [...sections.get('alerts')!.matchAll(/^\| (`Partyline.*) \| \[.*\]\(#(\S+)\) \|$/gm)].flatMap(
    ([, alerts, anchor]) => [...alerts!.matchAll(/`(\w+)`/g)].map(([, alert]) => [alert!, anchor!] as const),
  ),
);

describe('the runbook', () => {
  it('lists every alert, and no other, with the section that the alert links to', () => {
    const linked = alertRules().map(({ alert, runbook }) => [alert, runbook] as const);
    expect([...table].sort()).toEqual([...linked].sort());
  });

  it('says in every section of an alert what to look at and what to do', () => {
    for (const anchor of new Set(table.values())) {
      const section = sections.get(anchor);
      expect(section, `docs/runbook.md has no heading for #${anchor}`).toBeDefined();
      // Where an edge does not start, what it says stands in a table with what to do.
      if (section!.includes('| what to do |')) continue;
      for (const part of ['Means', 'People notice', 'Look at', 'Do']) {
        expect(section, `#${anchor} lacks "${part}"`).toContain(`- **${part}.**`);
      }
    }
  });
});
