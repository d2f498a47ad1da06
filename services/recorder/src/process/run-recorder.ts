import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ControlPlane, RedisBus, RegionalBus } from '@partyline/bus';
import { nodeNetwork } from '@partyline/client/node';
import { openPlace } from '@partyline/recording';
import { OutageLog } from '@partyline/redis';
import { EXIT_CODES, formatConfigIssues, Lifecycle, runMain, systemClock } from '@partyline/runtime';
import { createLogger, createMetrics, type Logger, type Metrics, OpsServer } from '@partyline/telemetry';
import { mintAccessToken } from '@partyline/tokens';
import { parseRecorderProcessConfig, type RecorderProcessConfig } from '../config.ts';
import { ALL_RECORDERS, recorderOrders } from '../orders.ts';
import { Recorder } from '../recorder.ts';

/** Files in a bucket take a while to be completed, in ms. */
const STOP_DEADLINE_MS = 20_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Runs a recorder as this process, until a signal. Wrong settings end it with exit code 78. */
export const runRecorder = async (env: Env): Promise<void> => {
  const parsed = parseRecorderProcessConfig(env);
  if (!parsed.ok) {
    process.stderr.write(`${formatConfigIssues(parsed.issues)}\n`);
    process.exitCode = EXIT_CODES.badConfig;
    return;
  }
  const log = createLogger({ level: parsed.value.logLevel, name: 'recorder', pretty: true });
  await runMain({
    program: wire(parsed.value, log).program,
    stopDeadlineMs: STOP_DEADLINE_MS,
    npmLifecycleEvent: env.npm_lifecycle_event,
    log: { info: (message) => log.info(message), error: (message) => log.error(message) },
  });
};

/**
 * The metrics of a recorder that is put together and never started, for documentation and checks.
 * @throws Error when the settings are wrong
 */
export const recorderProcessMetrics = (env: Env): Metrics => {
  const parsed = parseRecorderProcessConfig(env);
  if (!parsed.ok) throw new Error(formatConfigIssues(parsed.issues));
  return wire(parsed.value, createLogger({ level: 'silent', name: 'recorder' })).metrics;
};

/** Everything a recorder process consists of, in the order in which it starts; until then nothing is connected to. */
const wire = (config: RecorderProcessConfig, log: Logger): { program: Lifecycle; metrics: Metrics } => {
  const {
    region,
    redisUrl,
    busUrl,
    redisRegions,
    busRegions,
    redisPrefix,
    opsHost,
    opsPort,
    apiKey,
    directoryUrl,
  } = config;
  const target = busUrl ?? redisUrl;
  if (target === undefined) throw new Error('PARTYLINE_REDIS_URL is required.');
  const clock = systemClock;
  const metrics = createMetrics();
  // Channels have no room for dots and the like.
  const id = config.id ?? hostname();
  const edge = `recorder-${id}`.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 64);
  const address = { region, edge, boot: randomUUID() };
  const outages = new OutageLog({ log, clock });
  const bus = new RegionalBus({
    region,
    own: new RedisBus({ target, name: edge }, { log: outages }),
    // Directories of other regions get their answers there.
    connect: (other) => {
      const there = busRegions.get(other) ?? redisRegions.get(other);
      return there && new RedisBus({ target: there, name: edge }, { log: outages });
    },
  });
  const controlPlane = new ControlPlane({ prefix: redisPrefix, region }, { bus });
  const recorder = new Recorder(config, {
    id,
    place: openPlace(config.place, config),
    admittance: {
      url: () => directoryUrl,
      token: (room, identity) =>
        mintAccessToken({
          keyId: apiKey.id,
          secret: apiKey.secret,
          room,
          identity,
          grants: { publish: false, subscribe: true, hidden: true, direct: false },
        }),
      network: nodeNetwork({}),
    },
    log,
    metrics,
    clock,
  });
  const handler = recorderOrders(recorder, address);
  let isReady = false;
  const ops = new OpsServer({
    host: opsHost,
    port: opsPort,
    metrics,
    readiness: () => (isReady ? { ready: true } : { ready: false, reason: 'starting or stopping' }),
  });
  const program = new Lifecycle('recorder', [
    ops,
    { name: 'bus', start: () => bus.start(), stop: () => bus.stop() },
    recorder,
    {
      name: 'control plane',
      start: async () => {
        await controlPlane.listen(ALL_RECORDERS.edge, ALL_RECORDERS.boot, handler);
        await controlPlane.listen(address.edge, address.boot, handler);
      },
      // First of all: who goes takes no orders any more.
      stop: () => controlPlane.stop(),
    },
    {
      name: 'readiness',
      start: () => {
        isReady = true;
        log.info({ region, opsPort: ops.port }, `A recorder of ${region} waits for orders.`);
      },
      stop: () => {
        isReady = false;
      },
    },
  ]);
  return { program, metrics };
};
