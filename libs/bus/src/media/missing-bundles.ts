const WINDOW = 64;
const MASK = WINDOW - 1;

/** Where losses are counted. */
export interface Losses {
  lostBundles: number;
  lostFrames: number;
}

/**
 * The bundles of one numbering that have not come, among the last 64: they may still come by the other of two
 * channels. What leaves the window, or stays away for long, is lost. The frames of a gap are known as a sum only,
 * so they are counted with the last of its bundles.
 */
export class MissingBundles {
  #count = 0;
  readonly #losses: Losses;
  readonly #sequences = new Uint32Array(WINDOW);
  readonly #since = new Float64Array(WINDOW);
  /** The slot of the last bundle of its gap, which names the gap; −1 where nothing is missing. */
  readonly #gaps = new Int8Array(WINDOW).fill(-1);
  /** By gap: how many are still missing, and how many frames these hold. */
  readonly #left = new Uint8Array(WINDOW);
  readonly #frames = new Float64Array(WINDOW);

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** `count` bundles from `first` on, with so many frames in all, have been passed over. */
  add(first: number, count: number, frames: number, nowMs: number): void {
    const beyond = Math.max(0, count - WINDOW);
    this.#losses.lostBundles += beyond;
    for (let i = beyond; i < count; i += 1) this.pass(first + i);
    const gap = (first + count - 1) & MASK;
    this.#left[gap] = count - beyond;
    this.#frames[gap] = frames;
    for (let i = beyond; i < count; i += 1) {
      const slot = (first + i) & MASK;
      this.#sequences[slot] = first + i;
      this.#since[slot] = nowMs;
      this.#gaps[slot] = gap;
    }
    this.#count += count - beyond;
  }

  /** Moves the window on to this sequence. */
  pass(sequence: number): void {
    const slot = sequence & MASK;
    if (this.#gaps[slot] !== -1) this.#lose(slot);
  }

  /** Takes a bundle that came after all; false if it was not missing (any more). */
  fill(sequence: number, frames: number): boolean {
    const slot = sequence & MASK;
    const gap = this.#gaps[slot]!;
    if (gap === -1 || this.#sequences[slot] !== sequence) return false;
    this.#frames[gap]! -= frames;
    this.#remove(slot);
    return true;
  }

  /** Takes for lost what has been missing since then or longer. */
  settle(sinceMs: number): void {
    if (this.#count === 0) return;
    for (let slot = 0; slot < WINDOW; slot += 1) {
      if (this.#gaps[slot] !== -1 && this.#since[slot]! <= sinceMs) this.#lose(slot);
    }
  }

  #lose(slot: number): void {
    this.#losses.lostBundles += 1;
    this.#remove(slot);
  }

  #remove(slot: number): void {
    const gap = this.#gaps[slot]!;
    this.#gaps[slot] = -1;
    this.#count -= 1;
    this.#left[gap]! -= 1;
    if (this.#left[gap] === 0) this.#losses.lostFrames += this.#frames[gap]!;
  }
}
