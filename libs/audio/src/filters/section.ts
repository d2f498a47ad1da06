/** One section of a filter, at most of second order: the coefficients of H(z) with a0 = 1. */
export interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** A ratio of polynomials in s, of second order: (n2 s² + n1 s + n0) / (s² + d1 s + d0). */
export interface AnalogSection {
  readonly n2: number;
  readonly n1: number;
  readonly n0: number;
  readonly d1: number;
  readonly d0: number;
}

/** The bilinear transform, s = (1 − z⁻¹) / (1 + z⁻¹), of a section of second order. */
export const bilinear = ({ n2, n1, n0, d1, d0 }: AnalogSection): Section => {
  const a0 = 1 + d1 + d0;
  return {
    b0: (n2 + n1 + n0) / a0,
    b1: (2 * (n0 - n2)) / a0,
    b2: (n2 - n1 + n0) / a0,
    a1: (2 * (d0 - 1)) / a0,
    a2: (1 - d1 + d0) / a0,
  };
};

/** The same of (n1 s + n0) / (s + d0). */
export const bilinearFirstOrder = (n1: number, n0: number, d0: number): Section => {
  const a0 = 1 + d0;
  return { b0: (n1 + n0) / a0, b1: (n0 - n1) / a0, b2: 0, a1: (d0 - 1) / a0, a2: 0 };
};

/** Where the bilinear transform puts a frequency on the imaginary axis of s: its warping, tan(π f / fs). */
export const warped = (hz: number, sampleRate: number): number => Math.tan((Math.PI * hz) / sampleRate);

/** Phase of a section at a frequency, in radians within ±π; `w` in radians a sample. */
export const phaseOf = ({ b0, b1, b2, a1, a2 }: Section, w: number): number => {
  const [c1, s1, c2, s2] = [Math.cos(w), Math.sin(w), Math.cos(2 * w), Math.sin(2 * w)];
  const above = Math.atan2(-(b1 * s1 + b2 * s2), b0 + b1 * c1 + b2 * c2);
  const below = Math.atan2(-(a1 * s1 + a2 * s2), 1 + a1 * c1 + a2 * c2);
  return above - below;
};
