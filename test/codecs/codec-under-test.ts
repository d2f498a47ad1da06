import { testVoice } from '@partyline/audio';
import { resample } from '@partyline/audio/node';
import {
  type CodecError,
  createDecoder,
  createEncoder,
  type DecoderOptionsByCodec,
  type EncoderOptionsByCodec,
  type FrameMs,
} from '@partyline/codecs';

/** A codec that is a WebAssembly module, as the tests of all of them open it. */
export interface CodecUnderTest {
  readonly codec: 'speex' | 'g722' | 'g729';
  /** Hz. */
  readonly sampleRate: number;
  readonly framesMs: readonly FrameMs[];
  readonly encoder: EncoderOptionsByCodec['speex' | 'g722' | 'g729'];
  readonly decoder: DecoderOptionsByCodec['speex' | 'g722' | 'g729'];
  /** Least correlation of a voice with what comes out. */
  readonly likeness: number;
}

/** What a decoder gave out. */
interface Heard {
  pcm: Float32Array;
  tag: number;
  concealed: boolean;
}

/** Something like a voice, at a codec's rate. */
export async function voiceAt(sampleRate: number, seconds: number): Promise<Float32Array> {
  return resample(testVoice(seconds), 48000, sampleRate);
}

/** An encoder, and a way to encode whole frames of PCM in one go. */
export async function openEncoder(subject: CodecUnderTest, options: object = {}) {
  const packets: Uint8Array[] = [];
  const merged = { ...subject.encoder, ...options };
  const encoder = await createEncoder(subject.codec, merged, (payload) => packets.push(payload));
  const encode = (pcm: Float32Array): Uint8Array[] => {
    const before = packets.length;
    for (let at = 0; at + encoder.frameSamples <= pcm.length; at += encoder.frameSamples) {
      encoder.encode(pcm.subarray(at, at + encoder.frameSamples), packets.length);
    }
    return packets.slice(before);
  };
  return { encoder, encode, packets };
}

/** A decoder with all that it gives out and complains of. */
export async function openDecoder(subject: CodecUnderTest) {
  const heard: Heard[] = [];
  const errors: CodecError[] = [];
  const options = { ...subject.decoder, onError: (error: CodecError) => errors.push(error) };
  const decoder = await createDecoder(subject.codec, options, (pcm, tag, concealed) =>
    heard.push({ pcm, tag, concealed }),
  );
  const sound = (): Float32Array => Float32Array.from(heard.flatMap(({ pcm }) => [...pcm]));
  return { decoder, heard, errors, sound };
}

/** Best normalised correlation of `heard` with `said`, which it may follow by up to 50 ms. */
export function likeness(said: Float32Array, heard: Float32Array, sampleRate: number): number {
  let best = -1;
  for (let delay = 0; delay < sampleRate / 20; delay += 1) {
    let product = 0;
    let saidEnergy = 1e-9;
    let heardEnergy = 1e-9;
    for (let i = 0; i + delay < heard.length && i < said.length; i += 1) {
      product += said[i]! * heard[i + delay]!;
      saidEnergy += said[i]! ** 2;
      heardEnergy += heard[i + delay]! ** 2;
    }
    best = Math.max(best, product / Math.sqrt(saidEnergy * heardEnergy));
  }
  return best;
}
