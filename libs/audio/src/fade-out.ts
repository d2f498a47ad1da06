import { findRepetition, MAX_LAG_SAMPLES, MIN_LAG_SAMPLES, SPLICE_SAMPLES } from './splice.ts';

const HISTORY_SAMPLES = MAX_LAG_SAMPLES + SPLICE_SAMPLES;
/** Samples within which a jump between the last real sample and the first made-up one is evened out. */
const EVEN_OUT_SAMPLES = 96;

/**
 * Continues a sound that broke off: repeats its last pitch period while fading to silence, so that a gap
 * begins without a click.
 */
export class FadeOut {
  readonly #history = new Float32Array(HISTORY_SAMPLES);
  readonly #reversed = new Float32Array(HISTORY_SAMPLES);
  readonly #period = new Float32Array(MAX_LAG_SAMPLES);
  #lag = MIN_LAG_SAMPLES;
  #length = 0;
  #played = 0;
  #jump = 0;
  /** Greatest magnitude of what is repeated. */
  #peak = 0;

  /** Whether only silence is left. */
  get finished(): boolean {
    return this.#played >= this.#length;
  }

  /** Takes note of `count` samples that were played, from `pcm` at `at`. */
  remember(pcm: Float32Array, at: number, count: number): void {
    const kept = Math.min(count, HISTORY_SAMPLES);
    this.#history.copyWithin(0, kept);
    this.#history.set(pcm.subarray(at + count - kept, at + count), HISTORY_SAMPLES - kept);
  }

  /** Begins to fade what was played last, over `lengthSamples`. */
  start(lengthSamples: number): void {
    // Reversed, the newest samples stand still in the search and the older ones slide past them.
    this.#reversed.set(this.#history);
    this.#reversed.reverse();
    const { lag } = findRepetition(this.#reversed, 0, MIN_LAG_SAMPLES, MAX_LAG_SAMPLES);
    this.#lag = lag;
    this.#period.set(this.#history.subarray(HISTORY_SAMPLES - lag));
    this.#length = lengthSamples;
    this.#played = 0;
    const last = this.#history[HISTORY_SAMPLES - 1]!;
    this.#jump = last - this.#history[HISTORY_SAMPLES - 1 - lag]!;
    this.#peak = Math.abs(last);
    for (let i = 0; i < lag; i += 1) this.#peak = Math.max(this.#peak, Math.abs(this.#period[i]!));
  }

  /** The next sample of the fading sound; 0 once it is over. */
  next(): number {
    const played = this.#played;
    if (played >= this.#length) return 0;
    this.#played += 1;
    const repeated = this.#period[played % this.#lag]!;
    const jump = played < EVEN_OUT_SAMPLES ? this.#jump * (1 - played / EVEN_OUT_SAMPLES) : 0;
    // Where a sound has just begun, what is repeated and the jump may add up to more than there ever was.
    const sample = Math.max(-this.#peak, Math.min(this.#peak, repeated + jump));
    return sample * (1 - played / this.#length);
  }
}
