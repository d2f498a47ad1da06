import { VOICE_SAMPLE_RATE, type VoiceFormat } from '@partyline/codecs';

/** Seconds of voice for each second of the processor. */
interface Speed {
  readonly encode: number;
  readonly decode: number;
}

/** As loadtest/bench/results has it (codecs, 2026-11-29): Node 20, one core of a 2-core AMD EPYC, frames of 20 ms, Opus as WebAssembly. */
const SPEEDS: Record<string, Speed> = {
  'opus/48000': { encode: 87, decode: 684 },
  'g722/16000': { encode: 1_710, decode: 1_940 },
  'g729/8000': { encode: 534, decode: 2_730 },
  'speex/8000': { encode: 509, decode: 4_580 },
  'speex/16000': { encode: 215, decode: 2_210 },
  'speex/32000': { encode: 188, decode: 1_240 },
  'l16/16000': { encode: 22_820, decode: 12_850 },
  'pcma/8000': { encode: 47_530, decode: 25_950 },
  'pcmu/8000': { encode: 48_020, decode: 25_970 },
};
/** PCM and G.711 at another rate cost by the sample. */
const SAME_BY_SAMPLE: Record<string, { as: string; times: number }> = {
  'pcma/16000': { as: 'pcma/8000', times: 2 },
  'pcmu/16000': { as: 'pcmu/8000', times: 2 },
  'l16/48000': { as: 'l16/16000', times: 3 },
};
/** Resampling to or from 48 kHz (`npm run scenario -- audio-quality`). */
const RESAMPLING = 70;

/** Where the figures are from. */
export const CLIENT_CPU_SOURCE =
  'loadtest/bench/results (codecs): one core of a 2-core AMD EPYC, Node 20, Opus as WebAssembly';

/** Share of a core that a client needs. */
export interface ClientCpu {
  encode: number;
  /** Of all streams that it hears. */
  decode: number;
  resample: number;
}

/** @param heard streams of others at once */
export const clientCpu = ({ name, sampleRate }: VoiceFormat, talks: boolean, heard: number): ClientCpu => {
  const { as = name, times = 1 } = SAME_BY_SAMPLE[name] ?? {};
  const { encode, decode } = SPEEDS[as]!;
  const ways = heard + (talks ? 1 : 0);
  return {
    encode: talks ? times / encode : 0,
    decode: (heard * times) / decode,
    resample: sampleRate === VOICE_SAMPLE_RATE ? 0 : ways / RESAMPLING,
  };
};
