import { ControlPlane } from '@partyline/bus';
import {
  type Clock,
  EXIT_CODES,
  formatConfigIssues,
  Lifecycle,
  type MainHost,
  runMain,
  systemClock,
} from '@partyline/runtime';
import {
  createLogger,
  createMetrics,
  type Metrics,
  OpsServer,
  Tracing,
  tracedCalls,
} from '@partyline/telemetry';
import { type EdgeProcessConfig, parseEdgeProcessConfig } from '../config.ts';
import { createEdge, type Edge } from '../edge.ts';
import { FanOut } from '../media/fan-out.ts';
import { DirectoryClient } from './directory-client.ts';
import { createEngines, type EngineWraps } from './engines.ts';
import { processMetrics } from './process-metrics.ts';
import { RegionCheck } from './region-check.ts';
import { TicketKeys } from './ticket-keys.ts';

/** What closing takes beside the drain window, in ms. */
const STOP_MARGIN_MS = 3_000;
/** A second signal this soon is the same wish: terminals and parents both deliver one. In ms. */
const SAME_WISH_MS = 250;

/** For test programs that put faults between an edge and what it shares with others. */
export interface RunEdgeOptions extends EngineWraps {
  /** Another clock than the system's, such as one that is wrong. */
  clock?: Clock;
  /** Another fan-out than the edge's own, such as one that is late. */
  fanOut?: (Base: typeof FanOut) => typeof FanOut;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Runs an edge as this process, until a signal: the first SIGTERM or SIGINT drains it, a second one closes what is
 * left at once, a third one ends the process where it stands. Wrong settings end it with exit code 78.
 */
export const runEdge = async (env: Env, options: RunEdgeOptions = {}): Promise<void> => {
  const parsed = parseEdgeProcessConfig(env);
  if (!parsed.ok) {
    process.stderr.write(`${formatConfigIssues(parsed.issues)}\n`);
    process.exitCode = EXIT_CODES.badConfig;
    return;
  }
  const config = parsed.value;
  const { edge, program, log } = wire(config, options);
  await runMain({
    program,
    stopDeadlineMs: config.drainWindowSeconds * 1_000 + STOP_MARGIN_MS,
    npmLifecycleEvent: env.npm_lifecycle_event,
    log: { info: (message) => log.info(message), error: (message) => log.error(message) },
    host: hurryOnSecondSignal(edge),
  });
};

/**
 * The metrics of an edge that is put together as by {@link runEdge} and never started, for documentation and checks.
 * @throws Error when the settings are wrong
 */
export const edgeProcessMetrics = (env: Env): Metrics => {
  const parsed = parseEdgeProcessConfig(env);
  if (!parsed.ok) throw new Error(formatConfigIssues(parsed.issues));
  return wire(parsed.value, {}).metrics;
};

/** Everything an edge process consists of, in the order in which it starts; until then nothing is connected to. */
const wire = (config: EdgeProcessConfig, options: RunEdgeOptions) => {
  const { edgeId, region } = config;
  const { clock = systemClock } = options;
  const log = createLogger({
    level: config.logLevel,
    name: edgeId,
    pretty: true,
    traceIds: config.otlpUrl !== undefined,
  });
  const metrics = createMetrics();
  const identity = { service: 'partyline-edge', id: edgeId, region, version: config.revision };
  const tracing = new Tracing(config, identity, { metrics, log, clock });
  const engines = createEngines(config, options, { log, clock });
  const { mediaBus, controlBus } = engines;
  const registry = tracedCalls(engines.registry, 'registry', tracing);
  const controlPlane = new ControlPlane({ prefix: config.redisPrefix, region }, { bus: controlBus });
  const directory = new DirectoryClient({
    urls: config.directoryUrls,
    traceparent: () => tracing.traceparent(),
  });
  const ticketKeys = new TicketKeys(
    {
      given: config.ticketKeys,
      fetchKeys: config.ticketKeys === undefined ? () => directory.keys() : undefined,
    },
    { log, clock },
  );
  const regionCheck = new RegionCheck(region, { regions: () => directory.regions(), log });
  processMetrics(metrics, engines, ticketKeys, regionCheck, controlPlane);
  const edge = createEdge(config, {
    registry,
    controlPlane,
    ticketVerifier: ticketKeys,
    renewTicket: (ticket) => directory.renewTicket(ticket),
    moveTicket: (ticket, avoid) => directory.moveTicket(ticket, avoid),
    cluster: { mediaBus, controlBus, prefix: config.redisPrefix },
    log,
    metrics,
    clock,
    tracing,
    ...(options.fanOut && { FanOut: options.fanOut(FanOut) }),
  });
  const ops = new OpsServer({
    host: config.opsHost,
    port: config.opsPort,
    metrics,
    readiness: () => {
      const readiness = edge.readiness();
      if (!readiness.ready || ticketKeys.known) return readiness;
      return { ready: false, reason: 'waiting for the keys of tickets from a directory' };
    },
  });
  const started = {
    name: 'started line',
    start: () =>
      log.info(
        { edge: edgeId, region, boot: edge.boot, port: edge.port, opsPort: ops.port },
        `Edge ${edgeId} takes clients on port ${edge.port}, operations on port ${ops.port}.`,
      ),
    stop: () => undefined,
  };
  const program = new Lifecycle(`edge ${edgeId}`, [
    // First, so that it answers until everything else has stopped.
    ops,
    tracing,
    engines,
    { name: 'control plane', start: () => undefined, stop: () => controlPlane.stop() },
    ticketKeys,
    edge,
    ...(config.directoryUrls.length > 0 ? [regionCheck] : []),
    // Last, so that it is the first to stop.
    { name: 'drain', start: () => undefined, stop: () => edge.drain(config.drainWindowSeconds * 1_000) },
    started,
  ]);
  return { edge, program, log, metrics };
};

/** The process's signals, of which the second one hurries the drain instead of ending the process. */
const hurryOnSecondSignal = (edge: Edge): MainHost => {
  let firstAtMs: number | undefined;
  let hurried = false;
  return {
    on: (signal, listener) =>
      process.on(signal, () => {
        const nowMs = performance.now();
        if (firstAtMs === undefined) {
          firstAtMs = nowMs;
          listener();
        } else if (nowMs - firstAtMs > SAME_WISH_MS) {
          if (hurried) listener();
          hurried = true;
          void edge.drain(0);
        }
      }),
    exit: (code) => process.exit(code),
  };
};
