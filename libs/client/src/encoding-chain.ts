import { voiceResampler } from '@partyline/audio';
import {
  createEncoder,
  type EncodedFrameHandler,
  type EngineChoice,
  type FrameMs,
  VOICE_SAMPLE_RATE,
  type VoiceFormat,
} from '@partyline/codecs';
import { MAX_PAYLOAD_BYTES } from '@partyline/protocol';
import { PartylineError } from './errors.ts';

/** Settings of {@link openEncodingChain}. */
export interface EncodingChainOptions {
  frameMs: FrameMs;
  bitrate: number;
  engine: EngineChoice;
  /** Told of an encoder that fails while running. */
  onError: (cause: unknown) => void;
}

/** What brings 48 kHz to a codec's rate, and its encoder. */
export interface EncodingChain {
  readonly format: VoiceFormat;
  /** What goes into a packet was captured so much before the frame that it was made of, ms; the codec's own not counted. */
  readonly delayMs: number;
  /** Gives it what was said right before its first frame, so that it does not begin in silence. */
  prime(pcm: Float32Array): void;
  encode(pcm: Float32Array, tag: number): void;
  setBitrate(bps: number): void;
  close(): void;
}

/**
 * Opens an encoder that takes PCM at 48 kHz.
 * @throws CodecError as `createEncoder`, PartylineError `invalid_option` for frames that do not fit into a message
 */
export const openEncodingChain = async (
  format: VoiceFormat,
  { frameMs, bitrate, engine, onError }: EncodingChainOptions,
  onFrame: EncodedFrameHandler,
): Promise<EncodingChain> => {
  const { codec, sampleRate } = format;
  if (codec === 'l16' && (sampleRate * frameMs * 2) / 1000 > MAX_PAYLOAD_BYTES) {
    const longest = sampleRate === VOICE_SAMPLE_RATE ? 10 : 40;
    throw new PartylineError(
      'invalid_option',
      `frameMs is ${frameMs}; of ${format.name} give at most ${longest}, for a frame holds ${MAX_PAYLOAD_BYTES} bytes.`,
    );
  }
  const options = {
    ...format.options,
    frameMs,
    ...(codec === 'opus' ? { bitrate, engine, onError } : {}),
  };
  const encoder = await createEncoder(codec, options, onFrame);
  const resampler = sampleRate === VOICE_SAMPLE_RATE ? undefined : downwards(sampleRate);
  return {
    format,
    delayMs: resampler?.delayMs ?? 0,
    prime: (pcm) => resampler?.prime(pcm),
    encode: (pcm, tag) => encoder.encode(resampler?.process(pcm) ?? pcm, tag),
    setBitrate: (bps) => encoder.setBitrate(bps),
    close: () => encoder.close(),
  };
};

/** A resampler that gives as much as it takes from the first sample on. */
const downwards = (toHz: number) => {
  const resampler = voiceResampler(VOICE_SAMPLE_RATE, toHz);
  const lead = Math.round((resampler.delayMs * VOICE_SAMPLE_RATE) / 1000);
  resampler.process(new Float32Array(lead));
  return {
    delayMs: (lead * 1000) / VOICE_SAMPLE_RATE,
    prime: (pcm: Float32Array) => {
      resampler.process(pcm);
    },
    process: (pcm: Float32Array) => resampler.process(pcm),
  };
};
