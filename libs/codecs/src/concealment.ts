import { keepWithinFullScale } from './full-scale.ts';

/** Pitches of voices: periods of 2.5 ms (400 Hz) to 15 ms (66 Hz), as in G.711, appendix I. */
const SHORTEST_PERIOD_MS = 2.5;
const LONGEST_PERIOD_MS = 15;
/** Compared to find the period, ms. */
const COMPARED_MS = 20;
/** What is made up keeps its level for the first and is gone after the second, ms. */
const HELD_MS = 10;
const FADED_MS = 60;
/** A step between two waves fades out within this, ms. */
const STEP_MS = 2.5;
/** From what was made up into what comes again: longer the longer it was, ms. */
const SHORTEST_BLEND_MS = 4;
const LONGEST_BLEND_MS = 10;
/** Every third sample at 48 kHz is enough to find a period by. */
const SEARCH_RATE = 16000;

/**
 * Makes up what was lost of a voice out of the voice before: repeats its last pitch periods, first one, then two, then
 * three of them, fades them out within 60 ms, and blends into what comes next. After G.711 appendix I (1999), without
 * its delay of 3.75 ms: the seam lies in what is made up, as a step that fades out. For codecs that conceal nothing themselves.
 */
export class Concealment {
  readonly #rate: number;
  /** What was last played, newest last. */
  readonly #history: Float32Array;
  /** Of the history, how much is voice that was heard. */
  #heard = 0;
  /** Samples made up since the last that came. */
  #made = 0;
  /** What was played when the loss began. */
  #before = new Float32Array(0);
  #period = 1;
  /** The periods that are repeated, and which sample of them is next. */
  #template = new Float32Array(1);
  #at = 0;
  /** Of the last sample made up, before fading. */
  #last = 0;
  #step = 0;
  #stepLeft = 0;

  /** @param sampleRate Hz */
  constructor(sampleRate: number) {
    this.#rate = sampleRate;
    this.#history = new Float32Array(this.#samples(COMPARED_MS + 3 * LONGEST_PERIOD_MS));
  }

  /** What came and is to be played: its beginning is blended in place into what was made up before it. */
  received(pcm: Float32Array): void {
    if (this.#made > 0) this.#blend(pcm);
    this.#made = 0;
    this.#remember(pcm);
  }

  /** @returns as many samples in place of what was lost */
  conceal(samples: number): Float32Array {
    const pcm = new Float32Array(samples);
    // Nothing is made up out of nothing.
    if (this.#heard === 0) return pcm;
    this.#makeUp(pcm);
    this.#remember(pcm);
    return pcm;
  }

  /** Forgets the voice. */
  reset(): void {
    this.#history.fill(0);
    this.#heard = 0;
    this.#made = 0;
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#rate) / 1000);
  }

  #makeUp(pcm: Float32Array): void {
    if (this.#made === 0) this.#begin();
    const longer = [this.#samples(10), this.#samples(20)];
    for (let i = 0; i < pcm.length; i += 1) {
      // Longer and longer templates, so that a long loss does not buzz.
      const change = longer.indexOf(this.#made);
      if (change >= 0) this.#repeat(change + 2);
      this.#last = this.#template[this.#at]! + (this.#step * this.#stepLeft) / this.#samples(STEP_MS);
      if (this.#stepLeft > 0) this.#stepLeft -= 1;
      pcm[i] = this.#last * this.#level(this.#made);
      this.#at = (this.#at + 1) % this.#template.length;
      this.#made += 1;
    }
    // A step on top of a loud period may be more than there is.
    keepWithinFullScale(pcm);
  }

  #begin(): void {
    this.#before = this.#history.slice();
    this.#last = this.#before.at(-1)!;
    this.#period = this.#findPeriod();
    this.#at = 0;
    this.#repeat(1);
  }

  /** Repeats the last periods before the loss; their end is blended into what was before them, so that they can go round. */
  #repeat(periods: number): void {
    const length = this.#period * periods;
    const from = this.#before.length - length;
    const template = this.#before.slice(from);
    const seam = Math.floor(this.#period / 4);
    for (let i = 0; i < seam; i += 1) {
      const share = (i + 1) / (seam + 1);
      const at = length - seam + i;
      template[at] = template[at]! * (1 - share) + this.#before[from - seam + i]! * share;
    }
    this.#template = template;
    this.#at %= this.#period;
    const previous = template[(this.#at + length - 1) % length]!;
    this.#step = this.#last - previous;
    this.#stepLeft = this.#samples(STEP_MS);
  }

  #level(made: number): number {
    const ms = (made * 1000) / this.#rate;
    return Math.min(1, Math.max(0, (FADED_MS - ms) / (FADED_MS - HELD_MS)));
  }

  /** The lag at which the last 20 ms are most like what was before them. */
  #findPeriod(): number {
    const { length } = this.#history;
    const compared = this.#samples(COMPARED_MS);
    const step = Math.max(1, Math.floor(this.#rate / SEARCH_RATE));
    let best = { lag: this.#samples(LONGEST_PERIOD_MS), likeness: Number.NEGATIVE_INFINITY };
    const consider = (lag: number, every: number): void => {
      let product = 0;
      let energy = 1e-9;
      for (let i = length - compared; i < length; i += every) {
        const before = this.#history[i - lag]!;
        product += this.#history[i]! * before;
        energy += before * before;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness > best.likeness) best = { lag, likeness };
    };
    for (let lag = this.#samples(SHORTEST_PERIOD_MS); lag <= this.#samples(LONGEST_PERIOD_MS); lag += step) {
      consider(lag, step);
    }
    if (step === 1) return best.lag;
    const rough = best.lag;
    best = { lag: rough, likeness: Number.NEGATIVE_INFINITY };
    for (let lag = rough - step + 1; lag < rough + step; lag += 1) consider(lag, 1);
    return best.lag;
  }

  #blend(pcm: Float32Array): void {
    const madeMs = (this.#made * 1000) / this.#rate;
    const blendMs = Math.min(LONGEST_BLEND_MS, SHORTEST_BLEND_MS + 0.4 * Math.max(0, madeMs - 10));
    const samples = Math.min(pcm.length, this.#samples(blendMs));
    const goingOn = new Float32Array(samples);
    this.#makeUp(goingOn);
    for (let i = 0; i < samples; i += 1) {
      const share = (i + 1) / (samples + 1);
      pcm[i] = pcm[i]! * share + goingOn[i]! * (1 - share);
    }
  }

  #remember(pcm: Float32Array): void {
    const { length } = this.#history;
    this.#heard = Math.min(length, this.#heard + pcm.length);
    if (pcm.length >= length) this.#history.set(pcm.subarray(pcm.length - length));
    else {
      this.#history.copyWithin(0, pcm.length);
      this.#history.set(pcm, length - pcm.length);
    }
  }
}
