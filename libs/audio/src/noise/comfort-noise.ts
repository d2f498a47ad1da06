import { SILENCE_DBOV } from '../level.ts';

/** What a comfort-noise packet says of the noise at the other end. */
export interface ComfortNoise {
  /** 0 is the loudest that can be, 127 silence, −dBov. */
  levelDbov: number;
  /** Shape of the spectrum as the reflection coefficients of an all-pole model, −1 to 1 each; none is white. */
  reflections: number[];
}

/** Longer payloads are cut: a higher order says nothing more of noise. */
export const MAX_CN_ORDER = 32;
/** Quantised in steps of 258/32768 around 127 (RFC 3389, section 3.2). */
const ZERO = 127;
const STEP = 258 / 32768;

/** Writes a payload of RTP comfort noise (RFC 3389): a byte of level, then one for each reflection coefficient. */
export const writeComfortNoise = ({ levelDbov, reflections }: ComfortNoise): Uint8Array => {
  const payload = new Uint8Array(1 + Math.min(reflections.length, MAX_CN_ORDER));
  payload[0] = Math.min(SILENCE_DBOV, Math.max(0, Math.round(levelDbov) || 0));
  for (let i = 1; i < payload.length; i += 1) {
    payload[i] = Math.min(254, Math.max(0, ZERO + Math.round(reflections[i - 1]! / STEP)));
  }
  return payload;
};

/**
 * Reads such a payload. A level alone is valid: white noise, as the older form of RFC 1890 has it.
 * @returns undefined for an empty payload
 */
export const readComfortNoise = (payload: Uint8Array): ComfortNoise | undefined => {
  if (payload.length === 0) return undefined;
  const coded = payload.subarray(1, 1 + MAX_CN_ORDER);
  return {
    // The highest bit is unused.
    levelDbov: payload[0]! & 0x7f,
    // 255 does not occur, and would be no stable filter.
    reflections: Array.from(coded, (byte) => (Math.min(byte, 254) - ZERO) * STEP),
  };
};
