import {
  type ClientMessage,
  type EdgeMessage,
  type EdgeMessageOf,
  encodeControl,
  encodeMedia,
  type Frame,
  type JoinReply,
  type JoinRequest,
  type ParticipantInfo,
  parseClientMessage,
} from '@partyline/protocol';
import type { Network, Socket } from '../src/options.ts';

/** A socket of which the test plays the edge's side. */
export class FakeSocket implements Socket {
  binaryType = 'blob';
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;
  readonly messages: ClientMessage[] = [];
  readonly media: Uint8Array[] = [];
  closed = false;
  /** With which code the client closed it. */
  closeCode: number | undefined;
  onText: (message: ClientMessage) => void = () => {};

  constructor(url: string) {
    this.url = url;
  }

  send(data: string | Uint8Array): void {
    if (this.closed) throw new Error('sent on a closed socket');
    if (typeof data !== 'string') {
      this.media.push(data);
      return;
    }
    const parsed = parseClientMessage(data);
    if (!parsed.ok) throw new Error(parsed.detail);
    this.messages.push(parsed.message);
    this.onText(parsed.message);
  }

  close(code?: number): void {
    this.closed = true;
    this.closeCode = code;
  }

  /** The edge says something. */
  say(message: EdgeMessage): void {
    this.onmessage?.({ data: encodeControl(message) });
  }

  /** The edge forwards frames. */
  forward(
    topic: number,
    sequence: number,
    frames: Frame[],
    { ingressAtUs = 0, sentAtUs = 0 }: { ingressAtUs?: number; sentAtUs?: number } = {},
  ): void {
    const bytes = encodeMedia({ topic, sequence, ingressAtUs, sentAtUs }, frames);
    this.onmessage?.({ data: bytes.buffer });
  }

  /** The edge, or the network, ends the connection. */
  drop(code: number): void {
    this.closed = true;
    this.onclose?.({ code, reason: '' });
  }

  sent<Type extends ClientMessage['type']>(type: Type): Extract<ClientMessage, { type: Type }>[] {
    return this.messages.filter(
      (message): message is Extract<ClientMessage, { type: Type }> => message.type === type,
    );
  }
}

export const participant = (streamId: number, more: Partial<ParticipantInfo> = {}): ParticipantInfo => ({
  streamId,
  identity: `person-${streamId}`,
  name: `Person ${streamId}`,
  publisher: true,
  muted: false,
  moderated: false,
  reconnecting: false,
  selection: 'auto',
  ...more,
});

export const frame = (more: Partial<Frame> = {}): Frame => ({
  flags: 0,
  codec: 1,
  level: 30,
  active: true,
  durationMs: 20,
  sequence: 0,
  streamId: 2,
  captureTimeMs: Date.now() % 0x1_0000_0000,
  payload: Uint8Array.of(1, 2, 3),
  ...more,
});

/** The edge that a URL of the fake service stands for. */
const edgeOf = ({ url }: FakeSocket): string => /edge-[a-z]/.exec(url)?.[0] ?? 'edge-a';

interface FakeAnswer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** A directory and its edges, in memory: joins are answered, sockets open and welcome by themselves. */
export class FakeService {
  readonly joins: { request: JoinRequest; authorization: string | undefined; traceparent?: string }[] = [];
  readonly sockets: FakeSocket[] = [];
  /** Replaces the directory's answer; throws stand for a directory that is away. */
  answer: ((reply: JoinReply) => FakeAnswer) | undefined;
  /** What a new socket does instead of opening and welcoming. */
  connect: ((socket: FakeSocket) => void) | undefined;
  welcome: Partial<EdgeMessageOf<'welcome'>> = {};
  /** Whether `ready` follows `welcome` by itself. */
  readyAtOnce = true;
  /** What the edges' clocks are ahead of the client's, ms. */
  aheadMs: Record<string, number> = {};

  readonly network: Network = {
    fetch: async (_url, init) => {
      const request = JSON.parse(init.body ?? '{}') as JoinRequest;
      const { authorization, traceparent } = init.headers;
      this.joins.push({ request, authorization, ...(traceparent === undefined ? {} : { traceparent }) });
      const generation = this.joins.length;
      const reply: JoinReply = {
        ticket: `ticket-${generation}`,
        ticketExpiresAt: 0,
        room: 'lobby',
        identity: 'ada',
        streamId: 1,
        resumeId: 'resume',
        generation,
        url: '/v1/ws',
        edge: 'edge-a',
        fallbacks: [{ edge: 'edge-b', url: 'ws://edge-b.test/v1/ws' }],
      };
      const { status, headers = {}, body } = this.answer?.(reply) ?? { status: 200, body: reply };
      return {
        status,
        headers: { get: (name) => headers[name] ?? null },
        text: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
      };
    },
    openSocket: (url) => {
      const socket = new FakeSocket(url);
      this.sockets.push(socket);
      queueMicrotask(() => (this.connect ?? ((opened) => this.open(opened)))(socket));
      return socket;
    },
  };

  /** Opens a socket and answers its hello with a welcome. */
  open(socket: FakeSocket): void {
    socket.onText = (message) => {
      if (message.type === 'hello') queueMicrotask(() => this.greet(socket));
      if (message.type === 'ping') {
        const { id, t0 } = message;
        const t1 = t0 + (this.aheadMs[edgeOf(socket)] ?? 500);
        queueMicrotask(() => socket.say({ type: 'pong', id, t0, t1, t2: t1 }));
      }
    };
    socket.onopen?.();
  }

  greet(socket: FakeSocket): void {
    socket.say({
      type: 'welcome',
      version: 1,
      edge: edgeOf(socket),
      room: 'lobby',
      identity: 'ada',
      streamId: 1,
      generation: this.joins.length,
      resumeKey: `key-${this.sockets.length}`,
      time: 1_000_000,
      lastN: 3,
      moderated: false,
      canPublish: true,
      canSubscribe: true,
      ackMs: 200,
      reportMs: 2_000,
      heartbeatMs: 1_000,
      maxFramesPerSecond: 100,
      participants: [participant(1, { identity: 'ada' })],
      listeners: 0,
      ...this.welcome,
    });
    socket.say({ type: 'subscribed', topic: 7, sequence: 100, skippedFrames: 0 });
    if (this.readyAtOnce) socket.say({ type: 'ready' });
  }

  /** The newest connection. */
  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
}
