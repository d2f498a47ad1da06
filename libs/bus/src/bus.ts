/**
 * What an engine provides: named channels of bytes between processes, at most once, in order per publisher
 * and channel. Everything above (media bundles, control requests) is the same for all engines.
 */
export interface Bus {
  /** Resolves also while the engine is away, which is then tried on; rejects when it can never work as set up. */
  start(): Promise<void>;
  /** After it has resolved no handler is called any more. Idempotent. */
  stop(): Promise<void>;
  /**
   * Resolves when what is published from now on will be delivered; while the engine is away, at once, for then it
   * takes effect with the engine's return.
   */
  subscribe(channel: string, handler: BusHandler): Promise<BusSubscription>;
  /**
   * Resolves with how many listeners it reached, as the engine counts them (subscriptions in memory, processes with
   * Redis); 0 means a deaf channel. Rejects with {@link BusError}: `unavailable` at once while the engine is away.
   * The bytes are read before this returns: the caller may use their memory again at once.
   */
  publish(channel: string, bytes: Uint8Array): Promise<number>;
  /** Plain counters, read at scrape time. */
  readonly stats: Readonly<BusStats>;
  /** What keeps the engine away, as a sentence for operators; undefined while nothing does. */
  readonly problem?: string | undefined;
}

/** `bytes` is the handler's own copy. A throwing handler is counted and disturbs no other. */
export type BusHandler = (bytes: Uint8Array, channel: string) => void;

export interface BusSubscription {
  /** After it has returned the handler is called no more. Idempotent. */
  close(): void;
}

export interface BusStats {
  /** False while any connection is away or not everything is subscribed. */
  up: boolean;
  /** Handed to the engine, refusals included. */
  published: number;
  publishedBytes: number;
  delivered: number;
  /** Dropped because a bound was hit or the engine was away. */
  dropped: number;
  handlerErrors: number;
  /** Connections made again. An engine without connections leaves this and the next three at 0. */
  reconnects: number;
  /** Channels subscribed anew after their connection was lost or their place changed. */
  resubscribes: number;
  /** Connections ended because nothing was answered for a second. */
  stalls: number;
  /** Subscribers that the engine closed by itself, as it does when they read too slowly. */
  cuts: number;
}

const CHANNEL = /^[!-~]{1,256}$/;

/** Channel names: 1 to 256 printable ASCII characters without spaces. */
export const isChannel = (channel: string): boolean => CHANNEL.test(channel);

/** The largest message a bus takes, in bytes. */
export const MAX_BUS_MESSAGE_BYTES = 262_144;

export type BusErrorCode = 'not_started' | 'stopped' | 'too_large' | 'bad_channel' | 'unavailable';

export class BusError extends Error {
  override name = 'BusError';
  readonly code: BusErrorCode;
  constructor(code: BusErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
