import { ControlPlane, MemoryBus, MemoryBusHub } from '@partyline/bus';
import {
  askReceipt,
  type ClientMessage,
  CODEC_OPUS,
  type DecodedMedia,
  decodeMedia,
  type EdgeId,
  type EdgeMessage,
  type EdgeMessageOf,
  encodeControl,
  encodeMedia,
  type Frame,
  type Identity,
  MESSAGE_HEADER_BYTES,
  parseEdgeMessage,
  type RoomId,
  WEBSOCKET_PATH,
  wireMs,
  wireUs,
} from '@partyline/protocol';
import { MemoryRegistry, type Registry } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { createLogger, createMetrics } from '@partyline/telemetry';
import { type Grants, TicketSigner, TicketVerifier } from '@partyline/tokens';
import WebSocket from 'ws';
import { parseEdgeConfig } from './config.ts';
import { createEdge, type Edge } from './edge.ts';
import type { EdgeServices } from './wiring.ts';

const GRANTS: Grants = { publish: true, subscribe: true, moderate: false, hidden: false, direct: true };

/** An edge on a port of its own with everything it needs in this process, for tests. */
export class EdgeFixture {
  readonly edge: Edge;
  readonly edgeId: string;
  readonly registry: Registry;
  readonly signer: TicketSigner;
  readonly metrics = createMetrics({ processMetrics: false });
  readonly bus = new MemoryBus(new MemoryBusHub());
  readonly controlPlane = new ControlPlane({}, { bus: this.bus });
  readonly logged: string[] = [];
  readonly clients: TestClient[] = [];

  /** @param shared what several edges have in common */
  constructor(
    env: Record<string, string> = {},
    services: Partial<EdgeServices> = {},
    shared: { registry?: Registry; signer?: TicketSigner } = {},
  ) {
    this.registry = shared.registry ?? new MemoryRegistry({}, { clock: systemClock });
    this.signer = shared.signer ?? TicketSigner.generate();
    const parsed = parseEdgeConfig({ PARTYLINE_EDGE_PORT: '0', ...env });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    this.edgeId = parsed.value.edgeId;
    this.edge = createEdge(parsed.value, {
      registry: this.registry,
      controlPlane: this.controlPlane,
      ticketVerifier: new TicketVerifier(this.signer.publicKeys()),
      renewTicket: async () => {
        throw new Error('no directory here');
      },
      log: createLogger({ level: 'info', name: 'test', output: { write: (line) => this.logged.push(line) } }),
      metrics: this.metrics,
      clock: systemClock,
      ...services,
    });
  }

  async start(): Promise<this> {
    await this.bus.start();
    await this.edge.start();
    return this;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.edge.stop(2_000);
    await this.controlPlane.stop();
    await this.bus.stop();
  }

  /** A seat and the ticket for it, as a directory would hand out. */
  async ticket(options: TicketOptions = {}) {
    const { room = 'room', identity = 'ada', ttlSeconds = 300, grants = {} } = options;
    const edge = options.edge ?? this.edgeId;
    const seat = await this.registry.claimSeat({
      room: room as RoomId,
      identity: identity as Identity,
      ...(options.resumeId === undefined ? {} : { resumeId: options.resumeId }),
      seatTtlMs: 30_000,
      edge: edge as EdgeId,
    });
    if (!seat.ok) throw new Error(seat.reason);
    const { streamId, resumeId, generation } = seat;
    const { ticket } = await this.signer.sign(
      {
        room,
        sub: identity,
        name: identity,
        grants: { ...GRANTS, ...grants },
        streamId,
        resumeId,
        generation,
        edge,
      },
      ttlSeconds,
    );
    return { ticket, streamId, resumeId, generation };
  }

  /** A connection that has said nothing. */
  async connect(options: WebSocket.ClientOptions = {}, scheme = 'ws'): Promise<TestClient> {
    const client = new TestClient(`${scheme}://127.0.0.1:${this.edge.port}${WEBSOCKET_PATH}`, options);
    this.clients.push(client);
    await client.opened;
    return client;
  }

