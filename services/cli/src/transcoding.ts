import { createDecoder, createEncoder, type FrameMs, type VoiceFormat } from '@partyline/codecs';

/** What an encoder can be told beside its rate; each codec takes what it has. */
export interface EncoderWishes {
  frameMs?: FrameMs;
  /** Opus, bit/s. */
  bitrate?: number;
  /** Opus. */
  fec?: boolean;
  /** Speex, 0 to 10. */
  quality?: number;
  /** Speex. */
  vbr?: boolean;
  /** Opus, Speex and G.729. */
  dtx?: boolean;
}

/** How a recording is sent through a codec. */
export interface Transcoding {
  format: VoiceFormat;
  wishes: EncoderWishes;
  /** Share of the packets that get lost, 0 to 1. */
  loss: number;
  /** Another seed loses others. */
  seed: number;
  /** Whether the decoder is told of lost packets, and conceals them; else they are silence, and it goes on with the next. */
  conceal: boolean;
}

/** What became of a recording. */
export interface Transcoded {
  /** At the codec's rate; it begins and ends where the recording does. */
  pcm: Float32Array;
  packets: number;
  lost: number;
  /** Of the packets' payloads. */
  bitrateBps: number;
  /** CPU time of encoder and decoder. */
  cpuMs: number;
}

/** Numbers from 0 to 1 that are the same for the same seed: a linear congruential generator (Knuth, vol. 2, 3.3.4). */
const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/**
 * Encodes, loses and decodes a recording.
 * @param input mono at the codec's rate
 * @throws CodecError as `createEncoder` and `createDecoder`
 */
export const transcode = async (
  input: Float32Array,
  { format, wishes, loss, seed, conceal }: Transcoding,
): Promise<Transcoded> => {
  const { codec, options, sampleRate, delayMs } = format;
  const heard: { tag: number; out: Float32Array }[] = [];
  const random = seeded(seed);
  const decoder = await createDecoder(codec, options, (out, tag) => {
    heard.push({ tag, out });
  });
  let missing = 0;
  let packets = 0;
  let lost = 0;
  let bytes = 0;
  const encoder = await createEncoder(codec, { ...options, ...wishes }, (payload, tag) => {
    packets += 1;
    bytes += payload.length;
    if (random() < loss) {
      missing += 1;
      lost += 1;
      return;
    }
    if (missing > 0 && conceal) decoder.decodeAfterLoss(missing, payload, tag, encoder.frameSamples);
    else decoder.decode(payload, tag);
    missing = 0;
  });
  const { frameSamples } = encoder;
  const delaySamples = Math.round((delayMs * sampleRate) / 1000);
  const begun = process.cpuUsage();
  // Silence at the end lets out what the codec holds back, and what was lost last.
  const frames = Math.ceil((input.length + delaySamples) / frameSamples) + 1;
  for (let n = 0; n < frames; n += 1) {
    const frame = new Float32Array(frameSamples);
    frame.set(input.subarray(n * frameSamples, (n + 1) * frameSamples));
    encoder.encode(frame, n);
  }
  const { user, system } = process.cpuUsage(begun);
  encoder.close();
  decoder.close();
  const decoded = new Float32Array(input.length);
  // By its frame, for a codec may have left some out: what nothing came for is silent.
  for (const { tag, out } of heard) {
    const at = tag * frameSamples - delaySamples;
    const from = Math.max(0, -at);
    const to = Math.min(out.length, decoded.length - at);
    if (to > from) decoded.set(out.subarray(from, to), at + from);
  }
  return {
    pcm: decoded,
    packets,
    lost,
    bitrateBps: (bytes * 8 * sampleRate) / (frames * frameSamples),
    cpuMs: (user + system) / 1_000,
  };
};
