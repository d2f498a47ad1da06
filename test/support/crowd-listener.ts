import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
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
} from '@partyline/loadtest/web-socket-frames';
import {
  ageOfUs,
  encodeControl,
  FRAME_HEADER_BYTES,
  framePayloadLength,
  MESSAGE_HEADER_BYTES,
  PROTOCOL_VERSION,
  parseEdgeMessage,
} from '@partyline/protocol';

/** What nobody has acknowledged for so long is acknowledged with the next message: the `ackMs` of `welcome`. */
export const ACK_MS = 200;
/** All sockets read into this one buffer: what is in it is used up before the next read. */
const CHUNK = Buffer.alloc(256 * 1024);
const HEAD_END = Buffer.from('\r\n\r\n');

let opened = 0;
/** Evenly over the time in which five frames of 60 ms come. */
const spread = (): number => (opened++ * 0.618 * 300) % 300;

/**
 * Somebody who only listens, on a raw socket: thousands of them must fit in one process. Frames are counted, not
 * looked at, and what the edge says that it skipped is added up.
 */
export class CrowdListener implements FrameSink {
  frames = 0;
  skippedFrames = 0;
  pauses = 0;
  /** The longest way of a message, from its edge's sending to here, by the one clock of this machine. */
  slowestMs = 0;
  /** Why the connection ended, if it did by itself. */
  closed: string | undefined;
  ready = false;
  readonly #socket: Socket;
  readonly #settle: () => void;
  readonly #ticket: string;
  #upgraded = false;
  #carry: Buffer | undefined;
  #topic = -1;
  #sequence = 0;
  #acknowledged = 0;
  /** When the oldest message that is not acknowledged came. */
  #waitingSinceMs = 0;
  /** The first time it is another one for each, or all would acknowledge the same message for ever. */
  #patienceMs = spread();

  private constructor(url: URL, ticket: string, settle: () => void) {
    this.#settle = settle;
    this.#ticket = ticket;
    const onread = {
      buffer: CHUNK,
      callback: (bytes: number, chunk: Uint8Array): boolean => {
        this.#read(chunk as Buffer, bytes);
        return true;
      },
    };
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, onread }, () => {
      const key = randomBytes(16).toString('base64');
      this.#socket.write(
        `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
    });
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('the connection closed'));
  }

  /** Connects and says hello; resolves when it is ready or has failed (`closed` says why). */
  static open(url: string, ticket: string): Promise<CrowdListener> {
    return new Promise((resolve) => {
      const listener: CrowdListener = new CrowdListener(new URL(url), ticket, () => resolve(listener));
    });
  }

  /**
   * Acknowledges the newest message when the oldest has waited for ACK_MS. It does so by itself with each message,
   * for a process that reads for thousands has no time for their timers; call it for what came last.
   */
  acknowledgeWhenDue(nowMs: number): void {
    if (nowMs - this.#waitingSinceMs >= this.#patienceMs) this.#acknowledge();
  }

  leave(): void {
    this.closed ??= 'left';
    this.#socket.end(clientText('{"type":"leave"}'));
  }

  frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === OPCODE_BINARY) this.#media(bytes, start, end);
    else if (opcode === OPCODE_TEXT) this.#text(bytes, start, end);
    else if (opcode === OPCODE_PING) {
      this.#socket.write(clientFrame(OPCODE_PONG, bytes.subarray(start, end)));
    } else if (opcode === OPCODE_CLOSE) this.#end(`closed with ${bytes.readUInt16BE(start)}`);
  }

  #read(chunk: Buffer, length: number): void {
    let bytes = chunk;
    let end = length;
    if (this.#carry !== undefined) {
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
      this.#upgraded = true;
      if (!bytes.toString('latin1', 0, 12).startsWith('HTTP/1.1 101')) {
        this.#end(bytes.toString('latin1', 0, Math.min(head, 60)));
        return;
      }
      const version = PROTOCOL_VERSION;
      const ticket = this.#ticket;
      this.#socket.write(clientText(encodeControl({ type: 'hello', version, ticket, client: 'crowd' })));
      bytes = bytes.subarray(head + HEAD_END.length);
      end -= head + HEAD_END.length;
    }
    const taken = walkFrames(bytes, end, this);
    if (taken < end) this.#carry = Buffer.from(bytes.subarray(taken, end));
  }

  #acknowledge(): void {
    if (this.#sequence === this.#acknowledged || this.closed !== undefined) return;
    this.#patienceMs = ACK_MS;
    this.#acknowledged = this.#sequence;
    this.#socket.write(clientText(`{"type":"ack","topic":${this.#topic},"sequence":${this.#sequence}}`));
  }

  #media(bytes: Buffer, start: number, end: number): void {
    const nowMs = performance.now();
    const tookMs = ageOfUs(bytes.readUInt32BE(start + 12), performance.timeOrigin + nowMs);
    if (tookMs > this.slowestMs) this.slowestMs = tookMs;
    if (this.#sequence === this.#acknowledged) this.#waitingSinceMs = nowMs;
    this.#sequence = bytes.readUInt32BE(start + 4);
    this.acknowledgeWhenDue(nowMs);
    for (let o = start + MESSAGE_HEADER_BYTES; o < end; ) {
      this.frames += 1;
      o += FRAME_HEADER_BYTES + framePayloadLength(bytes, o);
    }
  }

  #text(bytes: Buffer, start: number, end: number): void {
    const begins = bytes.toString('latin1', start, Math.min(end, start + 20));
    if (begins.startsWith('{"type":"heartbeat"') || begins.startsWith('{"type":"participant')) return;
    const parsed = parseEdgeMessage(bytes.toString('utf8', start, end));
    if (!parsed.ok) return;
    const { message } = parsed;
    if (message.type === 'subscribed') {
      this.#topic = message.topic;
      this.#sequence = message.sequence;
      this.#acknowledged = message.sequence;
      this.skippedFrames += message.skippedFrames;
    } else if (message.type === 'paused') {
      this.pauses += 1;
      this.#acknowledge();
    } else if (message.type === 'error') this.#end(`${message.code}: ${message.message}`);
    else if (message.type === 'ready') {
      this.ready = true;
      this.#settle();
    }
  }

  #end(why: string): void {
    if (this.closed !== undefined) return;
    this.closed = why;
    this.#socket.destroy();
    this.#settle();
  }
}
