import type { ControlPlane } from '@partyline/bus';
import type { EventLog, Registry } from '@partyline/registry';
import type { Clock, Component } from '@partyline/runtime';
import {
  type Logger,
  type Metrics,
  type OpsRoutes,
  TRACING_OFF,
  type Tracing,
  tracedCalls,
} from '@partyline/telemetry';
import { AccessTokenVerifier, type TicketSigner, TicketVerifier } from '@partyline/tokens';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.ts';
import { Callers } from './callers.ts';
import type { DirectoryConfig } from './config.ts';
import { Edges } from './edges.ts';
import { Joins } from './joins.ts';
import { DirectoryMetrics } from './metrics.ts';
import { Moderation } from './moderation.ts';
import { type MoveResult, Moves } from './moves.ts';
import { type RecorderPort, Recordings } from './recordings.ts';
import { Status } from './status/status.ts';
import { statusRoutes } from './status/status-routes.ts';
import { type RenewResult, Tickets } from './tickets.ts';
import { tracedOrders } from './traced-orders.ts';
import { Webhooks } from './webhooks/webhooks.ts';

export interface DirectoryDeps {
  registry: Registry;
  /** What happens in this region, for webhooks; read only when the settings name receivers. */
  events?: EventLog;
  /** Regions whose edges the registry knows, the own one included; undefined outside a cluster. */
  regions?: readonly string[];
  /** Started by its owner, as is the bus below it. */
  controlPlane: ControlPlane;
  ticketSigner: TicketSigner;
  log: Logger;
  metrics: Metrics;
  clock: Clock;
  /** Whoever records; without one the API says so. Started by its owner. */
  recorder?: RecorderPort;
  /** Off unless given; started by its owner. */
  tracing?: Tracing;
}

export interface Directory extends Component {
  /** Not yet ready until `start`: a page's routes may be registered on it before. */
  readonly app: FastifyInstance;
  /** Makes the app ready for `app.inject`; listening on a port is the owner's choice. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A fresh ticket for the same session; for edges in the same process. */
  renewTicket(ticket: string): Promise<RenewResult>;
  /**
   * A ticket of the same session for another edge, one generation up; for edges in the same process.
   * @param avoid edges that are not to be chosen
   */
  moveTicket(ticket: string, avoid: readonly string[]): Promise<MoveResult>;
  /** Moderation that the region had lost is back: edges are told. */
  moderationRestored: Moderation['restored'];
  /** For the operations port: `/status`, how the whole cluster does. */
  readonly opsRoutes: OpsRoutes;
}

/**
 * Wires a directory.
 * @throws TokenKeyError when a key cannot be used
 */
export const createDirectory = (config: DirectoryConfig, deps: DirectoryDeps): Directory => {
  const { ticketSigner, log, clock, tracing = TRACING_OFF } = deps;
  const registry = tracedCalls(deps.registry, 'registry', tracing);
  const controlPlane = tracedOrders(deps.controlPlane, tracing);
  const metrics = new DirectoryMetrics(deps.metrics);
  const publicKeys = ticketSigner.publicKeys();
  const ticketVerifier = new TicketVerifier(publicKeys);
  const accessTokens = new AccessTokenVerifier(config.apiKeys, clock);
  const callers = new Callers({ accessTokens, tickets: ticketVerifier, registry, clock });
  const joins = new Joins(config, { registry, controlPlane, ticketSigner, metrics, log, clock, tracing });
  const tickets = new Tickets(config, { registry, ticketSigner, tickets: ticketVerifier, clock });
  const moderation = new Moderation(config, { registry, controlPlane, metrics, log, clock });
  metrics.orderRetries(moderation.retries);
  metrics.replacements(joins.replacements);
  const moves = new Moves({ joins, registry, tickets: ticketVerifier, clock });
  const edges = new Edges(config, { registry, controlPlane, log });
  const app = createApp(
    {
      config,
      registry,
      callers,
      joins,
      tickets,
      moderation,
      moves,
      edges,
      recordings: new Recordings({ recorder: deps.recorder, log }),
      metrics,
      publicKeys,
      regions: deps.regions,
    },
    { log, tracing },
  );
  const ownFirst = new Set([
    ...(config.region === undefined ? [] : [config.region]),
    ...(deps.regions ?? []),
  ]);
  // Not traced: somebody who looks asks each second.
  const status = new Status([...ownFirst], {
    registry: deps.registry,
    controlPlane: deps.controlPlane,
    metrics: deps.metrics,
    clock,
  });
  const webhooks = createWebhooks(config, deps);
  if (webhooks !== undefined) metrics.webhooks(webhooks);
  return {
    name: 'directory',
    app,
    start: async () => {
      await app.ready();
      webhooks?.start();
    },
    stop: async () => {
      moderation.stop();
      joins.replacements.stop();
      await Promise.all([app.close(), webhooks?.stop()]);
    },
    renewTicket: (ticket) => tickets.renew(ticket),
    moveTicket: (ticket, avoid) => moves.moveTicket(ticket, avoid),
    moderationRestored: (...restored) => moderation.restored(...restored),
    opsRoutes: statusRoutes(status),
  };
};

const createWebhooks = (
  { webhookUrls: urls, webhookSecret: secret }: DirectoryConfig,
  { events, log, clock }: DirectoryDeps,
): Webhooks | undefined => {
  if (events === undefined || secret === undefined || urls.length === 0) return undefined;
  return new Webhooks({ urls, secret }, { events, log, clock });
};
