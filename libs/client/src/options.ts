import type { CodecFormat } from '@partyline/protocol';
import type { Clock } from './clock.ts';
import type { Timers } from './timers.ts';

/** The part of WebSocket that the client uses; a browser's and `ws` both fit. */
export interface Socket {
  /** Set to `arraybuffer`. */
  binaryType: string;
  /** Bytes handed over and not sent yet: late voice is dropped by it. */
  readonly bufferedAmount: number;
  /** Called once it is open. */
  onopen: (() => void) | null;
  /** Called with a text, or an `ArrayBuffer`. */
  onmessage: ((event: { data: unknown }) => void) | null;
  /** Called once, with the close code (RFC 6455, 7.4). */
  onclose: ((event: { code: number; reason: string }) => void) | null;
  /** Called before `onclose` when something failed. */
  onerror: (() => void) | null;
  /** Sends one message. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Closes with a handshake. */
  close(code?: number, reason?: string): void;
  /** Ends without a closing handshake, where that exists (Node). */
  terminate?(): void;
}

/** The part of `fetch` that the client uses; the global one fits. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal?: AbortSignal },
) => Promise<{ status: number; headers: { get(name: string): string | null }; text(): Promise<string> }>;

/** How the client reaches the network. */
export interface Network {
  /** For the directory's API. */
  fetch: Fetch;
  /** Opens a WebSocket; it may be returned before it is open. */
  openSocket(url: string): Promise<Socket> | Socket;
}

/** How to join a room. */
export interface JoinRoomOptions {
  /** Where the service answers, for example the URL that `npm start` prints. */
  url: string;
  /** 1 to 64 of `A–Z a–z 0–9 _ . -`, starting with a letter or digit. */
  room: string;
  /** Display name. */
  name?: string;
  /**
   * Access token minted by your backend; a function is asked again when it is needed again. Guests, where the
   * service allows them, have none.
   */
  token?: string | (() => string | Promise<string>);
  /** Your own text about the participant, at most 2,048 characters. */
  metadata?: string;
  /** Preferred region. */
  region?: string;
  /** Join muted. */
  muted?: boolean;
  /**
   * W3C trace context (`00-…-…-01`) that the application's own trace goes on with: the join, and the hello that follows
   * it, become part of it. A function is asked at each join, also when coming back.
   */
  traceparent?: string | (() => string | undefined);
  /**
   * What this client can decode, by which speakers choose; `DEFAULT_CODECS` unless given. More makes sense where there is a decoder for it,
   * less for who takes frames as they are, such as a recorder: `['opus/48000']`.
   */
  codecs?: readonly CodecFormat[];
  /** Software name and version, for the service's log. */
  client?: string;
  /** Gives up joining, or leaves the room. */
  signal?: AbortSignal;
  /** How long the first join may take, 10,000 ms unless given. */
  timeoutMs?: number;
  /** A voice frame that would wait longer than this in the uplink is dropped; 200 ms unless given. */
  uplinkDeadlineMs?: number;
  /** Another way to the network: tests, self-signed certificates. */
  network?: Network;
  /** Another clock, for tests. */
  clock?: Clock;
  /** Other timers: ones that a hidden page does not slow down, or a test's. */
  timers?: Timers;
}
