/** What stands between a {@link RedisBus} and its servers: one, or the masters of a Cluster. */
export interface Carrier {
  /** @throws RedisError when a server answers but cannot be used */
  start(): Promise<void>;
  stop(): void;
  /**
   * Rejects with a BusError `unavailable`: at once while away or at a bound, later when no answer came. One promise
   * and no async function on the way: layers of these cost as much as the rest of a publication.
   */
  publish(channel: string, bytes: Uint8Array): Promise<number>;
  /** Resolves when subscribed, or when the server is away: then it is done on its return. */
  add(channel: string): Promise<void>;
  remove(channel: string): void;
  /** True while every connection is there and everything is subscribed. */
  readonly up: boolean;
  readonly problem: string | undefined;
  readonly stats: Readonly<CarrierStats>;
}

export interface CarrierStats {
  reconnects: number;
  /** Channels subscribed anew after their connection was lost or their slot moved. */
  resubscribes: number;
  /** Connections ended because nothing was answered for a second. */
  stalls: number;
  /** Subscribers that the server closed by itself, as it does when they read too slowly. */
  cuts: number;
}

export interface CarrierOptions {
  /** Who connects, as `CLIENT LIST` shows it. */
  name: string;
  maxPending: number;
  maxPendingBytes: number;
  onMessage: (channel: string, bytes: Uint8Array) => void;
  /** A publication was refused, or its answer is lost. */
  onDropped: () => void;
}
