/** 20 ms at 8 kHz: long enough for a Hann window to hold the two groups apart by 50 dB, short enough to lie within a tone of 40 ms. */
export const WINDOW_SAMPLES = 160;

/** The strongest tone of a group. */
export interface Tone {
  /** Which of the group's frequencies. */
  readonly index: number;
  /** 1 for a full-scale sine. */
  readonly amplitude: number;
  /** How far its frequency is from the group's, as a part of that. */
  readonly offset: number;
}

/** What a window holds. */
export interface TonePair {
  readonly low: Tone;
  readonly high: Tone;
  /** The part of the window's power that these two have, 0 to 1. */
  readonly share: number;
}

/** One frequency that is looked for, with where its phase stood one hop ago. */
interface Probe {
  readonly hz: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  readonly phasePerHop: number;
  phase: number;
  amplitude: number;
  offset: number;
}

/** Measures the strongest tone of a low and of a high group in windows that overlap. */
export class ToneMeter {
  readonly #window = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW_SAMPLES),
  );
  readonly #windowSum = this.#window.reduce((sum, weight) => sum + weight, 0);
  readonly #windowPower = this.#window.reduce((sum, weight) => sum + weight * weight, 0);
  readonly #low: readonly Probe[];
  readonly #high: readonly Probe[];
  readonly #seconds: number;
  readonly #hopSeconds: number;

  /** @param hopSamples from the beginning of one window to that of the next */
  constructor(sampleRate: number, lowHz: readonly number[], highHz: readonly number[], hopSamples: number) {
    this.#seconds = WINDOW_SAMPLES / sampleRate;
    this.#hopSeconds = hopSamples / sampleRate;
    const probe = (hz: number): Probe => {
      const step = (2 * Math.PI * hz) / sampleRate;
      return {
        hz,
        cosines: this.#window.map((weight, i) => weight * Math.cos(step * i)),
        sines: this.#window.map((weight, i) => weight * Math.sin(step * i)),
        phasePerHop: step * hopSamples,
        phase: 0,
        amplitude: 0,
        offset: 0,
      };
    };
    this.#low = lowHz.map(probe);
    this.#high = highHz.map(probe);
  }

  measure(samples: Float32Array): TonePair {
    let power = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) power += (samples[i]! * this.#window[i]!) ** 2;
    for (const probe of this.#low) this.#update(probe, samples);
    for (const probe of this.#high) this.#update(probe, samples);
    const low = strongest(this.#low);
    const high = strongest(this.#high);
    const tones = ((low.amplitude ** 2 + high.amplitude ** 2) / 2) * this.#windowPower;
    return { low, high, share: power > 0 ? tones / power : 0 };
  }

  reset(): void {
    for (const probe of [...this.#low, ...this.#high]) probe.phase = 0;
  }

  #update(probe: Probe, samples: Float32Array): void {
    let re = 0;
    let im = 0;
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
      re += samples[i]! * probe.cosines[i]!;
      im -= samples[i]! * probe.sines[i]!;
    }
    const phase = Math.atan2(im, re);
    const turn = wrapped(phase - probe.phase - probe.phasePerHop);
    probe.phase = phase;
    const offHz = turn / (2 * Math.PI * this.#hopSeconds);
    probe.offset = offHz / probe.hz;
    // A window sees a tone beside its frequency weaker than it is; far beside, the tone is another one.
    probe.amplitude = (2 * Math.hypot(re, im)) / this.#windowSum / hannResponse(offHz * this.#seconds);
  }
}

/** To ±π. */
const wrapped = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));

/** How much of a tone a Hann window shows at a distance of so many bins; not less than half, which is 1 bin away. */
const hannResponse = (bins: number): number => {
  const x = Math.min(1, Math.abs(bins));
  if (x < 1e-6) return 1;
  if (x === 1) return 0.5;
  return Math.sin(Math.PI * x) / (Math.PI * x * (1 - x * x));
};

const strongest = (probes: readonly Probe[]): Tone => {
  let best = 0;
  for (let i = 1; i < probes.length; i += 1) if (probes[i]!.amplitude > probes[best]!.amplitude) best = i;
  const { amplitude, offset } = probes[best]!;
  return { index: best, amplitude, offset };
};
