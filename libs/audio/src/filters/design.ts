import {
  butterworthBandPass,
  butterworthBandStop,
  butterworthHighPass,
  butterworthLowPass,
} from './butterworth.ts';
import { Filter } from './filter.ts';
import { warped } from './section.ts';

/** Steeper ones ring for longer than a syllable. */
const MAX_ORDER = 16;
const DEFAULT_ORDER = 4;
const DB_PER_ORDER = 6;
/** What a telephone carries (ITU-T G.712), Hz. */
const TELEPHONE_HZ = { lowHz: 300, highHz: 3400 } as const;

/** How steep an edge is: one of the two; order 4, 24 dB an octave, unless given. */
export interface Steepness {
  /** 1 to 16. */
  order?: number;
  /** A multiple of 6, 6 to 96. */
  dbPerOctave?: number;
}

/** Settings of {@link lowPass} and {@link highPass}. */
export interface EdgeOptions extends Steepness {
  /** Where the gain is −3 dB. */
  hz: number;
  /** Instead of a steepness: the least order with which the gain at `hz` is −`db` or less. */
  stop?: { hz: number; db: number };
  /** Of the sound, Hz. Default 48000. */
  sampleRate?: number;
}

/** Settings of {@link bandPass}. */
export interface BandOptions extends Steepness {
  /** Where the gain is −3 dB. */
  lowHz: number;
  /** Likewise. */
  highHz: number;
  /** Of the sound, Hz. Default 48000. */
  sampleRate?: number;
}

/** Settings of {@link notch}. */
export interface NotchOptions extends Steepness {
  /** What is taken out. */
  hz: number;
  /** Between the two places where the gain is −3 dB. */
  widthHz: number;
  /** Of the sound, Hz. Default 48000. */
  sampleRate?: number;
}

/** Lets pass what is below a frequency. @throws RangeError that says what to give instead */
export const lowPass = (options: EdgeOptions): Filter => {
  const { rate, edge } = edgeOf(options);
  const order = orderOfEdge(options, rate, (stop) => stop / edge, 'above');
  return new Filter(butterworthLowPass(order, edge), rate);
};

/** Lets pass what is above a frequency. @throws RangeError that says what to give instead */
export const highPass = (options: EdgeOptions): Filter => {
  const { rate, edge } = edgeOf(options);
  const order = orderOfEdge(options, rate, (stop) => edge / stop, 'below');
  return new Filter(butterworthHighPass(order, edge), rate);
};

/** Lets pass what is between two frequencies; the steepness is that of each edge. @throws RangeError likewise */
export const bandPass = ({ lowHz, highHz, sampleRate = 48000, ...steepness }: BandOptions): Filter => {
  const rate = checkedRate(sampleRate);
  const low = warpedEdge('lowHz', lowHz, rate);
  const high = warpedEdge('highHz', highHz, rate);
  if (lowHz >= highHz)
    throw new RangeError(`the band from ${lowHz} to ${highHz} Hz is empty; exchange the two`);
  return new Filter(butterworthBandPass(orderOf(steepness), low, high), rate);
};

/**
 * Takes out one frequency, such as the hum of mains. The place and width are exact at any rate: S. J. Orfanidis,
 * "Introduction to Signal Processing", section 11.3. @throws RangeError likewise
 */
export const notch = ({ hz, widthHz, sampleRate = 48000, ...steepness }: NotchOptions): Filter => {
  const rate = checkedRate(sampleRate);
  const centre = warpedEdge('hz', hz, rate);
  if (!(widthHz > 0 && widthHz < rate / 2)) {
    throw new RangeError(
      `widthHz is ${widthHz}; give more than 0 and less than ${rate / 2}, such as ${hz / 10}`,
    );
  }
  const width = warped(widthHz, rate) * (1 + centre * centre);
  const order = orderOf({ order: 1, ...steepness });
  return new Filter(butterworthBandStop(order, centre, width), rate);
};

/**
 * What a telephone lets through, 300 to 3400 Hz; 36 dB an octave unless given.
 * @throws RangeError for a sample rate of 6800 Hz or less
 */
export const telephoneBand = (options: Steepness & { sampleRate?: number } = {}): Filter => {
  const steepness = options.dbPerOctave === undefined ? { order: 6 } : {};
  return bandPass({ ...TELEPHONE_HZ, ...steepness, ...options });
};

const checkedRate = (sampleRate: number): number => {
  if (sampleRate > 0 && Number.isFinite(sampleRate)) return sampleRate;
  throw new RangeError(`sampleRate is ${sampleRate}; give the sound's own, such as 48000`);
};

const warpedEdge = (name: string, hz: number, rate: number): number => {
  if (hz > 0 && hz < rate / 2) return warped(hz, rate);
  const why =
    hz >= rate / 2 ? `, for sound of ${rate} Hz has nothing above: lower it, or resample first` : '';
  throw new RangeError(`${name} is ${hz}; give more than 0 and less than ${rate / 2} Hz${why}`);
};

const edgeOf = ({ hz, sampleRate = 48000 }: EdgeOptions): { rate: number; edge: number } => {
  const rate = checkedRate(sampleRate);
  return { rate, edge: warpedEdge('hz', hz, rate) };
};

const orderOf = ({ order, dbPerOctave }: Steepness): number => {
  if (order !== undefined && dbPerOctave !== undefined) {
    throw new RangeError('order and dbPerOctave both say how steep the filter is; give one of them');
  }
  const wanted = dbPerOctave === undefined ? (order ?? DEFAULT_ORDER) : dbPerOctave / DB_PER_ORDER;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= MAX_ORDER) return wanted;
  throw new RangeError(
    dbPerOctave === undefined
      ? `order is ${order}; give a whole number from 1 to ${MAX_ORDER}`
      : `dbPerOctave is ${dbPerOctave}; give a multiple of ${DB_PER_ORDER} from ${DB_PER_ORDER} to ${DB_PER_ORDER * MAX_ORDER}`,
  );
};

/** The least order that is steep enough: (w/edge)^2n ≥ 10^(dB/10) − 1. */
const orderOfEdge = (
  { hz, stop, ...steepness }: EdgeOptions,
  rate: number,
  ratioOf: (stop: number) => number,
  side: 'above' | 'below',
): number => {
  if (stop === undefined) return orderOf(steepness);
  if (steepness.order !== undefined || steepness.dbPerOctave !== undefined) {
    throw new RangeError('stop and a steepness both say how steep the filter is; give one of them');
  }
  const ratio = ratioOf(warpedEdge('stop.hz', stop.hz, rate));
  if (!(ratio > 1)) throw new RangeError(`stop.hz is ${stop.hz}; give a frequency ${side} ${hz} Hz`);
  if (!(stop.db > 0))
    throw new RangeError(`stop.db is ${stop.db}; give how much less is left there, such as 40`);
  const order = Math.ceil(Math.log10(10 ** (stop.db / 10) - 1) / (2 * Math.log10(ratio)) - 1e-9);
  if (order <= MAX_ORDER) return Math.max(1, order);
  throw new RangeError(
    `${stop.db} dB between ${hz} and ${stop.hz} Hz takes order ${order}, ${MAX_ORDER} is the most; move them apart or ask for less`,
  );
};
