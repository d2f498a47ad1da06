import { SILENCE_DBOV } from '../level.ts';
import { MAX_CN_ORDER, readComfortNoise } from './comfort-noise.ts';
import { LatticeSynthesis } from './linear-prediction.ts';

/** Time in which the sound comes 63 % nearer to a new description, so that a change is no step. */
const CHANGE_MS = 60;
/** The filter moves in steps of this, ms. */
const STEP_MS = 5;
const SQRT_3 = Math.sqrt(3);

/**
 * Makes noise after a description (RFC 3389): as loud as the noise at the other end and of the same colour, so that a line without
 * packets does not sound dead. White noise goes through the lattice of the all-pole model, scaled so that the output's power is the level's.
 *
 * @example
 * const comfort = new ComfortNoiseGenerator({ sampleRate: 8000 });
 * if (comfort.update(packet.payload)) comfort.generate(block);
 */
export class ComfortNoiseGenerator {
  readonly #lattice = new LatticeSynthesis(MAX_CN_ORDER);
  /** As many as any payload had: shorter ones are taken for zeros at the end. */
  #reflections = new Float64Array(0);
  readonly #wanted = new Float64Array(MAX_CN_ORDER);
  readonly #stepSamples: number;
  readonly #share: number;
  readonly #seed: number;
  #level = 0;
  #wantedLevel = 0;
  #gain = 0;
  #untilStep = 0;
  #state: number;
  #described = false;

  /** @param options `sampleRate`: Hz, default 48000; `seed`: other noise for another one */
  constructor({ sampleRate = 48000, seed = 1 }: { sampleRate?: number; seed?: number } = {}) {
    if (!(sampleRate >= 8000)) throw new RangeError(`sampleRate is ${sampleRate}; give 8000 or more`);
    this.#stepSamples = Math.round((sampleRate * STEP_MS) / 1000);
    this.#share = 1 - Math.exp(-STEP_MS / CHANGE_MS);
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /**
   * Takes a payload; the sound changes to what it says within some tenths of a second, the first one at once.
   * @returns false for an empty payload, which changes nothing
   */
  update(payload: Uint8Array): boolean {
    const noise = readComfortNoise(payload);
    if (noise === undefined) return false;
    this.#wanted.fill(0);
    this.#wanted.set(noise.reflections);
    if (noise.reflections.length > this.#reflections.length) this.#extend(noise.reflections.length);
    this.#wantedLevel = noise.levelDbov === SILENCE_DBOV ? 0 : 10 ** (-noise.levelDbov / 20);
    if (!this.#described) {
      this.#reflections.set(this.#wanted.subarray(0, this.#reflections.length));
      this.#level = this.#wantedLevel;
      this.#untilStep = 0;
      this.#described = true;
    }
    return true;
  }

  /**
   * Fills `out`: silence until something was described, and never beyond ±1.
   * @returns `out`
   */
  generate(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i += 1) {
      if (this.#untilStep === 0) this.#step();
      this.#untilStep -= 1;
      const sample = this.#lattice.next(this.#gain * this.#random(), this.#reflections);
      out[i] = Math.max(-1, Math.min(1, sample));
    }
    return out;
  }

  /** As new. */
  reset(): void {
    this.#lattice.reset();
    this.#described = false;
    this.#level = 0;
    this.#wantedLevel = 0;
    this.#reflections = new Float64Array(0);
    this.#wanted.fill(0);
    this.#untilStep = 0;
    this.#state = this.#seed;
  }

  #step(): void {
    this.#untilStep = this.#stepSamples;
    this.#level += this.#share * (this.#wantedLevel - this.#level);
    let power = 1;
    for (let m = 0; m < this.#reflections.length; m += 1) {
      const k = this.#reflections[m]! + this.#share * (this.#wanted[m]! - this.#reflections[m]!);
      this.#reflections[m] = k;
      power *= 1 - k * k;
    }
    // White noise of power 1 leaves the filter with 1 / Π(1 − k²).
    this.#gain = this.#level * Math.sqrt(power);
  }

  #extend(order: number): void {
    const longer = new Float64Array(order);
    longer.set(this.#reflections);
    this.#reflections = longer;
  }

  /** White noise of power 1, nearly Gaussian: the sum of four uniform numbers (Irwin and Hall), each of variance 1/12. */
  #random(): number {
    let sum = -2;
    for (let i = 0; i < 4; i += 1) {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      sum += this.#state / 4294967296;
    }
    return sum * SQRT_3;
  }
}
