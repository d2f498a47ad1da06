import { hostname } from 'node:os';
import { ControlPlane } from '@partyline/bus';
import { EXIT_CODES, formatConfigIssues, Lifecycle, runMain, systemClock } from '@partyline/runtime';
import { createLogger, createMetrics, type Metrics, OpsServer, Tracing } from '@partyline/telemetry';
import type { FastifyInstance } from 'fastify';
import { createTicketSigner, type DirectoryProcessConfig, parseDirectoryProcessConfig } from '../config.ts';
import { createDirectory } from '../directory.ts';
import { RemoteRecorders } from '../remote-recorders.ts';
import { engineMetrics } from './engine-metrics.ts';
import { createEngines } from './engines.ts';
import { HttpListener } from './http-listener.ts';
import { RegionWatch } from './region-watch.ts';
import { SweepLoop } from './sweep-loop.ts';

/** How long answering what was asked may take when stopping, in ms. */
const STOP_DEADLINE_MS = 5_000;

export interface RunDirectoryOptions {
  /** Adds routes to the API's port, such as those of a page, before it is opened. */
  registerRoutes?: (app: FastifyInstance) => void | Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Runs a directory as this process, until a signal. Wrong settings end it with exit code 78. */
export const runDirectory = async (env: Env, options: RunDirectoryOptions = {}): Promise<void> => {
  const parsed = parseDirectoryProcessConfig(env);
  if (!parsed.ok) {
    process.stderr.write(`${formatConfigIssues(parsed.issues)}\n`);
    process.exitCode = EXIT_CODES.badConfig;
    return;
  }
  const { logLevel: level, otlpUrl } = parsed.value;
  const log = createLogger({ level, name: 'directory', pretty: true, traceIds: otlpUrl !== undefined });
  await runMain({
    program: wire(parsed.value, log, options).program,
    stopDeadlineMs: STOP_DEADLINE_MS,
    npmLifecycleEvent: env.npm_lifecycle_event,
    log: { info: (message) => log.info(message), error: (message) => log.error(message) },
  });
};

/**
 * The metrics of a directory that is put together as by {@link runDirectory} and never started, for documentation and
 * checks.
 * @throws Error when the settings are wrong
 */
export const directoryProcessMetrics = (env: Env): Metrics => {
  const parsed = parseDirectoryProcessConfig(env);
  if (!parsed.ok) throw new Error(formatConfigIssues(parsed.issues));
  return wire(parsed.value, createLogger({ level: 'silent', name: 'directory' })).metrics;
};

/** Everything a directory process consists of, in the order in which it starts; until then nothing is connected to. */
const wire = (
  config: DirectoryProcessConfig,
  log: ReturnType<typeof createLogger>,
  { registerRoutes }: RunDirectoryOptions = {},
): { program: Lifecycle; metrics: Metrics } => {
  const { region, redisPrefix, host, port, opsHost, opsPort } = config;
  const clock = systemClock;
  const metrics = createMetrics();
  // As the name of its pod or machine: a directory has no id of its own.
  const id = `${hostname()}-${process.pid}`;
  const tracing = new Tracing(
    config,
    { service: 'partyline-directory', id, region },
    { metrics, log, clock },
  );
  const engines = createEngines(config, { log, clock });
  const controlPlane = new ControlPlane({ prefix: redisPrefix, region }, { bus: engines.bus });
  const directory = createDirectory(config, {
    registry: engines.registry.registry,
    regions: engines.registry.regions,
    events: engines.registry.events,
    controlPlane,
    recorder: new RemoteRecorders([...new Set([region, ...engines.registry.regions])], { controlPlane }),
    ticketSigner: createTicketSigner(config, clock),
    log,
    metrics,
    clock,
    tracing,
  });
  engines.registry.registry.repair.onRestored = (...restored) => directory.moderationRestored(...restored);
  const sweep = new SweepLoop({ registry: engines.registry, log });
  const { registry } = engines.registry;
  const regions = new RegionWatch(engines.registry.regions, {
    edges: () => registry.edges(),
    answers: (name) => registry.remotes.get(name)?.rests !== true,
    clock,
    log,
  });
  engineMetrics(metrics, engines, sweep, regions);
  const listener = new HttpListener({ host, port }, { app: directory.app });
  let isReady = false;
  const ops = new OpsServer({
    host: opsHost,
    port: opsPort,
    metrics,
    // Nothing about Redis: without it edges still send their people here to resume, and one fault would take
    // every directory out of the load balancer at once.
    routes: directory.opsRoutes,
    readiness: () => (isReady ? { ready: true } : { ready: false, reason: 'starting or stopping' }),
  });
  const program = new Lifecycle('directory', [
    // First, so that it answers until everything else has stopped.
    ops,
    tracing,
    engines.registry,
    { name: 'bus', start: () => engines.bus.start(), stop: () => engines.bus.stop() },
    { name: 'control plane', start: () => undefined, stop: () => controlPlane.stop() },
    sweep,
    regions,
    { name: 'page', start: () => registerRoutes?.(directory.app), stop: () => undefined },
    directory,
    listener,
    {
      name: 'readiness',
      start: () => {
        isReady = true;
        log.info(
          { region, port: listener.port, opsPort: ops.port },
          `The directory of ${region} answers on port ${listener.port}, operations on port ${ops.port}.`,
        );
      },
      stop: () => {
        isReady = false;
      },
    },
  ]);
  return { program, metrics };
};
