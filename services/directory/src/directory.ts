import type { ControlPlane } from '@partyline/bus';
import type { Registry } from '@partyline/registry';
import type { Clock, Component } from '@partyline/runtime';
import type { Logger, Metrics } from '@partyline/telemetry';
import { AccessTokenVerifier, type TicketSigner, TicketVerifier } from '@partyline/tokens';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.ts';
import { Callers } from './callers.ts';
import type { DirectoryConfig } from './config.ts';
import { Joins } from './joins.ts';
import { DirectoryMetrics } from './metrics.ts';
import { Moderation } from './moderation.ts';
import { type RenewResult, Tickets } from './tickets.ts';

export interface DirectoryDeps {
  registry: Registry;
  /** Started by its owner, as is the bus below it. */
  controlPlane: ControlPlane;
  ticketSigner: TicketSigner;
  log: Logger;
  metrics: Metrics;
  clock: Clock;
}

export interface Directory extends Component {
  /** Not yet ready until `start`: a page's routes may be registered on it before. */
  readonly app: FastifyInstance;
  /** Makes the app ready for `app.inject`; listening on a port is the owner's choice. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A fresh ticket for the same session; for edges in the same process. */
  renewTicket(ticket: string): Promise<RenewResult>;
}

/**
 * Wires a directory.
 * @throws TokenKeyError when a key cannot be used
 */
export const createDirectory = (config: DirectoryConfig, deps: DirectoryDeps): Directory => {
  const { registry, controlPlane, ticketSigner, log, clock } = deps;
  const metrics = new DirectoryMetrics(deps.metrics);
  const publicKeys = ticketSigner.publicKeys();
  const ticketVerifier = new TicketVerifier(publicKeys);
  const accessTokens = new AccessTokenVerifier(config.apiKeys, clock);
  const callers = new Callers({ accessTokens, tickets: ticketVerifier, registry, clock });
  const joins = new Joins(config, { registry, controlPlane, ticketSigner, metrics, log, clock });
  const tickets = new Tickets(config, { registry, ticketSigner, tickets: ticketVerifier, clock });
  const moderation = new Moderation(config, { registry, controlPlane, metrics, log, clock });
  const app = createApp(
    { config, registry, callers, joins, tickets, moderation, metrics, publicKeys },
    { log },
  );
  return {
    name: 'directory',
    app,
    start: async () => {
      await app.ready();
    },
    stop: () => app.close(),
    renewTicket: (ticket) => tickets.renew(ticket),
  };
};
