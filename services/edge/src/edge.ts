import { randomUUID } from 'node:crypto';
import { encodeControl } from '@partyline/protocol';
import type { Component } from '@partyline/runtime';
import type { Readiness } from '@partyline/telemetry';
import type { EdgeConfig } from './config.ts';
import { EdgeCounters } from './counters.ts';
import { exportGauges } from './edge-gauges.ts';
import { FLOW_TICK_MS, HEARTBEAT_TOPICS, TICK_MS } from './limits.ts';
import { LoadMeter } from './load-meter.ts';
import { Coalescing } from './media/coalescing.ts';
import { exportMetrics } from './metrics.ts';
import { exportPeerMetrics } from './peering/peer-metrics.ts';
import { countParticipants, countSpeakers } from './rooms/census.ts';
import { bufferedBytes } from './sessions/buffered-bytes.ts';
import { problem } from './transport/http.ts';
import { Listener } from './transport/listener.ts';
import { loadEngine, type WebSocketEngine } from './transport/uws.ts';
import { type EdgeParts, type EdgeServices, wireEdge } from './wiring.ts';
import { within } from './within.ts';

/** How long starting waits for the bus, in ms, and how often it is tried again. */
const BUS_PATIENCE_MS = 1_000;
const BUS_RETRY_MS = 1_000;

/** The longest that the registry is waited for as the edge's rooms are left; its lease ends in any case. In ms. */
const PEERS_LEAVE_MS = 1_000;

export interface Edge extends Component {
  /** The port that clients connect to; 0 while not started. */
  readonly port: number;
  /** Random per start: part of the lease and of the control channel. */
  readonly boot: string;
  readonly counters: Readonly<EdgeCounters>;
  /** Unready only while starting, draining, stopping or full: it depends on nobody else (design invariant 2). */
  readiness(): Readiness;
  /**
   * Moves everybody to other edges within the window, then closes what is left; admits nobody from here on. Called
   * again, a shorter window counts; 0 closes at once. Resolves when nobody is left, or the drain was called off.
   */
  drain(windowMs: number): Promise<void>;
  /** Looks at the certificate's files now instead of when they are seen to change. */
  reloadCertificate(): Promise<void>;
}

/** Wires an edge together. Nothing happens before `start()`. */
export const createEdge = (config: EdgeConfig, services: EdgeServices): Edge =>
  new WiredEdge(config, services);

class WiredEdge implements Edge {
  readonly name = 'edge';
  readonly boot = randomUUID();
  readonly counters = new EdgeCounters();
  readonly #config: EdgeConfig;
  readonly #services: EdgeServices;
  readonly #meter = new LoadMeter();
  readonly #coalescing: Coalescing;
  readonly #parts: EdgeParts;
  readonly #timers: NodeJS.Timeout[] = [];
  #engine: WebSocketEngine | undefined;
  #listener: Listener | undefined;
  #orderSubscription: { close(): void } | undefined;
  #state: 'new' | 'running' | 'stopping' = 'new';
  #stopped = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #ticks = 0;
  #egressBefore = 0;
  #egressPerSecond = 0;

