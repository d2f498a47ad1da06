import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls';
import { CONNECT_TIMEOUT_MS, clientName, KEEP_ALIVE_MS } from './client-options.ts';
import { type ReplyHandler, ReplyReader } from './reply-reader.ts';
import { StallWatch } from './stall-watch.ts';

export interface PublishConnectionOptions {
  /** A connection to the same server, whose address and TLS it has; undefined if that is gone already. */
  beside: Socket | undefined;
  username: string | undefined;
  password: string | undefined;
  /** Who connects, such as an edge's id. */
  name: string;
  /** SPUBLISH, which stays within the shard, instead of PUBLISH. */
  sharded: boolean;
  /** A publication unanswered this long ends the connection; 1,000 unless given. */
  stallMs?: number;
  onReady: () => void;
  /** Called once, unless it was stopped; each publication under way has been told before. */
  onEnd: (error: Error, wasReady: boolean) => void;
  onStall: () => void;
}

const DEFAULT_STALL_MS = 1_000;
/** What one turn of the event loop publishes is put together in pieces of this size: the largest bundle fits. */
const PIECE_BYTES = 131_072;
const MOST_SPARE = 8;
/** Replies to some hundred publications. */
const READ_BYTES = 4_096;
const MOST_ANSWERED_KEPT = 1_024;

/**
 * One connection that publishes and nothing else, as cheaply as Node can: what is published in one turn leaves as one
 * piece, and an answer costs no more than its line. By ioredis a publication took twice as long, most of it in code
 * that has grown cold since the one before (decision record 17).
 */
export class PublishConnection {
  readonly #options: PublishConnectionOptions;
  readonly #socket: Socket | undefined;
  readonly #watch: StallWatch | undefined;
  readonly #timeout: NodeJS.Timeout | undefined;
  readonly #command: string;
  /** Of what was sent, oldest first; those before `#answered` have been called. */
  readonly #waiting: ReplyHandler[] = [];
  #answered = 0;
  #piece: Buffer | undefined;
  #length = 0;
  readonly #spare: Buffer[] = [];
  readonly #write = (): void => this.#writePiece();
  #state: 'connecting' | 'ready' | 'ended' = 'connecting';
  #error: Error | undefined;

  constructor(options: PublishConnectionOptions) {
    this.#options = options;
    this.#command = options.sharded ? '*3\r\n$8\r\nSPUBLISH\r\n$' : '*3\r\n$7\r\nPUBLISH\r\n$';
    const { beside, stallMs = DEFAULT_STALL_MS, onStall } = options;
    const { remoteAddress: host, remotePort: port } = beside ?? {};
    if (host === undefined || port === undefined) {
      setImmediate(() => this.#end(new Error('Connection is closed.')));
      return;
    }
    const reader = new ReplyReader((value, refusal) => this.#reply(value, refusal));
    const buffer = new Uint8Array(READ_BYTES);
    const onread = {
      buffer,
      callback: (length: number): boolean => {
        this.#read(reader, buffer, length);
        return true;
      },
    };
    // That TLS takes `onread` as well is documented, but missing in the types.
    const tlsOptions: ConnectionOptions & { onread: typeof onread } = { host, port, onread };
    if (beside instanceof TLSSocket) Object.assign(tlsOptions, serverName(beside));
    const socket =
      beside instanceof TLSSocket
        ? connectTls(tlsOptions, () => this.#greet())
        : connectTcp({ host, port, onread }, () => this.#greet());
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#end(this.#error ?? new Error('Connection is closed.')));
    this.#socket = socket;
    this.#timeout = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
    }, CONNECT_TIMEOUT_MS);
    const waiting = (): number => this.#waiting.length - this.#answered;
    this.#watch = new StallWatch(
      {
        stream: socket,
        get unanswered() {
          return waiting();
        },
      },
      { stallMs, probe: () => this.#ping(), onStall },
    );
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /**
   * Sends what was given; the bytes are read before this returns. Call it only while the connection is ready.
   * @param channel printable ASCII
   * @param answered called once, at the latest when the connection ends
   */
  publish(channel: string, bytes: Uint8Array, answered: ReplyHandler): void {
    const head = `${this.#command}${channel.length}\r\n${channel}\r\n$${bytes.length}\r\n`;
    const piece = this.#take(head.length + bytes.length + 2);
    piece.write(head, this.#length, 'latin1');
    const start = this.#length + head.length;
    piece.set(bytes, start);
    const end = start + bytes.length;
    piece[end] = 0x0d;
    piece[end + 1] = 0x0a;
    this.#length = end + 2;
    this.#waiting.push(answered);
  }

  /** Ends it at once; what is under way is told. Idempotent. */
  stop(): void {
    this.#end(new Error('Connection is closed.'), true);
    this.#socket?.destroy();
  }

  #greet(): void {
    clearTimeout(this.#timeout);
    if (this.#state !== 'connecting') return;
    const { username, password, name } = this.#options;
    if (password !== undefined) {
      this.#send(['AUTH', ...(username === undefined ? [] : [username]), password], (_, refusal) => {
        if (refusal !== undefined) this.#socket!.destroy(new Error(refusal));
      });
    }
    // The name is for people; a user without the right to give it may still publish, and one who may not ping as well.
    this.#send(['CLIENT', 'SETNAME', clientName(name, 'publications')], () => {});
    this.#send(['PING'], (_, refusal) => {
      if (refusal !== undefined && !refusal.startsWith('NOPERM')) this.#socket!.destroy(new Error(refusal));
      else if (this.#state === 'connecting' && this.#socket?.destroyed === false) {
        this.#state = 'ready';
        this.#options.onReady();
      }
    });
  }

  #ping(): void {
    if (this.#state === 'ready') this.#send(['PING'], () => {});
  }

  #send(words: readonly string[], answered: ReplyHandler): void {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    const command = Buffer.from(`*${words.length}\r\n${parts.join('')}`);
    this.#take(command.length).set(command, this.#length);
    this.#length += command.length;
    this.#waiting.push(answered);
  }

