import {
  CLOSE,
  type ClientMessage,
  type ClientMessageOf,
  type EdgeMessage,
  type EdgeMessageOf,
  encodeControl,
  parseEdgeMessage,
} from '@partyline/protocol';
import type { Time } from './clock.ts';
import { errorOfClose, PartylineError } from './errors.ts';
import type { Network, Socket } from './options.ts';
import { Silence } from './silence.ts';
import type { Timers } from './timers.ts';
import type { HelloWishes } from './wishes.ts';

/** Told by a link once it is open. */
export interface LinkHandlers {
  message(message: EdgeMessage): void;
  media(bytes: Uint8Array): void;
  /** Nothing was heard for one and a half heartbeats: the edge may be gone. */
  quiet?(): void;
  /** Something was heard after all. */
  heard?(): void;
  /** Nothing was heard for two heartbeats, which counts as lost (protocol rule 29), though it may still speak again. */
  silent?(reason: PartylineError): void;
  /** The connection ended, or was silent for far too long; comes once, never after `close()`. */
  lost(reason: PartylineError): void;
}

/** An edge that sends its caller to another one instead of a welcome (protocol rule 67). */
export class RedirectError extends PartylineError {
  readonly move: EdgeMessageOf<'move'>;

  constructor(closeCode: number, move: EdgeMessageOf<'move'>) {
    super('edge_gone', 'The edge named another one.', { closeCode });
    this.move = move;
  }
}

export interface OpenLink {
  network: Network;
  url: string;
  hello: ClientMessageOf<'hello'>;
  time: Time;
  timeoutMs: number;
  signal: AbortSignal;
  /** Hello left: from here on the edge may have let this participant in. */
  helloSent?: (() => void) | undefined;
}

/** Close code that stands for a connection of which nothing was heard; never on the wire. */
const CODE_SILENT = 1006;

/**
 * One WebSocket to one edge, from hello to close. Nothing here reconnects.
 */
export class EdgeLink {
  readonly welcome: EdgeMessageOf<'welcome'>;
  /** Local times at which hello left and welcome came, for a first idea of the clocks. */
  readonly helloAtMs: number;
  readonly welcomeAtMs: number;
  /** What hello said beside the ticket. */
  readonly said: HelloWishes;
  mediaSequence = 0;
  lastFrame: number | undefined;
  readonly #socket: Socket;
  readonly #time: Time;
  #handlers: LinkHandlers | undefined;
  #heldMessages: (string | ArrayBuffer)[] = [];
  readonly #silence: Silence;
  #lastError: string | undefined;
  #closedAs: PartylineError | undefined;
  #onClosed: (() => void) | undefined;
  #left = false;

  /** @throws PartylineError `unreachable`, `timeout`, `aborted`, or what the edge's close code says */
  static async open(options: OpenLink): Promise<EdgeLink> {
    let socket: Socket;
    try {
      const opening = options.network.openSocket(options.url);
      // Awaiting what is there already would miss an event that comes in the next microtask.
      socket = opening instanceof Promise ? await opening : opening;
    } catch (cause) {
      throw new PartylineError('unreachable', `No WebSocket to ${options.url} could be opened.`, { cause });
    }
    socket.binaryType = 'arraybuffer';
    return new Promise<EdgeLink>((resolve, reject) => {
      let helloAtMs = 0;
      let lastError: string | undefined;
      let redirect: EdgeMessageOf<'move'> | undefined;
      const fail = (error: PartylineError): void => {
        timer.cancel();
        options.signal.removeEventListener('abort', abort);
        detach(socket);
        end(socket, options.time);
        reject(error);
      };
      const abort = (): void => fail(new PartylineError('aborted', 'Joining was given up.'));
      const timer = options.time.after(options.timeoutMs, () =>
        fail(new PartylineError('timeout', `The edge at ${options.url} did not answer in time.`)),
      );
      if (options.signal.aborted) {
        abort();
        return;
      }
      options.signal.addEventListener('abort', abort);
      socket.onopen = () => {
        helloAtMs = options.time.now();
        socket.send(encodeControl(options.hello));
        options.helloSent?.();
      };
      socket.onerror = () => {
        // A close event follows, in browsers and in ws alike, and it says more.
      };
      socket.onclose = ({ code }) => {
        if (redirect !== undefined && code === CLOSE.wrongEdge) fail(new RedirectError(code, redirect));
        else if (helloAtMs > 0) fail(errorOfClose(code, lastError));
        else {
          const sentence = `The edge at ${options.url} cannot be reached.`;
          fail(new PartylineError('unreachable', sentence, { closeCode: code }));
        }
      };
      socket.onmessage = ({ data }) => {
        if (typeof data !== 'string') return;
        const parsed = parseEdgeMessage(data);
        if (!parsed.ok) return;
        if (parsed.message.type === 'error') lastError = parsed.message.message;
        if (parsed.message.type === 'move') redirect = parsed.message;
        if (parsed.message.type !== 'welcome') return;
        timer.cancel();
        options.signal.removeEventListener('abort', abort);
        resolve(new EdgeLink(socket, options, parsed.message, helloAtMs));
      };
    });
  }

