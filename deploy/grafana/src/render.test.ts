import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { anchor } from './advice.ts';
import { queriesOf } from './queries.ts';
import { dashboards, renderDashboards } from './render.ts';

/** What is read of a panel, of a row of panels too. */
interface ReadPanel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: { unit?: string } };
  datasource?: { uid: string };
  targets?: { expr: string; refId: string; legendFormat?: string }[];
  collapsed?: boolean;
  repeat?: string;
  panels?: ReadPanel[];
}

interface ReadDashboard {
  uid: string;
  title: string;
  tags: string[];
  templating: { list: { name: string }[] };
  panels: ReadPanel[];
}

const files = [...renderDashboards()];
const read = files.map(([name, text]) => ({ name, text, dashboard: JSON.parse(text) as ReadDashboard }));
const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8');
const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading!));

const rowsAndPanels = ({ panels }: ReadDashboard): ReadPanel[] =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const panelsOf = (dashboard: ReadDashboard): ReadPanel[] =>
  rowsAndPanels(dashboard).filter(({ type }) => type !== 'row');

const overlap = (a: ReadPanel['gridPos'], b: ReadPanel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe('all dashboards together', () => {
  it('are five, each with a uid and a title of its own', () => {
    expect(files.map(([name]) => name)).toEqual([
      'overview.json',
      'hops.json',
      'edges.json',
      'directory-redis.json',
      'soak.json',
    ]);
    expect(new Set(read.map(({ dashboard }) => dashboard.uid)).size).toBe(files.length);
    expect(new Set(read.map(({ dashboard }) => dashboard.title)).size).toBe(files.length);
  });

  it('share the tag by which they link to each other', () => {
    for (const { dashboard } of read) expect(dashboard.tags).toContain('partyline');
  });

  it('come back from JSON as the SDK built them', () => {
    for (const [index, built] of dashboards().entries()) {
      expect(read[index]!.dashboard).toEqual(JSON.parse(JSON.stringify(built)));
    }
  });

  it('lead to another runbook when told where it is', () => {
    const elsewhere = renderDashboards({ runbookUrl: 'https://wiki.example/runbook' });
    expect(elsewhere.get('overview.json')).toContain('"query": "https://wiki.example/runbook"');
  });
});

describe.each(read)('$name', ({ text, dashboard }) => {
  it('has a number of its own for each panel', () => {
    const ids = rowsAndPanels(dashboard).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('puts no panel over another, nor beyond the grid', () => {
    const open = dashboard.panels;
    const closed = open.filter(({ collapsed }) => collapsed === true);
    for (const group of [open, ...closed.map(({ panels = [] }) => panels)]) {
      for (const [index, panel] of group.entries()) {
        expect(panel.gridPos.x + panel.gridPos.w, panel.title).toBeLessThanOrEqual(24);
        for (const other of group.slice(index + 1)) {
          expect(overlap(panel.gridPos, other.gridPos), `${panel.title} and ${other.title}`).toBe(false);
        }
      }
    }
  });

  it('keeps panels of closed rows in their row, as Grafana expects', () => {
    for (const row of dashboard.panels.filter(({ type }) => type === 'row')) {
      expect((row.panels ?? []).length > 0, row.title).toBe(row.collapsed === true);
    }
  });

  it('uses no variable that it does not have', () => {
    const names = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!);
    for (const name of used) {
      expect(names.has(name) || /^__(rate_interval|range|all)$/.test(name), `$${name}`).toBe(true);
    }
    for (const { repeat } of rowsAndPanels(dashboard)) {
      if (repeat !== undefined) expect(names).toContain(repeat);
    }
  });

  it('says of each panel what it shows, what is good, what to do, and where to read on', () => {
    for (const { title, description = '' } of panelsOf(dashboard)) {
      expect(description, title).toMatch(/^\S.+\n\n\*\*Good:\*\* \S.+\n\n\*\*If not:\*\* \S/);
      const [, linked] = /\]\(\$\{runbook\}#([^)]+)\)$/.exec(description) ?? [];
      expect(anchors, `${title}: the heading of docs/runbook.md`).toContain(linked);
    }
  });

  it('gives each panel a unit, the chosen data source, and queries with different names', () => {
    for (const { title, fieldConfig, datasource, targets = [] } of panelsOf(dashboard)) {
      expect(fieldConfig?.defaults.unit, title).toMatch(/^(s|percentunit|short|bytes|Bps|none)$/);
      expect(datasource?.uid, title).toBe('${datasource}');
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
  });

  it('asks for nothing outside of the chosen cluster', () => {
    for (const { panelTitle, expression } of queriesOf(text, { cluster: 'chosen' })) {
      // The generator of load knows of no cluster.
      if (/\bk6_/.test(expression)) continue;
      const selectors = expression.match(/\{[^{}]*\}/g) ?? [];
      expect(selectors.length, `${panelTitle}: ${expression}`).toBeGreaterThan(0);
      for (const one of selectors) expect(one, panelTitle).toMatch(/cluster=("chosen"|~"chosen\|")/);
    }
  });

  it('has no variable left in its queries when they are asked outside of Grafana', () => {
    const queries = queriesOf(text, { cluster: 'test', rateInterval: '20s' });
    expect(queries.length).toBeGreaterThan(panelsOf(dashboard).length - 1);
    for (const { expression } of queries) expect(expression).not.toContain('$');
  });
});
