import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  distance16,
  encodeControl,
  FLAG_PRE_ROLL,
  FRAME_HEADER_BYTES,
  frameFlags,
  framePayloadLength,
  frameSequence,
  frameStreamId,
  MESSAGE_HEADER_BYTES,
  PROTOCOL_VERSION,
  parseEdgeMessage,
  WEBSOCKET_PATH,
} from '@partyline/protocol';
import type { Place } from './place.ts';
import { reportOf } from './report.ts';
import type { Side } from './side.ts';
import {
  clientFrame,
  clientText,
  type FrameSink,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
  walkFrames,
} from './web-socket-frames.ts';

/** All sockets read into this one buffer: what is in it is used up before the next read. */
const CHUNK = Buffer.alloc(256 * 1024);
const HEAD_END = Buffer.from('\r\n\r\n');
/** Control messages that a listener of a bench does nothing with; they are told by how they begin. */
const IDLE_TALK = /^\{"type":"(?:heartbeat|speakers|participants)"/;

/** One participant: a raw socket with the WebSocket protocol walked by hand, as one message must cost a few µs. */
export class Connection implements FrameSink {
  readonly place: Place;
  readonly #side: Side;
  readonly #settled: { resolve(): void; reject(error: Error): void };
  /** Resolves when media flows (bare: upgraded; edge: ready and subscribed). */
  readonly ready: Promise<void>;
  readonly #socket: Socket;
  readonly #eager: boolean;
  #settledDown = false;
  readonly #lastSequences: Int32Array;
  #carry: Buffer | undefined;
  #upgraded = false;
  #ended = false;
  #edgeReady = false;
  #topic = -1;
  #sequence = 0;
  #unacknowledged = false;
  #ticket = '';

  private constructor(side: Side, place: Place, ticket: string) {
    this.place = place;
    this.#side = side;
    this.#ticket = ticket;
    this.#eager = place.eager;
    this.#lastSequences = new Int32Array(place.publishers).fill(-1);
    let settled: { resolve(): void; reject(error: Error): void } | undefined;
    this.ready = new Promise((resolve, reject) => {
      settled = { resolve, reject };
    });
    this.#settled = settled!;
    const { host, port, certificate } = side.target;
    const onread = {
      buffer: CHUNK,
      callback: (bytes: number, chunk: Uint8Array): boolean => {
        this.#read(chunk as Buffer, bytes);
        // False pauses the socket until `resume`.
        return this.#eager || !this.#settledDown;
      },
    };
    const greet = (): void => this.#upgrade();
    this.#socket =
      certificate === undefined
        ? connect({ host, port, noDelay: true, onread }, greet)
        : connectTls({ host, port, ca: certificate, servername: 'localhost', onread } as never, greet);
    if (certificate !== undefined) this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#closed(error.message));
    this.#socket.on('close', () => this.#closed('the connection closed'));
  }

  /** Connects and, to an edge, says hello with a ticket of its own. */
  static async open(side: Side, place: Place): Promise<Connection> {
    const connection = new Connection(side, place, await ticketFor(side, place));
    await connection.ready;
    return connection;
  }

  /** Reads what has come by now, if the connection is one that does not read at once. */
  resume(): void {
    if (this.#eager || this.#ended) return;
    this.#settledDown = true;
    this.#socket.resume();
  }

  /** Hands bytes that are already framed to the socket. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Acknowledges the newest message of the topic, if that is news (protocol rule 41). */
  acknowledge(): void {
    if (!this.#unacknowledged || this.#ended) return;
    this.#unacknowledged = false;
    this.#side.tally.acks += 1;
    this.#socket.write(clientText(`{"type":"ack","topic":${this.#topic},"sequence":${this.#sequence}}`));
  }

  /** Says about everybody else who speaks in the room what a client that plays them says every 2 s. */
  report(): void {
    if (!this.#ended) this.#socket.write(clientText(reportOf(this.place)));
  }

  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === OPCODE_BINARY) this.#media(bytes, start, end);
    else if (opcode === OPCODE_TEXT) this.#text(bytes.subarray(start, end));
    else if (opcode === OPCODE_PING) this.write(clientFrame(OPCODE_PONG, bytes.subarray(start, end)));
    else if (opcode === OPCODE_CLOSE) {
      const code = end - start >= 2 ? (bytes[start]! << 8) | bytes[start + 1]! : 1005;
      this.#closed(`closed with ${code} ${bytes.toString('utf8', start + 2, end)}`);
    }
  }

  #upgrade(): void {
    const { target } = this.#side;
    const path = target.kind === 'edge' ? WEBSOCKET_PATH : `/?room=${this.place.room}`;
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
  }

  #read(chunk: Buffer, length: number): void {
    const side = this.#side;
    side.nowMs = performance.now();
    side.betweenReads(side.nowMs);
    let bytes = chunk;
    let end = length;
    if (this.#carry) {
      bytes = Buffer.concat([this.#carry, chunk.subarray(0, length)]);
      end = bytes.length;
      this.#carry = undefined;
    }
    if (!this.#upgraded) {
      const head = bytes.subarray(0, end).indexOf(HEAD_END);
      if (head < 0) {
        this.#carry = Buffer.from(bytes.subarray(0, end));
        return;
      }
      this.#answered(bytes.toString('latin1', 0, head));
      bytes = bytes.subarray(head + HEAD_END.length);
      end -= head + HEAD_END.length;
    }
    const taken = walkFrames(bytes, end, this);
    if (taken < end) this.#carry = Buffer.from(bytes.subarray(taken, end));
  }

  #answered(head: string): void {
    this.#upgraded = true;
    if (!head.startsWith('HTTP/1.1 101')) {
      this.#closed(`the upgrade was answered with "${head.split('\r\n')[0]}"`);
    } else if (this.#side.target.kind === 'bare') this.#settled.resolve();
    else {
      const hello = encodeControl({
        type: 'hello',
        version: PROTOCOL_VERSION,
        ticket: this.#ticket,
        client: 'bench',
      });
      this.#ticket = '';
      this.write(clientText(hello));
    }
  }

  #media(bytes: Buffer, start: number, end: number): void {
    const side = this.#side;
    const tally = side.tally;
    tally.messages += 1;
    tally.bytes += end - start;
    // No view of the message: at this rate it would cost more than all the reading.
    if (side.target.kind === 'edge') {
      const sequence = bytes.readUInt32BE(start + 4);
      if (bytes.readUInt16BE(start + 2) !== this.#topic) tally.strays += 1;
      else {
        const missing = ((sequence - this.#sequence) | 0) - 1;
        if (missing > 0) tally.messageGaps += missing;
        this.#sequence = sequence;
        this.#unacknowledged = true;
      }
    }
    const { streamId: own, firstPublisher, publishers } = this.place;
    for (let o = start + MESSAGE_HEADER_BYTES; o < end; ) {
      const streamId = frameStreamId(bytes, o);
      const sequence = frameSequence(bytes, o);
      const publisher = streamId - firstPublisher;
      if (streamId === own) tally.ownFrames += 1;
      else if (publisher < 0 || publisher >= publishers) tally.strays += 1;
      else {
        const last = this.#lastSequences[publisher]!;
        const step = last < 0 ? 1 : distance16(last, sequence);
        if (step <= 0) tally.duplicates += 1;
        else {
          tally.frames += 1;
          tally.frameGaps += step - 1;
          this.#lastSequences[publisher] = sequence;
          if ((frameFlags(bytes, o) & FLAG_PRE_ROLL) !== 0) tally.preRoll += 1;
          else if (side.recording && this.#eager)
            side.latencies.record(side.nowMs - side.sendTimes.of(streamId, sequence));
        }
      }
      o += FRAME_HEADER_BYTES + framePayloadLength(bytes, o);
    }
  }

  #text(payload: Buffer): void {
    this.#side.tally.texts += 1;
    if (IDLE_TALK.test(payload.toString('latin1', 0, 32))) return;
    const parsed = parseEdgeMessage(payload.toString('utf8'));
    if (!parsed.ok) {
      this.#closed(`unreadable control message: ${parsed.detail}`);
      return;
    }
    const message = parsed.message;
    if (message.type === 'subscribed') {
      this.#topic = message.topic;
      this.#sequence = message.sequence;
    } else if (message.type === 'paused') {
      this.#side.tally.pauses += 1;
      this.#unacknowledged = true;
    } else if (message.type === 'ready') this.#edgeReady = true;
    else if (message.type === 'error') this.#closed(`${message.code}: ${message.message}`);
    if (this.#edgeReady && this.#topic >= 0) this.#settled.resolve();
  }

  #closed(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#side.tally.closed += 1;
    this.#side.firstClose ??= why;
    this.#socket.destroy();
    this.#settled.reject(new Error(`a connection to the ${this.#side.target.kind} server ended: ${why}`));
  }
}

const ticketFor = async (side: Side, place: Place): Promise<string> => {
  if (side.target.kind === 'bare') return '';
  const { identity } = place;
  const { ticket } = await side.signer.sign(
    {
      room: place.room as never,
      sub: identity as never,
      name: identity,
      grants: { publish: place.publishes, subscribe: true, moderate: false, hidden: false, direct: false },
      streamId: place.streamId,
      resumeId: identity,
      generation: 1,
      edge: side.target.edge as never,
    },
    3_600,
  );
  return ticket;
};
