import type { VoiceCodec } from '../create.ts';
import { PcmDecoder } from './pcm-decoder.ts';
import { PcmEncoder } from './pcm-encoder.ts';
import { g711Rate, l16Rate } from './pcm-options.ts';
import { companded, linear16 } from './sample-coding.ts';

export const l16Codec: VoiceCodec<'l16'> = {
  codec: 'l16',
  createEncoder: async ({ sampleRate, frameMs }, onFrame) =>
    new PcmEncoder(linear16, { sampleRate: l16Rate(sampleRate), frameMs }, onFrame),
  createDecoder: async ({ sampleRate, onError }, onPcm) =>
    new PcmDecoder(linear16, { sampleRate: l16Rate(sampleRate), onError }, onPcm),
};

export const g711Codec = <Name extends 'pcma' | 'pcmu'>(codec: Name): VoiceCodec<Name> => {
  const coding = () => companded(codec === 'pcma' ? 'a' : 'mu');
  return {
    codec,
    createEncoder: async ({ sampleRate, frameMs }, onFrame) =>
      new PcmEncoder(coding(), { sampleRate: g711Rate(sampleRate), frameMs }, onFrame),
    createDecoder: async ({ sampleRate, onError }, onPcm) =>
      new PcmDecoder(coding(), { sampleRate: g711Rate(sampleRate), onError }, onPcm),
  };
};
