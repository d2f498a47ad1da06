import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scrapeConfig } from './scrape-config.ts';

const targets = [
  { kind: 'edge', id: 'eu-edge-1', region: 'eu', address: '127.0.0.1:9001' },
  { kind: 'directory', id: 'us-directory-1', region: 'us', address: '127.0.0.1:9002' },
] as const;

describe('scrapeConfig', () => {
  it('says of each process which job, cluster, region and edge or directory it is', () => {
    const { scrape_configs: jobs } = JSON.parse(scrapeConfig(targets, { ruleFiles: [], scrapeSeconds: 2 }));
    expect(jobs).toEqual([
      {
        job_name: 'partyline-edge',
        static_configs: [
          { targets: ['127.0.0.1:9001'], labels: { cluster: 'partyline', region: 'eu', edge: 'eu-edge-1' } },
        ],
      },
      {
        job_name: 'partyline-directory',
        static_configs: [
          {
            targets: ['127.0.0.1:9002'],
            labels: { cluster: 'partyline', region: 'us', directory: 'us-directory-1' },
          },
        ],
      },
    ]);
  });

  it('passes promtool check config', () => {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-scrape-'));
    try {
      const file = join(folder, 'prometheus.yml');
      writeFileSync(file, scrapeConfig(targets, { ruleFiles: [], scrapeSeconds: 2 }));
      const check = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
      expect(check.error, 'promtool is needed; npm test installs it').toBeUndefined();
      expect(`${check.status} ${check.stderr}`).toBe('0 ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
