import { crossFade, findRepetition, MAX_LAG_SAMPLES, MIN_LAG_SAMPLES, SPLICE_SAMPLES } from './splice.ts';

/** Excess above which sound is shortened, until it is less than enough; and shortage above which it is lengthened, ms. */
const TOO_MUCH_MS = 10;
const ENOUGH_MS = 4;
const TOO_LITTLE_MS = 2;
/** How far lengthening may go beyond the target, ms. */
const LENGTHEN_BEYOND_MS = 7;
/** Excess above which words are shortened too, until it is gone; what is less goes between them, where nobody hears it. */
const SHORTEN_WORDS_ABOVE_MS = 80;
/** Mean square below which sound lies between words: −45 dBFS. */
const QUIET_POWER = 10 ** -4.5;
/** Excess above which it is shortened faster. */
const FAR_TOO_MUCH_MS = 200;
/** Share of time taken away or added: normally, and far above the target. */
const NORMAL_RATE = 0.1;
const FAST_RATE = 0.3;
/** Time between two tries when the sound did not repeat itself well enough, ms. */
const RETRY_MS = 5;
/** Likeness asked for at first, and by how much less is asked for at every further try. */
const FIRST_LIKENESS = 0.75;
const LESS_LIKENESS = 0.02;

/** What a splice did: the samples to play, how far the timeline moved on, and the time won (negative: added). */
export interface Splice {
  readonly output: Float32Array;
  readonly advancedSamples: number;
  readonly savedSamples: number;
}

/**
 * Makes sound shorter or longer without changing its pitch, by leaving out or repeating a pitch period with a
 * cross-fade where it fits best (WSOLA).
 */
export class TimeStretch {
  readonly #samplesPerMs: number;
  readonly #work = new Float32Array(MAX_LAG_SAMPLES + SPLICE_SAMPLES);
  readonly #output = new Float32Array(MAX_LAG_SAMPLES + SPLICE_SAMPLES);
  /** Samples to be played before the next try. */
  #pause = 0;
  #tries = 0;
  #shortening = false;
  #shorteningWords = false;

  constructor(sampleRate: number) {
    this.#samplesPerMs = sampleRate / 1000;
  }

  /** Tells that `samples` were played untouched. */
  played(samples: number): void {
    this.#pause = Math.max(0, this.#pause - samples);
  }

  /**
   * Splices if it is needed, due, and fits.
   * @param excessMs delay above the wanted one; negative if below
   * @param copy copies the sound next to be played into an array and says how much there was
   */
  splice(excessMs: number, copy: (out: Float32Array) => number): Splice | undefined {
    const shorten = excessMs > (this.#shortening ? ENOUGH_MS : TOO_MUCH_MS);
    this.#shortening = shorten;
    this.#shorteningWords = shorten && (this.#shorteningWords || excessMs > SHORTEN_WORDS_ABOVE_MS);
    if (!shorten && excessMs > -TOO_LITTLE_MS) {
      this.#tries = 0;
      return undefined;
    }
    if (this.#pause > 0) return undefined;
    const available = copy(this.#work) - SPLICE_SAMPLES;
    const wantedMs = shorten ? excessMs : LENGTHEN_BEYOND_MS - excessMs;
    const wantedLag = Math.floor(wantedMs * this.#samplesPerMs);
    const maxLag = Math.min(MAX_LAG_SAMPLES, available, wantedLag);
    if (maxLag < MIN_LAG_SAMPLES) return undefined;
    if (shorten && !this.#shorteningWords && powerOf(this.#work, maxLag + SPLICE_SAMPLES) > QUIET_POWER) {
      this.#pause = RETRY_MS * this.#samplesPerMs;
      return undefined;
    }
    const fast = excessMs > FAR_TOO_MUCH_MS;
    const { lag, likeness } = findRepetition(this.#work, 0, MIN_LAG_SAMPLES, maxLag);
    if (likeness < FIRST_LIKENESS - this.#tries * LESS_LIKENESS * (fast ? 5 : 1)) {
      this.#tries += 1;
      this.#pause = RETRY_MS * this.#samplesPerMs;
      return undefined;
    }
    this.#tries = 0;
    // The cross-fade is play-out time too; counting it as well would make the rates lower than they say.
    this.#pause = lag / (fast ? FAST_RATE : NORMAL_RATE) - SPLICE_SAMPLES;
    return shorten ? this.#shorten(lag) : this.#lengthen(lag);
  }

  #shorten(lag: number): Splice {
    crossFade(this.#work, 0, lag, this.#output, 0);
    return {
      output: this.#output.subarray(0, SPLICE_SAMPLES),
      advancedSamples: lag + SPLICE_SAMPLES,
      savedSamples: lag,
    };
  }

  #lengthen(lag: number): Splice {
    this.#output.set(this.#work.subarray(0, lag));
    crossFade(this.#work, lag, 0, this.#output, lag);
    return {
      output: this.#output.subarray(0, lag + SPLICE_SAMPLES),
      advancedSamples: SPLICE_SAMPLES,
      savedSamples: -lag,
    };
  }
}

/** Mean square of the first samples. */
function powerOf(pcm: Float32Array, samples: number): number {
  let energy = 0;
  for (let i = 0; i < samples; i += 1) energy += pcm[i]! * pcm[i]!;
  return energy / samples;
}
