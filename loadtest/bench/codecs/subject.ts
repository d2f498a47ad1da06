import type { CodecName } from '@partyline/codecs';

/** A codec, as it is measured. */
export interface Subject {
  readonly name: string;
  readonly codec: CodecName;
  /** What encoder and decoder are told alike. */
  readonly options: object;
  /** Least real-time factor of encoding and decoding together in Node, where there is one. */
  readonly floor?: number;
}

/** All in frames of 20 ms. */
export const subjects: readonly Subject[] = [
  { name: 'L16, 16 kHz', codec: 'l16', options: { sampleRate: 16000 } },
  { name: 'G.711 A-law', codec: 'pcma', options: {}, floor: 10_000 },
  { name: 'G.711 µ-law', codec: 'pcmu', options: {}, floor: 10_000 },
  { name: 'G.722', codec: 'g722', options: {} },
  { name: 'G.729', codec: 'g729', options: {}, floor: 100 },
  { name: 'G.729, silence left out', codec: 'g729', options: { dtx: true }, floor: 100 },
  { name: 'Speex narrow band, quality 8', codec: 'speex', options: { mode: 'nb' } },
  { name: 'Speex wide band, quality 8', codec: 'speex', options: { mode: 'wb' }, floor: 50 },
  {
    name: 'Speex wide band, quality 8, variable rate',
    codec: 'speex',
    options: { mode: 'wb', vbr: true },
    floor: 50,
  },
  { name: 'Speex ultra-wide band, quality 8', codec: 'speex', options: { mode: 'uwb' } },
  {
    name: 'Opus 24 kbit/s, complexity 5',
    codec: 'opus',
    options: { engine: 'wasm', bitrate: 24_000, complexity: 5, fec: false },
    floor: 60,
  },
  {
    name: 'Opus 40 kbit/s with FEC, complexity 7 (as calls have it)',
    codec: 'opus',
    options: { engine: 'wasm' },
  },
];
