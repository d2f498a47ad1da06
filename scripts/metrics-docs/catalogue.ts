// Every metric that the programs export, read from the registries of programs that are put together as for a start,
// but not started: nothing is connected to.
import { generateKeyPairSync } from 'node:crypto';
import { directoryProcessMetrics } from '@partyline/directory';
import { edgeProcessMetrics } from '@partyline/edge/process';
import { recorderProcessMetrics } from '@partyline/recorder/process';
import type { Metrics } from '@partyline/telemetry';

export type Program = 'edge' | 'directory' | 'recorder';
export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface CatalogueMetric {
  name: string;
  type: MetricType;
  help: string;
  labels: readonly string[];
  /** Values of the labels, in their order, of every series there is before anything has happened; '' is no label. */
  series: readonly (readonly string[])[];
  programs: readonly Program[];
}

export interface CatalogueOptions {
  /** With the metrics of Node.js and the process. */
  withDefaults?: boolean;
}

/** Metrics of Node.js and the process; summarised, for prom-client defines them. */
const DEFAULTS = /^(?:nodejs|process)_/;

/** Labels that the scrape configuration sets; a metric with one of these would lose it, or hide it. */
export const TARGET_LABELS: readonly string[] = ['job', 'instance', 'cluster', 'region', 'edge', 'directory'];
const CONTENT_LABELS: readonly string[] = [
  'room',
  'user',
  'identity',
  'participant',
  'stream',
  'address',
  'ip',
];

/** What prom-client keeps of a metric; its types show less. */
interface Registered {
  name: string;
  help: string;
  type: string;
  labelNames?: readonly string[];
  get(): Promise<{ values: readonly { labels: Readonly<Record<string, string | number>> }[] }>;
}

/** All programs' metrics, sorted by name; those of Node.js are left out unless wanted. */
export function readCatalogue(options: CatalogueOptions = {}): Promise<CatalogueMetric[]> {
  return catalogueOf(programMetrics(), options);
}

/** What each program registers. */
export function programMetrics(): Record<Program, Metrics> {
  // Two regions and a receiver of webhooks, so that everything that can be exported is.
  const redis = {
    PARTYLINE_REDIS_URL: 'redis://127.0.0.1',
    PARTYLINE_REDIS_REGIONS: 'elsewhere=redis://127.0.0.1',
    PARTYLINE_CONTROL_REDIS_URL: 'redis://127.0.0.1',
  };
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    edge: edgeProcessMetrics({ ...redis, PARTYLINE_DIRECTORY_URLS: 'http://127.0.0.1' }),
    directory: directoryProcessMetrics({
      ...redis,
      PARTYLINE_DIRECTORY_REGION: 'here',
      PARTYLINE_TICKET_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      PARTYLINE_API_KEYS: 'catalogue:a-secret-of-at-least-thirty-two-bytes',
      PARTYLINE_WEBHOOK_URLS: 'http://127.0.0.1/events',
      PARTYLINE_WEBHOOK_SECRET: 'a-secret-of-at-least-thirty-two-bytes',
    }),
    recorder: recorderProcessMetrics({
      PARTYLINE_REDIS_URL: redis.PARTYLINE_REDIS_URL,
      PARTYLINE_RECORDER_API_KEY: 'catalogue:a-secret-of-at-least-thirty-two-bytes',
    }),
  };
}

/**
 * @throws Error when two programs mean different things by one name, or when a label is not to be had: see docs/metrics.md
 */
export async function catalogueOf(
  programs: Readonly<Partial<Record<Program, Metrics>>>,
  { withDefaults = false }: CatalogueOptions = {},
): Promise<CatalogueMetric[]> {
  const catalogue = new Map<string, CatalogueMetric>();
  for (const [program, { registry }] of Object.entries(programs) as [Program, Metrics][]) {
    for (const registered of registry.getMetricsAsArray() as unknown as Registered[]) {
      if (!withDefaults && DEFAULTS.test(registered.name)) continue;
      const metric = await describe(registered, program);
      const known = catalogue.get(metric.name);
      catalogue.set(metric.name, known === undefined ? metric : merge(known, metric));
    }
  }
  return [...catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function describe(registered: Registered, program: Program): Promise<CatalogueMetric> {
  const { name, help, type } = registered;
  const labels = [...(registered.labelNames ?? [])];
  const wrong = labels.find((label) => TARGET_LABELS.includes(label) || CONTENT_LABELS.includes(label));
  if (wrong !== undefined)
    throw new Error(`${name} has a label "${wrong}", which no metric may have: rename it.`);
  const { values } = await registered.get();
  const series = new Map(
    values.map(({ labels: given }) => {
      const row = labels.map((label) => String(given[label] ?? ''));
      return [JSON.stringify(row), row] as const;
    }),
  );
  return {
    name,
    type: type as MetricType,
    help,
    labels,
    series: labels.length === 0 ? [] : [...series.values()],
    programs: [program],
  };
}

function merge(one: CatalogueMetric, other: CatalogueMetric): CatalogueMetric {
  const same = (['type', 'help'] as const).every((field) => one[field] === other[field]);
  if (!same || one.labels.join() !== other.labels.join()) {
    throw new Error(
      `${one.name} is not the same in ${one.programs} and in ${other.programs}: make them alike.`,
    );
  }
  const rows = new Map([...one.series, ...other.series].map((row) => [JSON.stringify(row), row]));
  return { ...one, series: [...rows.values()], programs: [...one.programs, ...other.programs] };
}