  constructor(config: EdgeConfig, services: EdgeServices) {
    this.#config = config;
    this.#services = services;
    this.#coalescing = new Coalescing(config.coalesceFromLoad);
    this.#parts = wireEdge(config, services, {
      boot: this.boot,
      counters: this.counters,
      publisher: {
        publishBinary: (topic, bytes) => this.#listener?.publishBinary(topic, bytes),
        publishText: (topic, text) => this.#listener?.publishText(topic, text),
      },
      load: () => this.#load(),
    });
    this.#export();
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  readiness(): Readiness {
    if (this.#state !== 'running')
      return { ready: false, reason: this.#state === 'new' ? 'starting' : 'stopping' };
    const { drain, sessions } = this.#parts;
    if (drain.state !== 'serving') return { ready: false, reason: drain.state };
    if (sessions.all.size >= this.#config.maxConnections) return { ready: false, reason: 'full' };
    return { ready: true };
  }

  drain(windowMs: number): Promise<void> {
    if (this.#state !== 'running') return Promise.resolve();
    this.#parts.drain.begin(windowMs);
    return this.#parts.drain.done();
  }

  async reloadCertificate(): Promise<void> {
    await this.#listener?.reload();
  }

  async #start(): Promise<void> {
    const { log } = this.#services;
    const engine = await loadEngine();
    log.info({ package: engine.package, version: engine.version }, 'WebSocket engine');
    this.#engine = engine;
    const listener = this.#createListener(engine);
    this.#timers.push(
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#tickFlow(), FLOW_TICK_MS),
      setInterval(() => this.#everySecond(), 1_000),
    );
    const listening = this.#listenToOrders();
    // Hears before others are told that this edge is there.
    await this.#parts.relay?.start();
    await this.#parts.peering?.start();
    try {
      await this.#parts.lease.start();
      // Not before the id is its own: whoever came to an edge with another one's id would put rooms in its name.
      await listener.start();
      this.#listener = listener;
      await this.#parts.lease.open();
    } catch (error) {
      // Whoever fails to start is not stopped, so nothing may be left open.
      for (const timer of this.#timers) clearInterval(timer);
      this.#stopped = true;
      this.#orderSubscription?.close();
      await this.#parts.peering?.stop(0);
      this.#parts.relay?.stop();
      await this.#parts.lease.stop();
      throw error;
    }
    // A bus that is away does not keep the edge from starting: orders come once it is there.
    await within(listening, BUS_PATIENCE_MS).catch(() => undefined);
    this.#state = 'running';
  }

  async #stop(deadlineMs: number): Promise<void> {
    const endsAtMs = performance.now() + deadlineMs;
    await this.#starting?.catch(() => undefined);
    this.#state = 'stopping';
    this.#stopped = true;
    this.#parts.lease.draining = true;
    this.#listener?.stopListening();
    this.#orderSubscription?.close();
    for (const timer of this.#timers) clearInterval(timer);
    for (const room of this.#parts.rooms.all.values()) this.#parts.fanOut.flush(room);
    this.#parts.fanOut.stop();
    this.#parts.sessions.refuseAll();
    this.#parts.peering?.leave();
    this.#parts.sessions.closeAll('goingAway', 'This edge is going away: join again for another.');
    this.#parts.joining.dropAll();
    await this.#parts.peering?.stop(Math.min(PEERS_LEAVE_MS, Math.max(0, endsAtMs - performance.now())));
    this.#parts.relay?.stop();
    await this.#parts.lease.stop();
    await this.#parts.records.settled(Math.max(0, endsAtMs - performance.now()));
    // What was written last is still on its way to the sockets: one turn of the event loop sends it.
    await new Promise((resolve) => setTimeout(resolve, 10));
    this.#listener?.close();
  }

  async #listenToOrders(): Promise<void> {
    const { controlPlane, log } = this.#services;
    while (!this.#stopped) {
      try {
        const subscription = await controlPlane.listen(this.#config.edgeId, this.boot, (order, trace) =>
          this.#parts.orders.take(order, trace),
        );
        if (this.#stopped) subscription.close();
        else this.#orderSubscription = subscription;
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason }, 'Orders of directories cannot be listened to yet.');
        await new Promise((resolve) => setTimeout(resolve, BUS_RETRY_MS));
      }
    }
  }

  #createListener(engine: WebSocketEngine): Listener {
    const { host, port, tlsCertificateFile, tlsKeyFile, allowedOrigins, maxConnections } = this.#config;
    const { log, onHttp } = this.#services;
    const tls =
      tlsCertificateFile !== undefined && tlsKeyFile !== undefined
        ? { certificateFile: tlsCertificateFile, keyFile: tlsKeyFile }
        : undefined;
    return new Listener({
      engine,
      host,
      port,
      tls,
      allowedOrigins,
      admit: () => {
        if (this.#parts.sessions.all.size < maxConnections) return { ok: true };
        this.counters.overLimit += 1;
        return { ok: false, status: 503, detail: 'This edge is full: join again for another.' };
      },
      onOriginRefused: () => {
        this.counters.originRefused += 1;
      },
      accept: (connection) => this.#parts.sessions.accept(connection),
      onHttp:
        onHttp ?? (async () => problem(404, 'Not found', 'This port takes WebSocket connections at /v1/ws.')),
      onError: (error, message) =>
        log.error({ reason: error instanceof Error ? error.message : String(error) }, message),
      onReload: (message) => log.info(message),
    });
  }

  #tick(): void {
    const nowMs = this.#services.clock.now();
    this.#meter.sample(nowMs, TICK_MS);
    this.#coalescing.update(this.#meter.utilization, this.counters.egressFrames);
    this.#parts.fanOut.setWait(this.#coalescing.share);
    this.#ticks = (this.#ticks + 1) % HEARTBEAT_TOPICS.length;
    this.#listener?.publishText(
      HEARTBEAT_TOPICS[this.#ticks]!,
      encodeControl({ type: 'heartbeat', time: nowMs }),
    );
    this.#parts.sessions.tick(nowMs);
    this.#parts.joining.tick(nowMs);
    this.#parts.moves.tick(nowMs);
    this.#parts.drain.tick(nowMs);
    this.#parts.relay?.tick(nowMs);
    this.#parts.peering?.tick(nowMs);
    this.#parts.traces.tick(nowMs);
    for (const room of this.#parts.rooms.all.values()) {
      room.selector.tick(nowMs);
      room.announcements.flush(nowMs);
    }
  }

  #tickFlow(): void {
    this.#parts.sessions.tickFlow(this.#services.clock.now());
    for (const room of this.#parts.rooms.all.values()) room.topic.mark();
  }

  #everySecond(): void {
    const nowMs = this.#services.clock.now();
    this.#parts.renewal.tick(nowMs);
    this.#parts.usedTickets.sweep(nowMs);
    this.#parts.shedding.tick(nowMs);
    this.#egressPerSecond = this.counters.egressFrames - this.#egressBefore;
    this.#egressBefore = this.counters.egressFrames;
  }

  #load(): number {
    return Math.min(
      1,
      Math.max(this.#parts.sessions.all.size / this.#config.maxConnections, this.#meter.load),
    );
  }

  #export(): void {
    const { peering } = this.#parts;
    if (peering) exportPeerMetrics(this.#services.metrics, this.counters.peering, peering.peers);
    const { unaccounted, relayReadings: relay } = this.#parts;
    exportMetrics(this.#services.metrics, this.counters, { unaccounted, relay });
    exportGauges(this.#services.metrics, {
      connections: () => this.#parts.sessions.all.size,
      rooms: () => this.#parts.rooms.all.size,
      speakers: () => countSpeakers(this.#parts.rooms),
      participants: () => countParticipants(this.#parts.rooms),
      reconnecting: () => this.#parts.joining.lost,
      pausedListeners: () => this.#parts.flow.paused,
      load: () => this.#load(),
      lagSeconds: () => this.#meter.lagMs / 1000,
      egressFramesPerSecond: () => this.#egressPerSecond,
      bufferedBytes: () => bufferedBytes(this.#parts.sessions.all),
      usedTickets: () => this.#parts.usedTickets.size,
      draining: () => (this.#parts.drain.state === 'serving' ? 0 : 1),
      engine: () => this.#engine,
    });
  }
}
