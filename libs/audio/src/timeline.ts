/** A frame and its place in play-out. Positions count samples since the buffer was made. */
export interface Segment {
  readonly pcm: Float32Array;
  readonly sequence: number;
  readonly captureTimeMs: number;
  readonly position: number;
  /** Whether a gap before it is a pause, not a fault. */
  readonly spurtStart: boolean;
  readonly spurtEnd: boolean;
  started: boolean;
}

/** Position of the first sample after a segment. */
export function endOf(segment: Segment): number {
  return segment.position + segment.pcm.length;
}

/** Segments in order of position, none overlapping. */
export class Timeline {
  #segments: Segment[] = [];

  get length(): number {
    return this.#segments.length;
  }

  /** The earliest segment. */
  get first(): Segment | undefined {
    return this.#segments[0];
  }

  append(segment: Segment): void {
    this.#segments.push(segment);
  }

  removeFirst(): void {
    this.#segments.shift();
  }

  clear(): void {
    this.#segments = [];
  }

  /**
   * Puts a frame that came out of order into the gap it left.
   * @returns whether there is such a gap
   */
  insert(segment: Segment): boolean {
    let index = this.#segments.length;
    while (index > 0 && this.#segments[index - 1]!.sequence > segment.sequence) index -= 1;
    const before = this.#segments[index - 1];
    const after = this.#segments[index];
    if (before !== undefined && endOf(before) > segment.position) return false;
    if (after !== undefined && after.position < endOf(segment)) return false;
    this.#segments.splice(index, 0, segment);
    return true;
  }

  has(sequence: number): boolean {
    return this.#segments.some((segment) => segment.sequence === sequence);
  }

  /** Where a frame of an earlier sequence belongs, by its neighbours. */
  positionOf(sequence: number, samples: number): number | undefined {
    for (const segment of this.#segments) {
      if (segment.sequence > sequence) return segment.position - (segment.sequence - sequence) * samples;
    }
    return undefined;
  }

  /** Copies sound without a gap from `position` into `out`. @returns how many samples there were */
  copy(position: number, out: Float32Array): number {
    let copied = 0;
    for (const segment of this.#segments) {
      const offset = position + copied - segment.position;
      if (offset < 0 || copied === out.length) break;
      if (offset >= segment.pcm.length) continue;
      const count = Math.min(segment.pcm.length - offset, out.length - copied);
      out.set(segment.pcm.subarray(offset, offset + count), copied);
      copied += count;
    }
    return copied;
  }
}
