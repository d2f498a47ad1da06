import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cluster } from '@partyline/cluster';
import { freePort } from '@partyline/redis/server';
import { Program } from './program.ts';
import { until } from './wait.ts';

/** What Prometheus reads, with the labels that a scrape configuration gives it. */
export interface ScrapeTarget {
  /** Of the operations port, no path. */
  url: string;
  labels: Readonly<Record<string, string>>;
}

export interface PrometheusOptions {
  targets: readonly ScrapeTarget[];
  /** Rules by file name; none unless given. */
  rules?: ReadonlyMap<string, string>;
}

/** One series of an instant query; NaN and infinities included. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface FiringAlert {
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/** A rule as it was last evaluated. */
export interface RuleState {
  kind: 'alerting' | 'recording';
  name: string;
  /** Empty while all is well. */
  error: string;
  evaluated: boolean;
}

/** How often targets are read and rules evaluated. */
const EVERY = '1s';
const READY_WITHIN_MS = 30_000;
const ANSWER_WITHIN_MS = 10_000;

/** The targets of a cluster on this machine, labelled as in production. */
export const clusterTargets = ({ edges, directories }: Cluster, cluster: string): ScrapeTarget[] => [
  ...edges.map(({ id, region, member }) => ({
    url: member.opsUrl,
    labels: { job: 'partyline-edge', cluster, region, edge: id },
  })),
  ...directories.map(({ id, region, member }) => ({
    url: member.opsUrl,
    labels: { job: 'partyline-directory', cluster, region, directory: id },
  })),
];

/** A real Prometheus on a free port, with a folder of its own that goes with it. */
export class Prometheus {
  readonly url: string;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(url: string, program: Program, folder: string) {
    this.url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /** @throws Error with its output, when it is not ready in time */
  static async start({ targets, rules = new Map() }: PrometheusOptions): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(tmpdir(), 'partyline-prometheus-'));
    for (const [name, text] of rules) writeFileSync(path.join(folder, name), text);
    const config = path.join(folder, 'prometheus.yaml');
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(configuration(targets, [...rules.keys()])));
    const address = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const program = new Program('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ]);
    const prometheus = new Prometheus(`http://${address}`, program, folder);
    try {
      await until('Prometheus to be ready', () => prometheus.#isReady(), READY_WITHIN_MS);
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw new Error(`${String(error)}\n${program.output}`);
    }
  }

  /** What an expression is worth now. @throws Error with Prometheus' words, when it cannot be evaluated */
  async query(expr: string): Promise<Sample[]> {
    const { resultType, result } = (await this.#get(`query?query=${encodeURIComponent(expr)}`)) as QueryData;
    if (resultType === 'scalar') return [{ labels: {}, value: Number(result[1]) }];
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Alerts that fire now; pending ones do not. */
  async alerts(): Promise<FiringAlert[]> {
    const { alerts } = (await this.#get('alerts')) as {
      alerts: { state: string; labels: Record<string, string>; annotations: Record<string, string> }[];
    };
    return alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels, annotations }) => ({ name: labels.alertname ?? '', labels, annotations }));
  }

  /** Every rule. */
  async rules(): Promise<RuleState[]> {
    const { groups } = (await this.#get('rules')) as {
      groups: { rules: { type: RuleState['kind']; name: string; health: string; lastError?: string }[] }[];
    };
    return groups.flatMap(({ rules }) =>
      rules.map(({ type, name, health, lastError = '' }) => ({
        kind: type,
        name,
        error: lastError,
        evaluated: health !== 'unknown',
      })),
    );
  }

  /** Ends it and removes its folder. Idempotent. */
  async stop(): Promise<void> {
    await this.#program.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    if (!this.#program.running) throw new Error('Prometheus ended');
    const response = await fetch(`${this.url}/-/ready`).catch(() => undefined);
    await response?.arrayBuffer();
    return response?.status === 200;
  }

  async #get(what: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${what}`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const reply = (await response.json()) as { status: string; error?: string; data: unknown };
    if (reply.status !== 'success') throw new Error(reply.error ?? `Prometheus answers ${response.status}`);
    return reply.data;
  }
}

type QueryData =
  | { resultType: 'scalar'; result: [number, string] }
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] };

const configuration = (targets: readonly ScrapeTarget[], ruleFiles: readonly string[]): object => ({
  global: { scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY },
  rule_files: ruleFiles,
  scrape_configs: [...new Set(targets.map(({ labels }) => labels.job))].map((job) => ({
    job_name: job,
    static_configs: targets
      .filter(({ labels }) => labels.job === job)
      .map(({ url, labels: { job: _, ...labels } }) => ({ targets: [new URL(url).host], labels })),
  })),
});
