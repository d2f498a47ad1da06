/** Bytes and packets (or chunks, of a proxy) that went over a line, by direction. */
export interface WanTraffic {
  bytes: number;
  packets: number;
  lost: number;
}

/** What lies between two regions. */
export interface Wan {
  /** One way, in ms. */
  delay(delayMs: number, jitterMs?: number): Promise<void>;
  /** Share of packets lost from now on, 0 … 1; only a line of packets has that. */
  loss?(share: number): Promise<void>;
  /** Nothing passes any more; what is on the way is lost. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Since the start, both directions. */
  traffic(): Promise<WanTraffic>;
  stop(): Promise<void>;
}
