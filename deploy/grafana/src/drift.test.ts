import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMITTED, drifted } from './drift.ts';
import { renderDashboards } from './render.ts';

describe('drifted', () => {
  it('finds nothing between the sources and what is committed', () => {
    expect(drifted(renderDashboards(), COMMITTED)).toEqual([]);
  });

  it('names files that are missing, that differ, and that have no source', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'partyline-dashboards-'));
    try {
      for (const name of ['same.json', 'edited.json', 'left-over.json', 'README.md']) {
        writeFileSync(path.join(folder, name), '{}\n');
      }
      const rendered = new Map([
        ['same.json', '{}\n'],
        ['edited.json', '{ "title": "other" }\n'],
        ['missing.json', '{}\n'],
      ]);
      expect(drifted(rendered, folder).sort()).toEqual(['edited.json', 'left-over.json', 'missing.json']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
