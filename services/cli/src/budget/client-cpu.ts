import { VOICE_SAMPLE_RATE, type VoiceFormat } from '@partyline/codecs';

/** Seconds of voice for each second of the processor. */
interface Speed {
  readonly encode: number;
  readonly decode: number;
}

/** As `npm run bench -- codecs` said on 2026-11-29: Node 20, one core of a 2-core AMD EPYC, frames of 20 ms, Opus as WebAssembly. */
const SPEEDS: Record<string, Speed> = {
  'opus/48000': { encode: 83, decode: 670 },
  'g722/16000': { encode: 1_450, decode: 1_930 },
  'g729/8000': { encode: 500, decode: 2_760 },
  'speex/8000': { encode: 470, decode: 3_180 },
  'speex/16000': { encode: 200, decode: 2_330 },
  'speex/32000': { encode: 180, decode: 1_260 },
  'l16/16000': { encode: 7_030, decode: 7_800 },
  'pcma/8000': { encode: 19_600, decode: 13_700 },
  'pcmu/8000': { encode: 15_200, decode: 14_900 },
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
  'npm run bench -- codecs: one core of a 2-core AMD EPYC, Node 20, Opus as WebAssembly';

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
