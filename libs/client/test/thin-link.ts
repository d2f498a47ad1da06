import { asksReceipt, decodeMedia, type Frame } from '@partyline/protocol';
import type { Timer, Timers } from '../src/timers.ts';
import type { MediaSocket } from '../src/uplink.ts';

/** A frame as it came out at the far end. */
export interface Arrived {
  frame: Frame;
  atMs: number;
}

/**
 * A socket whose messages go through a system's buffer and a link of some bit rate, in order, as TCP would carry them.
 * What does not fit into the system's buffer shows in `bufferedAmount`; what is in it does not.
 */
export class ThinLink implements MediaSocket {
  readonly confirmsMedia: boolean;
  mediaSequence = 0;
  lastFrame: number | undefined;
  /** One way, in ms, of the next message. */
  readonly delayMs: () => number;
  readonly arrived: Arrived[] = [];
  /** Most bytes that were here at once. */
  peakBytes = 0;
  onReceipt: (sequence: number) => void = () => {};
  readonly #timers: Timers;
  readonly #systemBytes: number;
  #bitsPerSecond: number;
  #queue: { bytes: Uint8Array | undefined; left: number }[] = [];
  #bytes = 0;
  /** Since when the first of the queue is on the link at this bit rate. */
  #sinceMs = 0;
  #leaving: Timer | undefined;
  #arrivalMs = 0;

  /** @param systemBytes what the system takes without a word */
  constructor(
    timers: Timers,
    options: { bitsPerSecond: number; delayMs: () => number; systemBytes: number; confirms?: boolean },
  ) {
    this.#timers = timers;
    this.#bitsPerSecond = options.bitsPerSecond;
    this.delayMs = options.delayMs;
    this.#systemBytes = options.systemBytes;
    this.confirmsMedia = options.confirms ?? true;
  }

  /** Of all bytes, TCP's and IP's own not counted. */
  set bitsPerSecond(bitsPerSecond: number) {
    const first = this.#queue[0];
    if (first !== undefined) first.left -= (Date.now() - this.#sinceMs) * this.#bytesPerMs;
    this.#bitsPerSecond = bitsPerSecond;
    this.#leave();
  }

  get bufferedAmount(): number {
    return Math.max(0, this.#bytes - this.#systemBytes);
  }

  sendMedia(bytes: Uint8Array<ArrayBuffer>): boolean {
    this.#push(bytes, bytes.length + 6);
    return true;
  }

  /** Something else that takes its share: acknowledgements, reports. */
  sendText(length: number): void {
    this.#push(undefined, length + 6);
  }

  get #bytesPerMs(): number {
    return this.#bitsPerSecond / 8_000;
  }

  #push(bytes: Uint8Array | undefined, size: number): void {
    this.#queue.push({ bytes, left: size });
    this.#bytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.#bytes);
    if (this.#queue.length === 1) this.#leave();
  }

  /** The first of the queue is on the link from now on. */
  #leave(): void {
    this.#leaving?.cancel();
    const first = this.#queue[0];
    if (first === undefined) return;
    this.#sinceMs = Date.now();
    this.#leaving = this.#timers.after(Math.max(0, first.left) / this.#bytesPerMs, () => {
      this.#queue.shift();
      this.#bytes = this.#queue.reduce((sum, { left }) => sum + left, 0);
      const { bytes } = first;
      if (bytes !== undefined) this.#travel(bytes);
      this.#leave();
    });
  }

  #travel(bytes: Uint8Array): void {
    // One connection keeps its order, however the delay of its packets varies.
    this.#arrivalMs = Math.max(this.#arrivalMs, Date.now() + this.delayMs());
    this.#timers.after(this.#arrivalMs - Date.now(), () => this.#arrive(bytes));
  }

  #arrive(bytes: Uint8Array): void {
    const decoded = decodeMedia(bytes);
    if (!decoded.ok) throw new Error(decoded.fault);
    for (const frame of decoded.frames) this.arrived.push({ frame, atMs: Date.now() });
    if (!this.confirmsMedia || !asksReceipt(bytes)) return;
    this.#timers.after(this.delayMs(), () => this.onReceipt(decoded.header.sequence));
  }
}
