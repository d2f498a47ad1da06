/** What is let through beyond the stop band's edge, dB: aliases and images stay below what 20 bits can hold. */
const STOP_DB = 130;
/** Kaiser's shape for it: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974. */
const BETA = 0.1102 * (STOP_DB - 8.7);
/**
 * With this many phases for a period of the highest frequency that passes, neighbours are so alike that what lies between two is found by
 * a straight line (error below −140 dB). So memory is bounded for ratios such as 47997 to 48000.
 */
const ENOUGH_PHASES = 4096;
/** Kernels kept for the next resampler; a gateway makes one for each caller. */
const MAX_KEPT = 8;

/** A low pass cut into phases: the weights of `taps` input samples for an output sample that lies between two of them. */
export interface Kernel {
  /** `phases` + 1 rows of `taps` weights; the last row is the first one, a sample later. */
  readonly weights: Float32Array;
  readonly taps: number;
  readonly phases: number;
}

const kept = new Map<string, Kernel>();

/**
 * The kernel for a ratio. The stop band begins at half the lower rate, so that nothing at all aliases; the pass band ends at `passBand`
 * of it. How many samples the window takes is Kaiser's formula for the space between.
 * @param up output samples for each `down` input samples, without a common divisor
 */
export const kernelFor = (up: number, down: number, passBand: number): Kernel => {
  const key = `${up}/${down}/${passBand}`;
  const found = kept.get(key) ?? makeKernel(up, down, passBand);
  // Put last again: the one that goes first is the one that was not asked for longest.
  kept.delete(key);
  kept.set(key, found);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
  return found;
};

const makeKernel = (up: number, down: number, passBand: number): Kernel => {
  // In half the input's rate: 1 when the rate goes up, the output's part of it when it goes down.
  const nyquist = Math.min(1, up / down);
  const transition = nyquist * (1 - passBand);
  const cutoff = nyquist * (1 + passBand) * 0.5;
  const half = Math.ceil((STOP_DB - 7.95) / (2.285 * Math.PI * transition) / 2) + 1;
  const taps = 2 * half;
  const phases = Math.min(up, Math.ceil(ENOUGH_PHASES * nyquist));
  const weights = new Float32Array((phases + 1) * taps);
  const end = 1 / besselI0(BETA);
  for (let phase = 0; phase <= phases; phase += 1) {
    const row = new Float64Array(taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const at = tap - half + 1 - phase / phases;
      const place = at / half;
      const window = Math.abs(place) < 1 ? besselI0(BETA * Math.sqrt(1 - place * place)) * end : 0;
      const x = Math.PI * cutoff * at;
      row[tap] = window * cutoff * (x === 0 ? 1 : Math.sin(x) / x);
      sum += row[tap]!;
    }
    // A constant stays exactly what it was in every phase.
    for (let tap = 0; tap < taps; tap += 1) weights[phase * taps + tap] = row[tap]! / sum;
  }
  return { weights, taps, phases };
};

/** The modified Bessel function of the first kind, of order zero, by its power series. */
const besselI0 = (x: number): number => {
  let term = 1;
  let sum = 1;
  const square = (x * x) / 4;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= square / (k * k);
    sum += term;
  }
  return sum;
};
