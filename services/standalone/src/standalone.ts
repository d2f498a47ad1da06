import { ControlPlane, MemoryBus } from '@partyline/bus';
import { createDirectory, createTicketSigner, registryLimits } from '@partyline/directory';
import { createEdge } from '@partyline/edge';
import { MemoryEventLog, MemoryRegistry } from '@partyline/registry';
import { type Component, Lifecycle, systemClock } from '@partyline/runtime';
import { createMetrics, type Logger, OpsServer, Tracing, tracedCalls } from '@partyline/telemetry';
import { TicketVerifier } from '@partyline/tokens';
import { buildPage, registerCodecModules, registerPage } from '@partyline/web';
import { ownHosts } from './addresses.ts';
import { ensureCertificate } from './certificate.ts';
import type { StandaloneConfig } from './config.ts';
import { bridgeTo } from './http-bridge.ts';
import { createOwnRecorder, makeOwnKey } from './recorder.ts';
import { explainTakenPort } from './taken-port.ts';
import { pageUrl } from './welcome.ts';

/** Operations are for whoever sits at this machine. */
const OPS_HOST = '127.0.0.1';

export interface StandaloneServices {
  log: Logger;
  /** Where a certificate of this machine's own is kept. */
  certificateFolder: string;
}

/** Directory, edge and page in one process; a component like any of its parts. */
export class Standalone implements Component {
  readonly name = 'partyline';
  readonly #config: StandaloneConfig;
  readonly #services: StandaloneServices;
  #parts: Lifecycle | undefined;
  #port = 0;
  #opsPort = 0;
  #engine = '';

  constructor(config: StandaloneConfig, services: StandaloneServices) {
    this.#config = config;
    this.#services = services;
  }

  /** The port of page, API and WebSocket; 0 until started. */
  get port(): number {
    return this.#port;
  }

  /** Address of the page on this machine, with a slash at its end. */
  get url(): string {
    const { host, tls } = this.#config;
    return pageUrl({ host, port: this.#port, secure: tls !== undefined });
  }

  /** Address of metrics and health, with a slash at its end. */
  get opsUrl(): string {
    return `http://${OPS_HOST}:${this.#opsPort}/`;
  }

  /** The WebSocket engine in use, with its version. */
  get engine(): string {
    return this.#engine;
  }

  /** What went wrong while stopping. */
  get stopErrors(): readonly Error[] {
    return this.#parts?.stopErrors ?? [];
  }

  /** @throws Error in one sentence, such as a port that is taken */
  async start(): Promise<void> {
    const { host, port, opsPort, edge: edgeConfig } = this.#config;
    const key = makeOwnKey();
    const directoryConfig = {
      ...this.#config.directory,
      apiKeys: [...this.#config.directory.apiKeys, key],
    };
    const { log } = this.#services;
    const [page, tls] = await Promise.all([buildPage(), this.#certificate()]);
    const clock = systemClock;
    const metrics = createMetrics();
    const identity = { service: 'partyline', id: edgeConfig.edgeId, region: edgeConfig.region };
    const tracing = new Tracing(this.#config.tracing, identity, { metrics, log, clock });
    const bus = new MemoryBus();
    const controlPlane = new ControlPlane({ region: edgeConfig.region }, { bus });
    const events = new MemoryEventLog({}, { clock });
    const isTold = directoryConfig.webhookUrls.length > 0;
    const registry = new MemoryRegistry(registryLimits(directoryConfig), {
      clock,
      ...(isTold && { events }),
    });
    const ticketSigner = createTicketSigner(directoryConfig, clock);
    const recorder = createOwnRecorder(this.#config.recorder, {
      key,
      url: () => pageUrl({ host, port: edge.port, secure: tls !== undefined }),
      secure: tls !== undefined,
      log: log.child({ service: 'recorder' }),
      metrics,
      clock,
    });
    const directory = createDirectory(directoryConfig, {
      registry,
      events,
      controlPlane,
      ticketSigner,
      recorder,
      log: log.child({ service: 'directory' }),
      metrics,
      clock,
      tracing,
    });
    registerPage(directory.app, page);
    registerCodecModules(directory.app);
    const edge = createEdge(
      {
        ...edgeConfig,
        host,
        port,
        tlsCertificateFile: tls?.certificateFile,
        tlsKeyFile: tls?.keyFile,
      },
      {
        registry: tracedCalls(registry, 'registry', tracing),
        controlPlane,
        ticketVerifier: new TicketVerifier(ticketSigner.publicKeys()),
        renewTicket: (ticket) => directory.renewTicket(ticket),
        moveTicket: (ticket, avoid) => directory.moveTicket(ticket, avoid),
        log: log.child({ service: 'edge' }),
        metrics,
        clock,
        tracing,
        onHttp: bridgeTo(directory.app),
      },
    );
    const ops = new OpsServer({
      host: OPS_HOST,
      port: opsPort,
      metrics,
      readiness: () => edge.readiness(),
      routes: directory.opsRoutes,
    });
    this.#parts = new Lifecycle(this.name, [
      tracing,
      { name: 'bus', start: () => bus.start(), stop: () => bus.stop() },
      { name: 'control plane', start: () => undefined, stop: () => controlPlane.stop() },
      directory,
      edge,
      ops,
      recorder,
    ]);
    try {
      await this.#parts.start();
    } catch (error) {
      throw explainTakenPort(error, {
        edge: { port, setting: 'PORT' },
        'ops server': { port: opsPort, setting: 'OPS_PORT' },
      });
    }
    this.#port = edge.port;
    this.#opsPort = ops.port;
    this.#engine = await engineName(metrics.registry);
  }

  async stop(deadlineMs: number): Promise<void> {
    await this.#parts?.stop(deadlineMs);
  }

  async #certificate(): Promise<{ certificateFile: string; keyFile: string } | undefined> {
    const { tls } = this.#config;
    if (tls !== 'self-signed') return tls;
    return ensureCertificate({
      folder: this.#services.certificateFolder,
      hosts: ownHosts(),
      nowMs: systemClock.now(),
    });
  }
}

/** The edge tells which engine it loaded by a metric. */
async function engineName(registry: ReturnType<typeof createMetrics>['registry']): Promise<string> {
  const info = await registry.getSingleMetric('partyline_edge_websocket_engine_info')?.get();
  const labels = info?.values[0]?.labels;
  return labels ? `${labels.package} ${labels.version}` : 'unknown WebSocket engine';
}
