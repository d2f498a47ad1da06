import { type AnalogSection, bilinear, bilinearFirstOrder, type Section } from './section.ts';

/**
 * Butterworth filters as sections of second order: maximally flat, −3.01 dB at their edges (S. Butterworth, "On the theory of filter
 * amplifiers", 1930; S. J. Orfanidis, "Introduction to Signal Processing", chapter 11). A section of a low or high pass is the one of
 * R. Bristow-Johnson's cookbook with the Q of its pair of poles. Frequencies come warped, as tan(π f / fs).
 */
export interface Butterworth {
  readonly sections: readonly Section[];
  /** |H|² at a warped frequency: the closed formula, which knows nothing of the sections. */
  readonly power: (w: number) => number;
}

/** Poles of the prototype, edge at 1, above the real axis; their conjugates belong to them. */
const prototypePoles = (order: number): { re: number; im: number }[] =>
  Array.from({ length: Math.floor(order / 2) }, (_, k) => {
    const angle = (Math.PI * (2 * k + 1)) / (2 * order);
    return { re: -Math.sin(angle), im: Math.cos(angle) };
  });

const isOdd = (order: number): boolean => order % 2 === 1;

export const butterworthLowPass = (order: number, edge: number): Butterworth => {
  const sections = prototypePoles(order).map(({ re }) =>
    bilinear({ n2: 0, n1: 0, n0: edge * edge, d1: -2 * re * edge, d0: edge * edge }),
  );
  if (isOdd(order)) sections.push(bilinearFirstOrder(0, edge, edge));
  return { sections, power: (w) => 1 / (1 + (w / edge) ** (2 * order)) };
};

export const butterworthHighPass = (order: number, edge: number): Butterworth => {
  const sections = prototypePoles(order).map(({ re }) =>
    bilinear({ n2: 1, n1: 0, n0: 0, d1: -2 * re * edge, d0: edge * edge }),
  );
  if (isOdd(order)) sections.push(bilinearFirstOrder(1, 0, edge));
  return { sections, power: (w) => (w === 0 ? 0 : 1 / (1 + (edge / w) ** (2 * order))) };
};

/**
 * Denominators after s → (s² + c²) / (width s): each pole p of the prototype becomes the two roots of s² − p width s + c² = 0. The
 * transform of a band stop, the reciprocal, leads to the same ones, for the prototype's poles lie on the unit circle.
 */
const bandDenominators = (order: number, centre: number, width: number): { d1: number; d0: number }[] => {
  const found: { d1: number; d0: number }[] = [];
  for (const pole of prototypePoles(order)) {
    const [re, im] = [(pole.re * width) / 2, (pole.im * width) / 2];
    // The square root of (p width / 2)² − c².
    const [squareRe, squareIm] = [re * re - im * im - centre * centre, 2 * re * im];
    const size = Math.hypot(squareRe, squareIm);
    const rootRe = Math.sqrt(Math.max(0, (size + squareRe) / 2));
    const rootIm = Math.sqrt(Math.max(0, (size - squareRe) / 2)) * (squareIm < 0 ? -1 : 1);
    for (const sign of [1, -1]) {
      const x = re + sign * rootRe;
      const y = im + sign * rootIm;
      found.push({ d1: -2 * x, d0: x * x + y * y });
    }
  }
  if (isOdd(order)) found.push({ d1: width, d0: centre * centre });
  return found;
};

/** @param order of each edge; the filter has twice as many poles */
export const butterworthBandPass = (order: number, low: number, high: number): Butterworth => {
  const centre = Math.sqrt(low * high);
  const width = high - low;
  const sections = bandDenominators(order, centre, width).map(({ d1, d0 }) => {
    // Each section has a gain of 1 in the centre, so that none of them overflows what is between.
    const gain = Math.hypot(d0 - centre * centre, d1 * centre) / centre;
    return bilinear({ n2: 0, n1: gain, n0: 0, d1, d0 });
  });
  return { sections, power: (w) => 1 / (1 + ((w * w - centre * centre) / (width * w)) ** (2 * order)) };
};

/** @param order of each edge; order 1 is the notch of the cookbook */
export const butterworthBandStop = (order: number, centre: number, width: number): Butterworth => {
  const numerator: Pick<AnalogSection, 'n2' | 'n1' | 'n0'> = { n2: 1, n1: 0, n0: centre * centre };
  const sections = bandDenominators(order, centre, width).map((denominator) =>
    bilinear({ ...numerator, ...denominator }),
  );
  return { sections, power: (w) => 1 / (1 + ((width * w) / (w * w - centre * centre)) ** (2 * order)) };
};
