import { Resampler } from '../resampling/resampler.ts';
import { Fourier } from './fourier.ts';
import { NoiseFloor } from './noise-floor.ts';

/** How voice is told from noise. */
export interface VoiceDetectorOptions {
  /** Hz, 8000 to 192000. Default 48000. */
  sampleRate?: number;
  /** How sure it has to be, as a mean log likelihood ratio over the bands. More means fewer false alarms and more missed voice. Default 0.3. */
  threshold?: number;
  /** How long voice lasts after the last sound of it, ms. Default 200. */
  hangoverMs?: number;
}

/** Voices are told by what is below 4 kHz. */
const RATE = 8000;
const HOP_SAMPLES = 80;
const HOP_MS = 10;
const WINDOW_SAMPLES = 256;
/** Upper edges of the bands, Hz, from 150 on: as wide as the ear's (E. Zwicker, 1961). */
const EDGES_HZ = [250, 350, 450, 570, 700, 840, 1000, 1170, 1370, 1600, 1850, 2150, 2500, 2900, 3400, 3800];
const LOWEST_HZ = 150;
/** How much of the last hop's voice is expected in the next one (Y. Ephraim and D. Malah, 1984: "decision-directed"). */
const EXPECTED = 0.9;
/** Of a hop before a decision is made on the mean. */
const SMOOTHING = 0.6;
/** No hop is surer than this, so that a loud word is over as soon as a quiet one. */
const SUREST = 5;
/** Power of white noise at −90 dBov in a bin: digital silence has no likelihoods. */
const LEAST_POWER = 1e-9;
/** Hops until the window is full of sound. */
const HOPS_TO_FILL = Math.ceil(WINDOW_SAMPLES / HOP_SAMPLES);

/**
 * Tells voice from noise by the shape of its spectrum: in each of sixteen bands the power over the noise's own says how much likelier voice
 * is (J. Sohn, N. S. Kim and W. Sung, "A statistical model-based voice activity detection", 1999). Unlike a level it also works in noise
 * that is as loud as the voice, if that is steady. Other people's voices are voices to it.
 *
 * @example
 * const detector = new VoiceDetector({ sampleRate: 16000 });
 * for (const block of blocks) {
 *   detector.process(block);
 *   if (detector.active) recorder.write(block);
 * }
 */
export class VoiceDetector {
  readonly #resampler: Resampler;
  #resampled: Float32Array = new Float32Array(0);
  readonly #threshold: number;
  readonly #hangoverHops: number;
  readonly #fourier = new Fourier(WINDOW_SAMPLES);
  readonly #shape = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW_SAMPLES),
  );
  readonly #window = new Float64Array(WINDOW_SAMPLES);
  readonly #re = new Float64Array(WINDOW_SAMPLES);
  readonly #im = new Float64Array(WINDOW_SAMPLES);
  readonly #edges: readonly number[];
  #floors: NoiseFloor[] = [];
  readonly #voice = new Float64Array(EDGES_HZ.length);
  #filled = 0;
  #hops = 0;
  #likelihood = 0;
  #quietLeft = 0;

  /** @throws RangeError that says what to give instead */
  constructor({ sampleRate = 48000, threshold = 0.3, hangoverMs = 200 }: VoiceDetectorOptions = {}) {
    if (!Number.isInteger(sampleRate) || sampleRate < RATE || sampleRate > 192_000) {
      throw new RangeError(`sampleRate is ${sampleRate}; give a whole number from ${RATE} to 192000`);
    }
    if (!(threshold > 0)) throw new RangeError(`threshold is ${threshold}; give more than 0, such as 0.3`);
    if (!(hangoverMs >= 0)) throw new RangeError(`hangoverMs is ${hangoverMs}; give 0 or more`);
    this.#resampler = new Resampler({ fromHz: sampleRate, toHz: RATE, passBand: 0.85 });
    this.#threshold = threshold;
    this.#hangoverHops = Math.round(hangoverMs / HOP_MS);
    this.#edges = [LOWEST_HZ, ...EDGES_HZ].map((hz) => Math.round((hz * WINDOW_SAMPLES) / RATE));
    this.reset();
  }

  /** Whether somebody is talking, as of the last 10 ms that were whole. */
  get active(): boolean {
    return this.#quietLeft > 0;
  }

  /** Mean log likelihood ratio of voice, smoothed; what `threshold` is compared with. */
  get likelihood(): number {
    return this.#likelihood;
  }

  /** How far in the past the middle of the window is that a decision is about, ms. */
  get delayMs(): number {
    return this.#resampler.delayMs + (1000 * WINDOW_SAMPLES) / RATE / 2;
  }

  /**
   * Takes the next samples.
   * @returns whether somebody is talking, as `active` tells
   */
  process(pcm: Float32Array): boolean {
    const most = this.#resampler.maxOutput(pcm.length);
    if (this.#resampled.length < most) this.#resampled = new Float32Array(most);
    const samples = this.#resampler.processInto(pcm, this.#resampled);
    for (let i = 0; i < samples; i += 1) {
      const sample = this.#resampled[i]!;
      this.#window[WINDOW_SAMPLES - HOP_SAMPLES + this.#filled] = Number.isFinite(sample) ? sample : 0;
      this.#filled += 1;
      if (this.#filled === HOP_SAMPLES) this.#hop();
    }
    return this.active;
  }

  /** Forgets the sound so far. */
  reset(): void {
    this.#resampler.reset();
    this.#window.fill(0);
    this.#voice.fill(0);
    this.#floors = EDGES_HZ.map(() => new NoiseFloor());
    this.#filled = 0;
    this.#hops = 0;
    this.#likelihood = 0;
    this.#quietLeft = 0;
  }

  #hop(): void {
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) this.#re[i] = this.#window[i]! * this.#shape[i]!;
    this.#im.fill(0);
    this.#fourier.transform(this.#re, this.#im);
    this.#window.copyWithin(0, HOP_SAMPLES);
    this.#filled = 0;
    this.#hops += 1;
    // Half a window of sound after half a window of nothing is quieter than the quietest noise to come.
    if (this.#hops < HOPS_TO_FILL) return;
    let sum = 0;
    for (let band = 0; band < EDGES_HZ.length; band += 1) sum += this.#judge(band);
    const mean = Math.min(SUREST, sum / EDGES_HZ.length);
    this.#likelihood = SMOOTHING * this.#likelihood + (1 - SMOOTHING) * mean;
    if (this.#likelihood > this.#threshold) this.#quietLeft = this.#hangoverHops + 1;
    else if (this.#quietLeft > 0) this.#quietLeft -= 1;
  }

  /** Log likelihood ratio of one band. */
  #judge(band: number): number {
    const [from, to] = [this.#edges[band]!, this.#edges[band + 1]!];
    let power = 0;
    for (let bin = from; bin < to; bin += 1) power += this.#re[bin]! ** 2 + this.#im[bin]! ** 2;
    power = power / (to - from) / WINDOW_SAMPLES;
    const noise = Math.max(LEAST_POWER, this.#floors[band]!.update(power));
    const posterior = Math.min(1000, power / noise);
    // What voice there was a moment ago, and what is over the noise now.
    const prior = EXPECTED * (this.#voice[band]! / noise) + (1 - EXPECTED) * Math.max(0, posterior - 1);
    const gain = prior / (1 + prior);
    this.#voice[band] = gain * gain * power;
    return posterior * gain - Math.log(1 + prior);
  }
}
