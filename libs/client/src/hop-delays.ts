/** Of one speaker's frames, how long each part of their way took: smoothed over some frames, in ms. */
export interface HopDelaysMs {
  /** First sample captured to the first edge. */
  uplinkMs: number;
  /** From there to the sending by this listener's edge: in edges and between them. */
  edgeMs: number;
  /** From that to here. */
  downlinkMs: number;
}

/** As much weight as RFC 3550 gives a new value in its jitter. */
const WEIGHT = 1 / 16;

/** Follows the parts of a stream's way by the stamps of the messages that brought it. */
export class HopDelays {
  #last: HopDelaysMs | undefined;

  /** Undefined before the first frame. The three add up to the age of a frame when it arrives. */
  get last(): HopDelaysMs | undefined {
    return this.#last;
  }

  /**
   * @param ageMs since capture
   * @param sinceIngressMs since the oldest frame of the message reached its first edge: with several frames in a message
   * the others waited less there and were longer on their way up, by at most what edges let frames wait (20 ms)
   * @param sinceSentMs since the edge sent the message
   */
  note(ageMs: number, sinceIngressMs: number, sinceSentMs: number): void {
    const last = this.#last;
    const uplinkMs = ageMs - sinceIngressMs;
    const edgeMs = sinceIngressMs - sinceSentMs;
    if (last === undefined) {
      this.#last = { uplinkMs, edgeMs, downlinkMs: sinceSentMs };
      return;
    }
    last.uplinkMs += (uplinkMs - last.uplinkMs) * WEIGHT;
    last.edgeMs += (edgeMs - last.edgeMs) * WEIGHT;
    last.downlinkMs += (sinceSentMs - last.downlinkMs) * WEIGHT;
  }
}
