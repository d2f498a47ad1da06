// The committed dashboards from their sources: `npm run dashboards` writes them, and with `--check` this says whether
// they are up to date. `--runbook URL --out FOLDER` writes a set whose links lead to a runbook elsewhere.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { COMMITTED, drifted } from './drift.ts';
import { renderDashboards } from './render.ts';

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, out: { type: 'string' }, runbook: { type: 'string' } },
});
const rendered = renderDashboards(values.runbook === undefined ? {} : { runbookUrl: values.runbook });
const folder = values.out ?? COMMITTED;

if (values.check === true) {
  const names = drifted(rendered, folder);
  if (names.length > 0) {
    console.error(
      `deploy/grafana/dashboards does not match its sources (${names.join(', ')}); run: npm run dashboards`,
    );
    process.exitCode = 1;
  } else {
    console.log('deploy/grafana/dashboards is up to date');
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of rendered) writeFileSync(path.join(folder, name), text);
  console.log(`Wrote ${[...rendered.keys()].join(', ')} to ${path.relative(process.cwd(), folder)}`);
}
