import type { CodecName } from '../codec.ts';
import { G711_SPARE_BITS, type G711Law, g711DecodeTable, g711EncodeTable } from './g711.ts';
import { toInt16 } from './int16.ts';

/** A coding of each sample by itself. */
export interface SampleCoding {
  readonly codec: CodecName;
  readonly bytesPerSample: 1 | 2;
  /** `pcm` into `bytes.length / bytesPerSample` codes. */
  pack(pcm: Float32Array, bytes: Uint8Array): void;
  unpack(bytes: Uint8Array, pcm: Float32Array): void;
}

// Loops over arguments alone: with tables and lengths looked up for each sample they take half as long again.
const compress = (table: Uint8Array, spare: number, pcm: Float32Array, bytes: Uint8Array): void => {
  const samples = bytes.length;
  const mask = table.length - 1;
  for (let i = 0; i < samples; i += 1) bytes[i] = table[(toInt16(pcm[i]!) >> spare) & mask]!;
};
const expand = (table: Float32Array, bytes: Uint8Array, pcm: Float32Array): void => {
  const samples = bytes.length;
  for (let i = 0; i < samples; i += 1) pcm[i] = table[bytes[i]!]!;
};

/** G.711: companded, a byte a sample. */
export const companded = (law: G711Law): SampleCoding => {
  const encode = g711EncodeTable(law);
  const decode = g711DecodeTable(law);
  const spare = G711_SPARE_BITS[law];
  return {
    codec: law === 'a' ? 'pcma' : 'pcmu',
    bytesPerSample: 1,
    pack: (pcm, bytes) => compress(encode, spare, pcm, bytes),
    unpack: (bytes, pcm) => expand(decode, bytes, pcm),
  };
};

/** PCM as it is: 16 bit in network byte order (RFC 3551, 4.5.11). */
export const linear16: SampleCoding = {
  codec: 'l16',
  bytesPerSample: 2,
  pack: (pcm, bytes) => {
    for (let i = 0; i < pcm.length; i += 1) {
      const sample = toInt16(pcm[i]!);
      bytes[2 * i] = sample >> 8;
      bytes[2 * i + 1] = sample;
    }
  },
  unpack: (bytes, pcm) => {
    for (let i = 0; i < pcm.length; i += 1) {
      pcm[i] = (((bytes[2 * i]! << 24) >> 16) | bytes[2 * i + 1]!) / 32768;
    }
  },
};
