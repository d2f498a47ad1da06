import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Component } from '@partyline/runtime';
import { Cluster } from '../cluster.ts';
import { commandedCluster } from '../commanded-cluster.ts';
import { BotCall } from './bot-call.ts';
import type { ObserveCommand } from './observe-command-line.ts';
import { observeSummary } from './observe-summary.ts';
import { Prometheus } from './prometheus.ts';
import { type ScrapeTarget, scrapeConfig } from './scrape-config.ts';

export interface ObservedClusterServices {
  env: NodeJS.ProcessEnv;
  say: (text: string) => void;
  complain: (text: string) => void;
}

const ROOM = 'observed';
const SCRAPE_SECONDS = 2;

/** A cluster, Prometheus that reads it, and bots that give it something to do. */
export class ObservedCluster implements Component {
  readonly name = 'observe';
  readonly #command: ObserveCommand;
  readonly #services: ObservedClusterServices;
  #cluster: Cluster | undefined;
  #prometheus: Prometheus | undefined;
  #bots: BotCall | undefined;

  constructor(command: ObserveCommand, services: ObservedClusterServices) {
    this.#command = command;
    this.#services = services;
  }

  /** @throws Error that says what is missing or did not start */
  async start(): Promise<void> {
    const { cluster: options, bots, prometheusPort } = this.#command;
    const { env, say, complain } = this.#services;
    say(`Starting Redis, ${options.directories} directories and ${options.edges} edges …`);
    const cluster = await Cluster.start(commandedCluster(options, env, say));
    this.#cluster = cluster;
    if (Prometheus.isInstalled) {
      const config = scrapeConfig(targetsOf(cluster), {
        ruleFiles: ruleFiles(),
        scrapeSeconds: SCRAPE_SECONDS,
      });
      this.#prometheus = await Prometheus.start({ config, port: prometheusPort });
    } else {
      say('Going on without Prometheus, which is not installed (Debian: apt-get install prometheus).');
    }
    const directories = new Map(
      [...cluster.directories].reverse().map((directory) => [directory.region, directory.url]),
    );
    this.#bots = new BotCall({ bots, room: ROOM, directories, complain });
    await this.#bots.start();
    say(observeSummary(cluster, { prometheusUrl: this.#prometheus?.url, room: ROOM, bots }));
  }

  /** Ends everything. Idempotent. */
  async stop(): Promise<void> {
    // First those who talk, so that nobody has to move.
    await this.#bots?.stop();
    await Promise.all([this.#prometheus?.stop(), this.#cluster?.stop()]);
  }
}

const targetsOf = (cluster: Cluster): ScrapeTarget[] => {
  const targets =
    (kind: ScrapeTarget['kind']) =>
    ({ id, region, member }: Cluster['edges'][number]): ScrapeTarget => ({
      kind,
      id,
      region,
      address: new URL(member.opsUrl).host,
    });
  return [
    ...cluster.edges.map(targets('edge')),
    ...cluster.directories.map(targets('directory')),
    ...cluster.recorders.map(targets('recorder')),
  ];
};

/** Those of this repository, as far as they are there. */
const ruleFiles = (): string[] =>
  ['recording-rules.yaml', 'alerts.yaml']
    .map((name) => fileURLToPath(new URL(`../../../../deploy/prometheus/${name}`, import.meta.url)))
    .filter((file) => existsSync(file));
