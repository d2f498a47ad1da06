import {
  type ClientMessage,
  type EdgeMessage,
  type EdgeMessageOf,
  encodeControl,
  encodeMedia,
  type JoinReply,
  PROTOCOL_VERSION,
  parseEdgeMessage,
  wireUs,
} from '@partyline/protocol';
import WebSocket from 'ws';
import { Reception } from './reception.ts';
import { syntheticFrame, type VoiceMoment } from './synthetic-voice.ts';
import { holdsWithin } from './wait.ts';

/** Epoch ms with a fraction: the clock of everything that a scenario measures. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export interface RawClientOptions {
  /** Headers of the upgrade request, such as `Origin`. */
  headers?: Record<string, string>;
}

/**
 * A client that speaks the wire protocol and nothing else: no jitter buffer, no reconnecting, and it may
 * break every rule on purpose.
 */
export class RawClient {
  readonly reception = new Reception();
  readonly messages: EdgeMessage[] = [];
  /** Texts that are no valid control message of an edge. */
  readonly invalid: string[] = [];
  /** How the connection ended; undefined while it is open. */
  closed: { code: number; reason: string; atMs: number } | undefined;
  /** Frames given to `speak`, which is also the next frame's sequence. */
  spoken = 0;
  /** Acknowledges what arrives (rule 41) and reports on it, as every client must. */
  acknowledging = true;
  reply: JoinReply | undefined;
  readonly #socket: WebSocket;
  #messageSequence = 0;
  #timers: NodeJS.Timeout[] = [];
  #reportedFrames = 0;
  #acknowledged: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#take(data, isBinary));
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString(), atMs: nowMs() };
      for (const timer of this.#timers) clearInterval(timer);
    });
  }

  /**
   * Opens a WebSocket and sends nothing.
   * @throws Error when the upgrade is refused, with the HTTP status
   */
  static open(url: string, options: RawClientOptions = {}): Promise<RawClient> {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      headers: options.headers ?? {},
    });
    const client = new RawClient(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(client));
      socket.once('error', reject);
    });
  }

  /** Opens a WebSocket, says hello with the reply's ticket and waits for `ready` or the end. */
  static async connect(reply: JoinReply, url: string, options: RawClientOptions = {}): Promise<RawClient> {
    const client = await RawClient.open(url, options);
    client.reply = reply;
    client.hello(reply.ticket);
    await client.settled();
    return client;
  }

  get streamId(): number {
    return this.reply?.streamId ?? this.last('welcome')?.streamId ?? 0;
  }

  hello(ticket: string, extra: { resumeKey?: string; muted?: boolean; version?: number } = {}): void {
    this.send({ type: 'hello', version: PROTOCOL_VERSION, ticket, client: 'scenario', ...extra });
  }

  send(message: ClientMessage): void {
    this.sendText(encodeControl(message));
  }

  sendText(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text, { binary: false });
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes, { binary: true });
  }

  /** Sends one 20 ms frame of the participant's own stream, captured just now. */
  speak(moment: VoiceMoment): void {
    const at = nowMs();
    const frame = syntheticFrame(this.streamId, this.spoken, moment, at);
    this.spoken += 1;
    this.sendBytes(encodeMedia(this.nextHeader(at), [frame]));
  }

  /** The header of the next message up, with its number used up. */
  nextHeader(at = nowMs()): { topic: number; sequence: number; ingressAtUs: number; sentAtUs: number } {
    const sequence = this.#messageSequence;
    this.#messageSequence += 1;
    return { topic: 0, sequence, ingressAtUs: 0, sentAtUs: wireUs(at) };
  }

  /** Stops reading from the TCP socket, so that the other side's data piles up, and acknowledges nothing. */
  stopReading(): void {
    this.acknowledging = false;
    this.#socket.pause();
  }

  /** Waits until media was acknowledged, so that what follows begins at a known distance from it. */
  acknowledgement(): Promise<void> {
    return new Promise((resolve) => {
      this.#acknowledged = resolve;
    });
  }

  resumeReading(): void {
    this.#socket.resume();
    this.acknowledging = true;
  }

  /** The newest message of a type. */
  last<Type extends EdgeMessage['type']>(type: Type): EdgeMessageOf<Type> | undefined {
    return this.all(type).at(-1);
  }

  all<Type extends EdgeMessage['type']>(type: Type): EdgeMessageOf<Type>[] {
    return this.messages.filter((message): message is EdgeMessageOf<Type> => message.type === type);
  }

  /** Waits for a message of a type that fulfils the condition; undefined if none came in time. */
  async waitFor<Type extends EdgeMessage['type']>(
    type: Type,
    fulfils: (message: EdgeMessageOf<Type>) => boolean = () => true,
    timeoutMs = 5_000,
  ): Promise<EdgeMessageOf<Type> | undefined> {
    let found: EdgeMessageOf<Type> | undefined;
    await holdsWithin(() => {
      found = this.all(type).find(fulfils);
      return found !== undefined || this.closed !== undefined;
    }, timeoutMs);
    return found;
  }

  /** Waits until the session is ready or the connection has ended. */
  async settled(timeoutMs = 5_000): Promise<void> {
    await this.waitFor('ready', undefined, timeoutMs);
  }

  /** Waits for the end of the connection: its close code, or undefined if it stayed open. */
  async closeCode(timeoutMs = 5_000): Promise<number | undefined> {
    await holdsWithin(() => this.closed !== undefined, timeoutMs);
    return this.closed?.code;
  }

  /** Leaves as an honest client does, and waits for the end. */
  async leave(): Promise<void> {
    this.send({ type: 'leave' });
    if ((await this.closeCode(2_000)) === undefined) this.#socket.terminate();
  }

  /** Ends the TCP connection without a word. */
  vanish(): void {
    this.#socket.terminate();
  }

  #take(data: Buffer, isBinary: boolean): void {
    const at = nowMs();
    if (isBinary) {
      this.reception.media(data, at);
      return;
    }
    const parsed = parseEdgeMessage(data.toString());
    if (!parsed.ok) {
      this.invalid.push(`${parsed.detail}: ${data.toString().slice(0, 200)}`);
      return;
    }
    const { message } = parsed;
    if (message.type !== 'heartbeat') this.messages.push(message);
    if (message.type === 'welcome') this.#startTimers(message);
    else if (message.type === 'pong') this.#report(Date.now() - message.t0 - (message.t2 - message.t1));
    this.reception.control(message, at);
  }

  #startTimers({ ackMs, reportMs }: EdgeMessageOf<'welcome'>): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [
      setInterval(() => this.#acknowledge(), ackMs),
      setInterval(() => {
        if (this.acknowledging) this.send({ type: 'ping', id: 0, t0: Date.now() });
      }, reportMs),
    ];
  }

  #acknowledge(): void {
    if (!this.acknowledging) return;
    let due = false;
    for (const { topic, sequence } of this.reception.dueAcknowledgements()) {
      this.send({ type: 'ack', topic, sequence });
      due = true;
    }
    if (!due) return;
    this.#acknowledged?.();
    this.#acknowledged = undefined;
  }

  #report(roundTripMs: number): void {
    const received = new Map<number, number>();
    const { frames } = this.reception;
    for (; this.#reportedFrames < frames.length; this.#reportedFrames += 1) {
      const { streamId } = frames[this.#reportedFrames]!;
      received.set(streamId, (received.get(streamId) ?? 0) + 1);
    }
    const streams = [...received].map(([streamId, count]) => ({
      streamId,
      received: count,
      lost: 0,
      late: 0,
      jitterMs: 0,
    }));
    const { downlinkMs } = this.reception;
    this.send({
      type: 'report',
      streams: streams.slice(0, 64),
      rttMs: Math.max(0, roundTripMs),
      ...(downlinkMs === undefined ? {} : { downlinkMs }),
    });
  }
}
