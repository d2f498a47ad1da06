import { Resampler } from '../resampling/resampler.ts';
import { COLUMNS_HZ, type DtmfDigit, digitAt, ROWS_HZ } from './digits.ts';
import { ToneMeter, type TonePair, WINDOW_SAMPLES } from './tone-meter.ts';

/** A digit begins to be pressed, or was let go. */
export type DtmfEvent =
  | { type: 'down'; digit: DtmfDigit; atMs: number }
  | { type: 'up'; digit: DtmfDigit; atMs: number; durationMs: number };

/** All tones lie far below 4 kHz, and a window of few samples is quick. */
const RATE = 8000;
const HOP_SAMPLES = 40;
const HOP_MS = (1000 * HOP_SAMPLES) / RATE;

/** Between the ±1.5 % that must be taken and the ±3.5 % that must not (Q.24), as a part of the frequency. */
const MAX_OFFSET = 0.024;
/** Quieter tones are none: Q.24 has −25 dBm as the least that must be taken and −29 as the most that must not; a full sine is +3.14 dBm. */
const LEAST_AMPLITUDE = 10 ** ((-27 - 3.14) / 20);
/** How much stronger the high tone may be, dB: −8 to +4 must be taken, and measuring in noise wants some room. */
const TWIST_DB = { least: -10, most: 6 } as const;
/** Of the power of a window, in the two tones. Speech that happens to have both has others too. */
const LEAST_SHARE = 0.8;
/** Hops in a row that show a digit until it is one: tones of 34 ms are always seen so, those under 28 ms never (Q.24: 40 and 23 ms). */
const HOPS_TO_BEGIN = 5;
/** Hops in a row without it until it has ended: breaks of 10 ms are none, pauses of 30 ms are. */
const HOPS_TO_END = 6;
/** Where a tone begins and ends within the first and last window that show it, on average, ms. */
const BEGINS_MS = 3;
const ENDS_MS = 17;

/**
 * Recognises digits that a telephone dials as sound (ITU-T Q.23, with the tolerances of Q.24), in a stream of pieces of any size. Each tone's
 * frequency is measured by how its phase moves from one window of 20 ms to the next, 5 ms later, which tells a tone that is off by 1.5 %
 * from one that is off by 3.5 % long before a Fourier transform could.
 *
 * @example
 * const detector = new DtmfDetector({ sampleRate: 8000 });
 * for (const { type, digit } of detector.process(block)) if (type === 'down') menu.press(digit);
 */
export class DtmfDetector {
  readonly #resampler: Resampler;
  #resampled: Float32Array = new Float32Array(0);
  readonly #meter = new ToneMeter(RATE, ROWS_HZ, COLUMNS_HZ, HOP_SAMPLES);
  /** The last window, and then the samples of the hop that is not whole yet. */
  readonly #window = new Float32Array(WINDOW_SAMPLES);
  #filled = 0;
  #hops = 0;
  #candidate: DtmfDigit | undefined;
  #candidateHops = 0;
  #pressed: { digit: DtmfDigit; fromMs: number; toMs: number } | undefined;
  #missedHops = 0;

  /** @param options `sampleRate`: 8000 to 192000 Hz, 48000 unless given. @throws RangeError for another one */
  constructor({ sampleRate = 48000 }: { sampleRate?: number } = {}) {
    if (!Number.isInteger(sampleRate) || sampleRate < RATE || sampleRate > 192_000) {
      throw new RangeError(`sampleRate is ${sampleRate}; give a whole number from ${RATE} to 192000`);
    }
    // The highest tone is at 41 % of what 8 kHz can carry: a low pass that falls slowly is enough, and answers sooner.
    this.#resampler = new Resampler({ fromHz: sampleRate, toHz: RATE, passBand: 0.6 });
  }

  /** How long after the first sample of a digit it is told, at most, ms. */
  get delayMs(): number {
    return this.#resampler.delayMs + (1000 * WINDOW_SAMPLES) / RATE + HOPS_TO_BEGIN * HOP_MS;
  }

