import type { FieldHistogram, Metrics } from '@partyline/telemetry';
import { Gauge, Histogram } from 'prom-client';
import {
  JOIN_SERIES,
  LIMIT_SERIES,
  MODERATION_SERIES,
  PLACEMENT_SERIES,
  REGISTRY_ERROR_SERIES,
} from './metric-values.ts';
import type { OrderRetries } from './order-retries.ts';
import type { Replacements } from './replacements.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

/** By label values, one a line. */
type LabelledCounts = Map<string, number>;

const zeros = (series: readonly (readonly string[])[]): LabelledCounts =>
  new Map(series.map((values) => [values.join('\n'), 0]));

/** What a directory counts. Labels come from fixed sets, never from rooms, people or addresses. */
export class DirectoryMetrics {
  readonly #joins = zeros(JOIN_SERIES);
  readonly #placements = zeros(PLACEMENT_SERIES);
  readonly #moderations = zeros(MODERATION_SERIES);
  readonly #limited = zeros(LIMIT_SERIES);
  readonly #registryErrors = zeros(REGISTRY_ERROR_SERIES);
  readonly #joinDuration: FieldHistogram;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    const counter = (name: string, help: string, labelNames: string[], series: LabelledCounts): void => {
      metrics.counter({
        name,
        help,
        labelNames,
        collect: () =>
          [...series].map(([key, value]) => {
            const values = key.split('\n');
            return {
              labels: Object.fromEntries(labelNames.map((label, at) => [label, values[at] ?? ''])),
              value,
            };
          }),
      });
    };
    counter(
      'partyline_directory_joins_total',
      'Joins by outcome: what an accepted one came with, or the code of the problem that refused it.',
      ['outcome', 'reason'],
      this.#joins,
    );
    counter(
      'partyline_directory_placements_total',
      'Placement decisions: why an edge was chosen, or why there was none.',
      ['reason'],
      this.#placements,
    );
    counter(
      'partyline_directory_moderations_total',
      'Moderation acts by what became of them.',
      ['action', 'outcome'],
      this.#moderations,
    );
    counter(
      'partyline_directory_rate_limited_total',
      'Requests refused by a rate limit.',
      ['limit'],
      this.#limited,
    );
    counter(
      'partyline_directory_registry_errors_total',
      'Requests that the registry refused or did not answer, by code.',
      ['code'],
      this.#registryErrors,
    );
    this.#joinDuration = metrics.joinDuration({ stage: 'directory', source: 'directory' });
    this.#requests = new Histogram({
      name: 'partyline_directory_request_duration_seconds',
      help: 'API requests from first byte to last, by route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [metrics.registry],
    });
  }

  /** Exports what the webhooks count. */
  webhooks(webhooks: Pick<Webhooks, 'stats' | 'pending'>): void {
    const { stats } = webhooks;
    this.#metrics.counter({
      name: 'partyline_directory_webhooks_total',
      help: 'Events for receivers: delivered, or given up as expired or because too many waited (overflow); and attempts that failed.',
      labelNames: ['outcome'],
      collect: () =>
        (['delivered', 'failed', 'expired', 'overflow'] as const).map((outcome) => ({
          labels: { outcome },
          value: stats[outcome],
        })),
    });
    this.#metrics.counter({
      name: 'partyline_directory_webhook_log_failures_total',
      help: 'Times that the log of events could not be read or told what was delivered.',
      labelNames: [],
      collect: () => [{ labels: {}, value: stats.logFailures }],
    });
    new Gauge({
      name: 'partyline_directory_webhooks_pending',
      help: 'Events that a receiver has not taken yet.',
      registers: [this.#metrics.registry],
      collect() {
        this.set(webhooks.pending);
      },
    });
  }

  /** Exports what orders wait for an edge. */
  orderRetries(retries: Pick<OrderRetries, 'size' | 'stats'>): void {
    this.#metrics.counter({
      name: 'partyline_directory_order_retries_total',
      help: 'Orders about a participant that an edge did not carry out at first, by what became of them.',
      labelNames: ['outcome'],
      collect: () =>
        Object.entries(retries.stats).map(([outcome, value]) => ({ labels: { outcome }, value })),
    });
    new Gauge({
      name: 'partyline_directory_orders_waiting',
      help: 'Orders about a participant that no edge has carried out yet.',
      registers: [this.#metrics.registry],
      collect() {
        this.set(retries.size);
      },
    });
  }

  /** Exports what becomes of older sessions of identities that joined anew. */
  replacements(replacements: Pick<Replacements, 'size' | 'stats'>): void {
    this.#metrics.counter({
      name: 'partyline_directory_replacements_total',
      help: 'Older sessions of identities that joined anew, and joins in several regions at once, by what became of them.',
      labelNames: ['outcome'],
      collect: () =>
        Object.entries(replacements.stats).map(([outcome, value]) => ({ labels: { outcome }, value })),
    });
    new Gauge({
      name: 'partyline_directory_replacements_waiting',
      help: 'Edges or regions that have not answered about older sessions yet.',
      registers: [this.#metrics.registry],
      collect() {
        this.set(replacements.size);
      },
    });
  }

  /** @param seconds from the request to the answer */
  joined(reason: 'access_token' | 'ticket' | 'guest', seconds: number): void {
    count(this.#joins, `accepted\n${reason}`);
    this.#joinDuration.observe(seconds);
  }

  joinRefused(reason: string): void {
    count(this.#joins, `refused\n${reason}`);
  }

  placement(reason: string): void {
    count(this.#placements, reason);
  }

  moderation(action: string, outcome: string): void {
    count(this.#moderations, `${action}\n${outcome}`);
  }

  rateLimited(limit: string): void {
    count(this.#limited, limit);
  }

  registryError(code: string): void {
    count(this.#registryErrors, code);
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }
}

const count = (counts: LabelledCounts, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};
