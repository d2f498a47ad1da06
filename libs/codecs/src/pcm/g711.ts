/** One of the two laws of G.711: `a` (A-law, PCMA) or `mu` (µ-law, PCMU). */
export type G711Law = 'a' | 'mu';

/**
 * Segments of both laws double in width. A-law (G.711, table 1): 13-bit linear input, 8 segments of 16 steps, the first
 * two of step 2, even bits inverted. µ-law (table 2): 14-bit linear input, a bias of 33, all bits inverted.
 */
const A_LAW_INVERSION = 0x55;
const MU_LAW_BIAS = 33;
/** The largest magnitude of the 14-bit input that has a code of its own. */
const MU_LAW_CLIP = 8158;

/** Position of the highest bit that is set; 0 for 1. */
const highestBit = (value: number): number => 31 - Math.clz32(value);

/** @param magnitude of the 13-bit input, 0 to 4095 */
const aLawMagnitude = (magnitude: number): number => {
  const segment = Math.max(0, highestBit(Math.max(1, magnitude >> 5)) + (magnitude >= 32 ? 1 : 0));
  const step = segment === 0 ? magnitude >> 1 : (magnitude >> segment) & 0x0f;
  return (segment << 4) | step;
};

/** @param magnitude of the 14-bit input, 0 to 8191 */
const muLawMagnitude = (magnitude: number): number => {
  const biased = Math.min(magnitude, MU_LAW_CLIP) + MU_LAW_BIAS;
  const segment = highestBit(biased) - 5;
  return (segment << 4) | ((biased >> (segment + 1)) & 0x0f);
};

/**
 * The code of a 16-bit sample: its upper 13 bits (A-law) or 14 bits (µ-law) are the Recommendation's uniform PCM, negative
 * ones in one's complement, as in ITU-T G.191's `alaw_compress` and `ulaw_compress`.
 */
const encodeSample = (law: G711Law, sample: number): number => {
  const magnitude = sample < 0 ? ~sample : sample;
  if (law === 'a') return aLawMagnitude(magnitude >> 3) ^ A_LAW_INVERSION ^ (sample < 0 ? 0 : 0x80);
  return muLawMagnitude(magnitude >> 2) ^ (sample < 0 ? 0x7f : 0xff);
};

/** The 16-bit sample of a code: the value in the middle of its step. */
const decodeSample = (law: G711Law, code: number): number => {
  if (law === 'a') {
    const plain = code ^ A_LAW_INVERSION;
    const segment = (plain >> 4) & 7;
    const step = plain & 0x0f;
    const magnitude = segment === 0 ? step * 2 + 1 : (step * 2 + 33) << (segment - 1);
    return (plain & 0x80 ? magnitude : -magnitude) << 3;
  }
  const plain = ~code & 0xff;
  const magnitude = ((((plain & 0x0f) * 2 + MU_LAW_BIAS) << ((plain >> 4) & 7)) - MU_LAW_BIAS) << 2;
  return plain & 0x80 ? -magnitude : magnitude;
};

const encodeTables = new Map<G711Law, Uint8Array>();
const decodeTables = new Map<G711Law, Float32Array>();

/** How many bits of a 16-bit sample lie below the Recommendation's uniform PCM, and decide about nothing. */
export const G711_SPARE_BITS: Record<G711Law, number> = { a: 3, mu: 2 };

/**
 * Codes of all samples without their {@link G711_SPARE_BITS}; the index is what is left of the sample's 16 bits (two's
 * complement). Made once. With an entry for each of 65,536 samples it would not fit into a processor's nearest cache.
 */
export const g711EncodeTable = (law: G711Law): Uint8Array => {
  const known = encodeTables.get(law);
  if (known !== undefined) return known;
  const spare = G711_SPARE_BITS[law];
  const table = Uint8Array.from({ length: 65536 >> spare }, (_, bits) =>
    encodeSample(law, (bits << (16 + spare)) >> 16),
  );
  encodeTables.set(law, table);
  return table;
};

/** Samples of all 256 codes, −1 to 1: 16-bit values / 32768. Made once. */
export const g711DecodeTable = (law: G711Law): Float32Array => {
  const known = decodeTables.get(law);
  if (known !== undefined) return known;
  const table = Float32Array.from({ length: 256 }, (_, code) => decodeSample(law, code) / 32768);
  decodeTables.set(law, table);
  return table;
};