  /** The digit that is pressed now. */
  get digit(): DtmfDigit | undefined {
    return this.#pressed?.digit;
  }

  /**
   * Takes the next samples.
   * @returns what happened meanwhile, with times in ms of the sound taken since the beginning or `reset`, exact to about 5 ms
   */
  process(pcm: Float32Array): DtmfEvent[] {
    const most = this.#resampler.maxOutput(pcm.length);
    if (this.#resampled.length < most) this.#resampled = new Float32Array(most);
    const samples = this.#resampler.processInto(pcm, this.#resampled);
    const events: DtmfEvent[] = [];
    for (let i = 0; i < samples; i += 1) {
      const sample = this.#resampled[i]!;
      this.#window[WINDOW_SAMPLES - HOP_SAMPLES + this.#filled] = Number.isFinite(sample) ? sample : 0;
      this.#filled += 1;
      if (this.#filled === HOP_SAMPLES) this.#hop(events);
    }
    return events;
  }

  /** Forgets the sound so far, without an event for a digit that is pressed. */
  reset(): void {
    this.#resampler.reset();
    this.#meter.reset();
    this.#window.fill(0);
    this.#filled = 0;
    this.#hops = 0;
    this.#candidate = undefined;
    this.#candidateHops = 0;
    this.#pressed = undefined;
    this.#missedHops = 0;
  }

  #hop(events: DtmfEvent[]): void {
    const seen = digitOf(this.#meter.measure(this.#window));
    this.#hops += 1;
    const endMs = this.#hops * HOP_MS;
    const startMs = endMs - (1000 * WINDOW_SAMPLES) / RATE;
    this.#window.copyWithin(0, HOP_SAMPLES);
    this.#filled = 0;
    this.#candidateHops = seen !== undefined && seen === this.#candidate ? this.#candidateHops + 1 : 1;
    this.#candidate = seen;
    this.#follow(seen, startMs, events);
    if (seen === undefined || this.#candidateHops < HOPS_TO_BEGIN || this.#pressed?.digit === seen) return;
    this.#release(events);
    const fromMs = Math.max(0, startMs - (HOPS_TO_BEGIN - 1) * HOP_MS + BEGINS_MS);
    this.#pressed = { digit: seen, fromMs, toMs: startMs + ENDS_MS };
    this.#missedHops = 0;
    events.push({ type: 'down', digit: seen, atMs: fromMs });
  }

  /** Goes on with the digit that is pressed, or lets it go. */
  #follow(seen: DtmfDigit | undefined, startMs: number, events: DtmfEvent[]): void {
    if (this.#pressed === undefined) return;
    if (seen === this.#pressed.digit) {
      this.#pressed.toMs = startMs + ENDS_MS;
      this.#missedHops = 0;
      return;
    }
    this.#missedHops += 1;
    if (this.#missedHops === HOPS_TO_END) this.#release(events);
  }

  #release(events: DtmfEvent[]): void {
    if (this.#pressed === undefined) return;
    const { digit, fromMs, toMs } = this.#pressed;
    events.push({ type: 'up', digit, atMs: toMs, durationMs: toMs - fromMs });
    this.#pressed = undefined;
  }
}

/** The digit that two tones are, or none. */
const digitOf = ({ low, high, share }: TonePair): DtmfDigit | undefined => {
  if (!(share >= LEAST_SHARE)) return undefined;
  if (low.amplitude < LEAST_AMPLITUDE || high.amplitude < LEAST_AMPLITUDE) return undefined;
  const twistDb = 20 * Math.log10(high.amplitude / low.amplitude);
  if (twistDb < TWIST_DB.least || twistDb > TWIST_DB.most) return undefined;
  if (Math.abs(low.offset) > MAX_OFFSET || Math.abs(high.offset) > MAX_OFFSET) return undefined;
  return digitAt(low.index, high.index);
};
