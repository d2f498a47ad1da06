// The committed dashboards from their sources: `npm run dashboards` writes them, and with `--check` this says whether
// they are up to date. `--runbook URL --out FOLDER` writes a set whose links lead to a runbook elsewhere, and
// `--preview URL --out FOLDER` draws them with the data of the Prometheus there, for people without Grafana.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { COMMITTED, drifted } from './drift.ts';
import { preview } from './preview/preview.ts';
import { PrometheusReader } from './preview/prometheus-reader.ts';
import { renderDashboards } from './render.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean' },
    out: { type: 'string' },
    runbook: { type: 'string' },
    preview: { type: 'string' },
    cluster: { type: 'string', default: 'partyline' },
    minutes: { type: 'string', default: '30' },
    'scrape-seconds': { type: 'string', default: '10' },
    // A time in seconds since 1970, for data that is not of today.
    until: { type: 'string' },
  },
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
} else if (values.preview !== undefined) {
  if (values.out === undefined) throw new Error('--preview needs --out FOLDER, for the pages.');
  mkdirSync(folder, { recursive: true });
  const prometheus = new PrometheusReader(values.preview);
  const options = {
    cluster: values.cluster,
    toSeconds: Number(values.until ?? Math.floor(Date.now() / 1000)),
    rangeSeconds: Number(values.minutes) * 60,
    scrapeSeconds: Number(values['scrape-seconds']),
  };
  for (const [name, text] of rendered) {
    const file = path.join(folder, name.replace('.json', '.html'));
    writeFileSync(file, await preview(text, prometheus, options));
    console.log(`Drew ${file}`);
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of rendered) writeFileSync(path.join(folder, name), text);
  console.log(`Wrote ${[...rendered.keys()].join(', ')} to ${path.relative(process.cwd(), folder)}`);
}
