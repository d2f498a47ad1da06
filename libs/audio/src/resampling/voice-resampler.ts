import { Resampler } from './resampler.ts';

/**
 * What is let through on the way down from 48 kHz, by the rate that it leads to, Hz. Not just any share: with these the delay
 * is 6, 3 and 2 ms, and capture times travel in whole ms, so that a change of codec does not move voice by a part of one.
 */
const DOWNWARDS: Readonly<Record<number, number>> = { 8000: 0.822, 16000: 0.821, 32000: 0.865 };
/** On any other way: voice needs little of the edge, and less is quicker. */
const ELSEWHERE = 0.8;
const VOICE_HZ = 48_000;

/**
 * A resampler between the rate of calls, 48 kHz, and a codec's, with as little delay as voice allows.
 * @throws RangeError as {@link Resampler}
 */
export const voiceResampler = (fromHz: number, toHz: number): Resampler => {
  const passBand = (fromHz === VOICE_HZ ? DOWNWARDS[toHz] : undefined) ?? ELSEWHERE;
  return new Resampler({ fromHz, toHz, passBand });
};