  private constructor(
    socket: Socket,
    { time, hello }: OpenLink,
    welcome: EdgeMessageOf<'welcome'>,
    helloAtMs: number,
  ) {
    this.#socket = socket;
    this.#time = time;
    this.said = hello;
    this.welcome = welcome;
    this.helloAtMs = helloAtMs;
    this.welcomeAtMs = time.now();
    this.#silence = new Silence(time, welcome.heartbeatMs, {
      quiet: () => this.#handlers?.quiet?.(),
      heard: () => this.#handlers?.heard?.(),
      silent: () => this.#handlers?.silent?.(this.#goneSilent),
      given: () => {
        const handlers = this.#handlers;
        this.close();
        handlers?.lost(this.#goneSilent);
      },
    });
    // It is open, and whoever opens another one after it must not be kept alive by its handler.
    socket.onopen = null;
    // What comes between welcome and `attach` is kept: an awaiting caller runs only in the next microtask.
    socket.onmessage = ({ data }) => {
      this.#silence.heard();
      if (this.#handlers === undefined) this.#heldMessages.push(data as string | ArrayBuffer);
      else this.#receive(data as string | ArrayBuffer);
    };
    socket.onclose = ({ code }) => this.#ended(errorOfClose(code, this.#lastError));
  }

  get confirmsMedia(): boolean {
    return this.welcome.receipts === true;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get open(): boolean {
    return this.#closedAs === undefined;
  }

  /** Starts handing over what arrives, beginning with what was held since the welcome; or to somebody else from now on. */
  attach(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    const held = this.#heldMessages;
    this.#heldMessages = [];
    for (const data of held) this.#receive(data);
    if (this.#closedAs !== undefined) {
      handlers.lost(this.#closedAs);
      return;
    }
    this.#silence.start();
  }

  /** Sends a control message; false when the connection has ended. */
  send(message: ClientMessage): boolean {
    return this.#hand(encodeControl(message));
  }

  /** Sends a media message; false when the connection has ended. */
  sendMedia(bytes: Uint8Array<ArrayBuffer>): boolean {
    return this.#hand(bytes);
  }

  /** Says good-bye and waits for the edge to close, at most `deadlineMs`. */
  async leave(deadlineMs: number): Promise<void> {
    if (this.#closedAs !== undefined) return;
    this.#handlers = undefined;
    this.send({ type: 'leave' });
    // The edge closes now, and browsers complain of whatever is handed to a socket that closes.
    this.#left = true;
    await new Promise<void>((resolve) => {
      const timer = this.#time.after(deadlineMs, resolve);
      this.#onClosed = () => {
        timer.cancel();
        resolve();
      };
    });
    this.close();
  }

  /** Ends at once; no handler is called afterwards. */
  close(): void {
    this.#silence.stop();
    this.#handlers = undefined;
    this.#closedAs ??= new PartylineError('aborted', 'The connection was closed.');
    detach(this.#socket);
    end(this.#socket, this.#time);
  }

  #hand(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#closedAs !== undefined || this.#left) return false;
    try {
      this.#socket.send(data);
      return true;
    } catch {
      // A socket that is closing may throw; its close event tells the rest.
      return false;
    }
  }

  #receive(data: string | ArrayBuffer): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    if (typeof data !== 'string') {
      handlers.media(new Uint8Array(data));
      return;
    }
    const parsed = parseEdgeMessage(data);
    // A newer edge may send types that are unknown here: ignored, as protocol rule 22 asks.
    if (!parsed.ok) return;
    if (parsed.message.type === 'error' && parsed.message.fatal) this.#lastError = parsed.message.message;
    handlers.message(parsed.message);
  }

  get #goneSilent(): PartylineError {
    const sentence = `The edge ${this.welcome.edge} has gone silent.`;
    return new PartylineError('edge_gone', sentence, { closeCode: CODE_SILENT });
  }

  #ended(reason: PartylineError): void {
    this.#silence.stop();
    // The reason of a reconnect is kept as long as the next connection, and in a browser an error's stack keeps the
    // socket in whose event it was made: with its handlers, each connection would keep the one before alive.
    detach(this.#socket);
    if (this.#closedAs !== undefined) return;
    this.#closedAs = reason;
    this.#onClosed?.();
    this.#handlers?.lost(reason);
  }
}

const detach = (socket: Socket): void => {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  // ws emits an error when a connection is ended while it opens; without a listener that would be thrown.
  socket.onerror = () => {};
};

const end = (socket: Socket, timers: Timers): void => {
  try {
    socket.close(1000);
  } catch {
    // Not open yet: terminate does it.
  }
  // A dead peer never completes the closing handshake, and Node would wait half a minute for it.
  timers.after(250, () => socket.terminate?.());
};
