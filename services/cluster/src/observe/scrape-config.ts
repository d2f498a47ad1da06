/** A process that Prometheus reads. */
export interface ScrapeTarget {
  kind: 'edge' | 'directory' | 'recorder';
  id: string;
  region: string;
  /** Of its operations port, such as `127.0.0.1:9102`. */
  address: string;
}

export interface ScrapeConfigOptions {
  /** Files of recording rules and alerts. */
  ruleFiles: readonly string[];
  scrapeSeconds: number;
}

const KINDS = ['edge', 'directory', 'recorder'] as const;

/** Told apart from other clusters of the same Prometheus. */
const CLUSTER = 'partyline';

/**
 * Prometheus' configuration. The processes do not know these labels: who reads them says which cluster, region and edge they
 * are. As JSON, which is YAML as well.
 */
export const scrapeConfig = (
  targets: readonly ScrapeTarget[],
  { ruleFiles, scrapeSeconds }: ScrapeConfigOptions,
): string => {
  const job = (kind: ScrapeTarget['kind']): object => ({
    job_name: `partyline-${kind}`,
    static_configs: targets
      .filter((target) => target.kind === kind)
      .map(({ id, region, address }) => ({
        targets: [address],
        labels: { cluster: CLUSTER, region, [kind]: id },
      })),
  });
  const config = {
    global: {
      scrape_interval: `${scrapeSeconds}s`,
      scrape_timeout: `${scrapeSeconds}s`,
      evaluation_interval: `${scrapeSeconds}s`,
    },
    rule_files: [...ruleFiles],
    scrape_configs: KINDS.filter((kind) => targets.some((target) => target.kind === kind)).map(job),
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
};