  /** A participant who has been welcomed. */
  async join(options: TicketOptions & { hello?: Partial<ClientMessage> } = {}): Promise<TestClient> {
    const seat = await this.ticket(options);
    const client = await this.connect();
    client.seat = seat;
    client.send({ type: 'hello', version: 1, ticket: seat.ticket, ...options.hello } as ClientMessage);
    client.welcome = await client.next('welcome');
    await client.next('ready');
    return client;
  }
}

export interface TicketOptions {
  room?: string;
  identity?: string;
  resumeId?: string;
  edge?: string;
  ttlSeconds?: number;
  grants?: Partial<Grants>;
}

type Media = Extract<DecodedMedia, { ok: true }>;

/** A client of raw messages, which keeps everything it was sent. */
export class TestClient {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<number>;
  readonly messages: EdgeMessage[] = [];
  readonly media: Media[] = [];
  /** Acknowledges every message at once. */
  acknowledges = true;
  seat = { ticket: '', streamId: 0, resumeId: '', generation: 0 };
  welcome!: EdgeMessageOf<'welcome'>;
  #sequence = 0;
  #frame = 0;
  #read = 0;

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.binaryType = 'nodebuffer';
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer, isBinary) => (isBinary ? this.#binary(data) : this.#text(data)));
  }

  send(message: ClientMessage): void {
    this.socket.send(encodeControl(message));
  }

  sendRaw(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  /** Sends one frame of its own stream, 20 ms of a loud voice unless said otherwise. */
  speak(frame: Partial<Frame> = {}, asks = false): void {
    const nowMs = systemClock.now();
    this.#frame += 1;
    const whole: Frame = {
      flags: 0,
      codec: CODEC_OPUS,
      level: 20,
      active: true,
      durationMs: 20,
      sequence: this.#frame & 0xffff,
      streamId: this.seat.streamId,
      captureTimeMs: wireMs(nowMs),
      payload: new Uint8Array(100).fill(this.#frame),
      ...frame,
    };
    this.#sequence += 1;
    const header = { topic: 0, sequence: this.#sequence, ingressAtUs: 0, sentAtUs: wireUs(nowMs) };
    const bytes = encodeMedia(header, [whole]);
    if (asks) askReceipt(bytes);
    this.socket.send(bytes);
  }

  /** The next message of this type that was not taken yet; those before it are skipped. */
  async next<Type extends EdgeMessage['type']>(type: Type): Promise<EdgeMessageOf<Type>> {
    let found: EdgeMessage | undefined;
    await until(() => {
      while (this.#read < this.messages.length && found === undefined) {
        const message = this.messages[this.#read++]!;
        if (message.type === type) found = message;
      }
      return found !== undefined;
    }, `a ${type} message`);
    return found as EdgeMessageOf<Type>;
  }

  /** Every frame received, of one stream or of all. */
  frames(streamId?: number): Frame[] {
    const all = this.media.flatMap((message) => message.frames);
    return streamId === undefined ? all : all.filter((frame) => frame.streamId === streamId);
  }

  close(): void {
    this.socket.terminate();
  }

  #text(data: Buffer): void {
    const parsed = parseEdgeMessage(data.toString());
    if (!parsed.ok) throw new Error(`${parsed.fault}: ${parsed.detail}`);
    this.messages.push(parsed.message);
  }

  #binary(data: Buffer): void {
    const decoded = decodeMedia(new Uint8Array(data));
    if (!decoded.ok) throw new Error(`${decoded.fault} in ${data.length - MESSAGE_HEADER_BYTES} bytes`);
    this.media.push(decoded);
    if (this.acknowledges) {
      this.send({ type: 'ack', topic: decoded.header.topic, sequence: decoded.header.sequence });
    }
  }
}

/** Waits for a condition, at most five seconds. */
export const until = async (condition: () => boolean, what: string): Promise<void> => {
  const endsAtMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > endsAtMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
