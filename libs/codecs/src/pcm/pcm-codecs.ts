import type { DecodedPcmHandler, DecoderOptions, EncodedFrameHandler, FrameMs } from '../codec.ts';
import { frameLength } from '../option-checks.ts';
import { MAX_PACKET_MS, PacketDecoder } from '../packet-decoder.ts';
import { PacketEncoder } from '../packet-encoder.ts';
import type { VoiceCodec } from '../voice-codec.ts';
import { ByteSlab } from './byte-slab.ts';
import { g711Rate, l16Rate, PCM_FRAMES_MS } from './pcm-options.ts';
import { companded, linear16, type SampleCoding } from './sample-coding.ts';

const nothing = (): void => {};

const encoderOf = (
  coding: SampleCoding,
  sampleRate: number,
  frameMs: FrameMs | undefined,
  onFrame: EncodedFrameHandler,
): PacketEncoder => {
  const frameSamples = (sampleRate / 1000) * frameLength(frameMs, PCM_FRAMES_MS);
  const slab = new ByteSlab();
  const encode = (pcm: Float32Array): Uint8Array => {
    const payload = slab.take(pcm.length * coding.bytesPerSample);
    coding.pack(pcm, payload);
    return payload;
  };
  const format = { codec: coding.codec, engine: 'js', sampleRate, frameSamples } as const;
  return new PacketEncoder({ encode, reset: nothing }, format, onFrame);
};

const decoderOf = (
  coding: SampleCoding,
  sampleRate: number,
  onError: DecoderOptions['onError'],
  onPcm: DecodedPcmHandler,
): PacketDecoder => {
  const maxSamples = (MAX_PACKET_MS * sampleRate) / 1000;
  const decode = (payload: Uint8Array): Float32Array | undefined => {
    const samples = payload.length / coding.bytesPerSample;
    if (samples === 0 || !Number.isInteger(samples) || samples > maxSamples) return undefined;
    const pcm = new Float32Array(samples);
    coding.unpack(payload, pcm);
    return pcm;
  };
  const format = {
    codec: coding.codec,
    engine: 'js',
    sampleRate,
    unitSamples: 1,
    concealment: 'pitch',
  } as const;
  return new PacketDecoder({ decode, reset: nothing }, format, onError, onPcm);
};

export const l16Codec: VoiceCodec<'l16'> = {
  codec: 'l16',
  createEncoder: async ({ sampleRate, frameMs }, onFrame) =>
    encoderOf(linear16, l16Rate(sampleRate), frameMs, onFrame),
  createDecoder: async ({ sampleRate, onError }, onPcm) =>
    decoderOf(linear16, l16Rate(sampleRate), onError, onPcm),
};

export const g711Codec = <Name extends 'pcma' | 'pcmu'>(codec: Name): VoiceCodec<Name> => {
  const coding = () => companded(codec === 'pcma' ? 'a' : 'mu');
  return {
    codec,
    createEncoder: async ({ sampleRate, frameMs }, onFrame) =>
      encoderOf(coding(), g711Rate(sampleRate), frameMs, onFrame),
    createDecoder: async ({ sampleRate, onError }, onPcm) =>
      decoderOf(coding(), g711Rate(sampleRate), onError, onPcm),
  };
};
