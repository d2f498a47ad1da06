// docs/metrics.md from what the programs register: `npm run docs` writes it, and without `--write` this checks that
// it is up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCatalogue } from './metrics-docs/catalogue.ts';
import { metricsPage } from './metrics-docs/page.ts';

const pageFile = path.join(fileURLToPath(new URL('..', import.meta.url)), 'docs', 'metrics.md');

const page = metricsPage(await readCatalogue());
if (process.argv.includes('--write')) {
  writeFileSync(pageFile, page);
  console.log('Wrote docs/metrics.md');
} else if (!existsSync(pageFile) || readFileSync(pageFile, 'utf8') !== page) {
  console.error('docs/metrics.md does not match what the programs register; run: npm run docs');
  process.exitCode = 1;
} else {
  console.log('docs/metrics.md is up to date');
}
