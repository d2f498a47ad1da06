import { type DtmfDigit, dtmfTonesHz } from './digits.ts';

/** How digits are dialled. */
export interface DtmfOptions {
  /** Hz. Default 48000. */
  sampleRate?: number;
  /** Length of a digit, ms; 40 is the least that is recognised everywhere (ITU-T Q.24). Default 100. */
  toneMs?: number;
  /** Silence between two digits, ms. Default 100. */
  pauseMs?: number;
  /** RMS level of the low tone, dBFS. Default −16, which leaves the sum of both below full scale. */
  levelDbfs?: number;
  /** How much stronger the high tone is, dB: it fades more on a line. Default 2. */
  twistDb?: number;
}

/** In and out without a click, which would be heard as another digit by a strict receiver. */
const RAMP_MS = 2;

/**
 * The sound of digits as a telephone dials them (ITU-T Q.23): a tone of the low group and one of the high group for each, with silence
 * between them.
 *
 * @example
 * const sound = dtmfSound('0049*', { sampleRate: 8000 });
 *
 * @throws RangeError for what is no digit, or for tones that would clip
 */
export const dtmfSound = (digits: string, options: DtmfOptions = {}): Float32Array => {
  const { sampleRate = 48000, toneMs = 100, pauseMs = 100, levelDbfs = -16, twistDb = 2 } = options;
  const low = Math.SQRT2 * 10 ** (levelDbfs / 20);
  const high = low * 10 ** (twistDb / 20);
  if (!(low + high <= 1)) {
    throw new RangeError(
      `levelDbfs ${levelDbfs} and twistDb ${twistDb} are too loud together; give less, such as −16 and 2`,
    );
  }
  if (!(toneMs > 2 * RAMP_MS && pauseMs >= 0)) {
    throw new RangeError(
      `toneMs is ${toneMs} and pauseMs ${pauseMs}; give more than ${2 * RAMP_MS}, and 0 or more`,
    );
  }
  if (!(sampleRate >= 8000)) throw new RangeError(`sampleRate is ${sampleRate}; give 8000 or more`);
  const toneSamples = Math.round((toneMs * sampleRate) / 1000);
  const pauseSamples = Math.round((pauseMs * sampleRate) / 1000);
  const every = toneSamples + pauseSamples;
  const pcm = new Float32Array(Math.max(0, digits.length * every - pauseSamples));
  const ramp = (RAMP_MS * sampleRate) / 1000;
  [...digits].forEach((digit, index) => {
    const { lowHz, highHz } = dtmfTonesHz(digit as DtmfDigit);
    for (let i = 0; i < toneSamples; i += 1) {
      const edge = Math.min(1, (i + 1) / ramp, (toneSamples - i) / ramp);
      const t = (2 * Math.PI * i) / sampleRate;
      pcm[index * every + i] = edge * (low * Math.sin(lowHz * t) + high * Math.sin(highHz * t));
    }
  });
  return pcm;
};
