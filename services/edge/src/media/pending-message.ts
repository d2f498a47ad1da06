import {
  MAX_FRAMES_PER_MESSAGE,
  MAX_MEDIA_MESSAGE_BYTES,
  MESSAGE_HEADER_BYTES,
  setMutableFlags,
} from '@partyline/protocol';

const FIRST_BYTES = 2_048;
/** Shared by all that hold nothing yet; never written to, because it grows first. */
const EMPTY = new Uint8Array(MESSAGE_HEADER_BYTES);

/** Frames that will leave together, after room for the message header; the buffer is used again and again. */
export class PendingMessage {
  bytes: Uint8Array = EMPTY;
  length = MESSAGE_HEADER_BYTES;
  frames = 0;
  /** When the oldest frame reached its first edge, and when the first one reached this edge, in ms. */
  ingressAtMs = 0;
  arrivedAtMs = 0;
  /** How much later than that the frames came that speakers here sent, all together, in ms … */
  localAfterMs = 0;
  /** … and the number of those that came by the bus, and how much later, all together. */
  busFrames = 0;
  busAfterMs = 0;
  /** When it has to leave, in ms; kept by the fan-out. */
  dueAtMs = 0;
  scheduled = false;

  /** Whether a frame of so many bytes still fits. */
  fits(frameBytes: number): boolean {
    return this.frames < MAX_FRAMES_PER_MESSAGE && this.length + frameBytes <= MAX_MEDIA_MESSAGE_BYTES;
  }

  /** Adds a copy of the frame at `start` … `end`; the caller has made sure that it fits. */
  append(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    ingressAtMs: number,
    nowMs: number,
    byBus: boolean,
  ): void {
    const at = this.length;
    const newLength = at + end - start;
    if (newLength > this.bytes.length) this.#grow(newLength);
    if (this.frames === 0) {
      this.ingressAtMs = ingressAtMs;
      this.arrivedAtMs = nowMs;
    } else if (ingressAtMs < this.ingressAtMs) {
      this.ingressAtMs = ingressAtMs;
    }
    if (byBus) {
      this.busFrames += 1;
      this.busAfterMs += nowMs - this.arrivedAtMs;
    } else {
      this.localAfterMs += nowMs - this.arrivedAtMs;
    }
    // A loop, because a view for `set` costs more than it saves at the size of a voice frame.
    const to = this.bytes;
    for (let from = start, o = at; from < end; from++, o++) to[o] = bytes[from]!;
    setMutableFlags(to, at, flags);
    this.length = newLength;
    this.frames += 1;
  }

  clear(): void {
    this.length = MESSAGE_HEADER_BYTES;
    this.frames = 0;
    this.localAfterMs = 0;
    this.busFrames = 0;
    this.busAfterMs = 0;
  }

  #grow(needed: number): void {
    let size = Math.max(this.bytes.length, FIRST_BYTES);
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }
}