  /** The piece under construction, with room for so many bytes. */
  #take(bytes: number): Buffer {
    if (this.#piece !== undefined && this.#length + bytes > this.#piece.length) this.#writePiece();
    if (this.#piece === undefined) {
      const spare = bytes <= PIECE_BYTES ? this.#spare.pop() : undefined;
      this.#piece = spare ?? Buffer.allocUnsafeSlow(Math.max(bytes, PIECE_BYTES));
      process.nextTick(this.#write);
    }
    return this.#piece;
  }

  #writePiece(): void {
    const piece = this.#piece;
    if (piece === undefined || this.#state === 'ended') return;
    this.#piece = undefined;
    const length = this.#length;
    this.#length = 0;
    this.#socket!.write(piece.subarray(0, length), () => {
      if (piece.length === PIECE_BYTES && this.#spare.length < MOST_SPARE) this.#spare.push(piece);
    });
  }

  #read(reader: ReplyReader, bytes: Uint8Array, length: number): void {
    if (this.#state === 'ended') return;
    try {
      reader.read(bytes, length);
    } catch (error) {
      this.#socket!.destroy(error as Error);
    }
  }

  #reply(value: number, refusal: string | undefined): void {
    const answered = this.#waiting[this.#answered];
    if (answered === undefined) {
      // Such as that there are too many clients: said unasked, and the end follows.
      this.#socket!.destroy(new Error(refusal ?? 'the server said something unasked'));
      return;
    }
    this.#answered += 1;
    if (this.#answered === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#answered = 0;
    } else if (this.#answered === MOST_ANSWERED_KEPT) {
      this.#waiting.splice(0, this.#answered);
      this.#answered = 0;
    }
    answered(value, refusal);
  }

  #end(error: Error, isStopped = false): void {
    if (this.#state === 'ended') return;
    const wasReady = this.#state === 'ready';
    this.#state = 'ended';
    clearTimeout(this.#timeout);
    this.#watch?.stop();
    const under = this.#waiting.splice(0).slice(this.#answered);
    this.#answered = 0;
    this.#piece = undefined;
    for (const answered of under) answered(0, error.message);
    if (!isStopped) this.#options.onEnd(error, wasReady);
  }
}

/** The certificate is judged by the name that the other connection asked for; without one, by the address. */
const serverName = ({ servername }: TLSSocket & { servername?: unknown }): { servername?: string } =>
  typeof servername === 'string' && servername !== '' ? { servername } : {};
