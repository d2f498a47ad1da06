import {
  type CodecName,
  createDecoder,
  createEncoder,
  type DecoderOptionsByCodec,
  type VoiceDecoder,
} from '@partyline/codecs';

/** A decoder that is to bear everything. */
export interface Subject {
  readonly label: string;
  readonly codec: CodecName;
  /** What encoder and decoder are told alike. */
  readonly options: object;
}

/** Every decoder that runs on the calling thread; the browser's own is the browser's. */
export const subjects: readonly Subject[] = [
  { label: 'L16', codec: 'l16', options: { sampleRate: 16000 } },
  { label: 'G.711 A-law', codec: 'pcma', options: {} },
  { label: 'G.711 µ-law', codec: 'pcmu', options: {} },
  { label: 'G.722', codec: 'g722', options: {} },
  { label: 'G.729', codec: 'g729', options: { dtx: true } },
  { label: 'Speex nb', codec: 'speex', options: { mode: 'nb' } },
  { label: 'Speex wb', codec: 'speex', options: { mode: 'wb' } },
  { label: 'Speex uwb', codec: 'speex', options: { mode: 'uwb' } },
  { label: 'Opus', codec: 'opus', options: { engine: 'wasm' } },
];

/** What a decoder gave out, told apart by what matters here. */
export class Output {
  packets = 0;
  samples = 0;
  longest = 0;
  /** Loudest sample; infinite once there was one that is no number. */
  peak = 0;
  errors = new Map<string, number>();
  #kept: Float32Array[] | undefined;

  take(pcm: Float32Array): void {
    this.packets += 1;
    this.samples += pcm.length;
    this.longest = Math.max(this.longest, pcm.length);
    for (const sample of pcm) {
      const size = Math.abs(sample);
      if (!(size <= this.peak)) this.peak = Number.isNaN(size) ? Number.POSITIVE_INFINITY : size;
    }
    this.#kept?.push(pcm);
  }

  fail(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** Keeps what comes during `work`. */
  async kept(work: () => void | Promise<void>): Promise<Float32Array> {
    this.#kept = [];
    await work();
    const parts = this.#kept;
    this.#kept = undefined;
    return Float32Array.from(parts.flatMap((part) => [...part]));
  }
}

/** A decoder of the subject, and what comes out of it. */
export async function openSubject({
  codec,
  options,
}: Subject): Promise<{ decoder: VoiceDecoder; output: Output }> {
  const output = new Output();
  const onError = ({ code }: { code: string }) => output.fail(code);
  const told = { ...options, onError } as DecoderOptionsByCodec[CodecName];
  const decoder = await createDecoder(codec, told, (pcm) => output.take(pcm));
  return { decoder, output };
}

/** Encodes a voice that is already at the codec's rate. */
export async function packetsOf(
  { codec, options }: Subject,
  voiceAt: (sampleRate: number) => Float32Array,
): Promise<{ packets: Uint8Array[]; frameSamples: number }> {
  const packets: Uint8Array[] = [];
  const encoder = await createEncoder(codec, options, (payload) => packets.push(payload));
  const { frameSamples, sampleRate } = encoder;
  const voice = voiceAt(sampleRate);
  for (let at = 0; at + frameSamples <= voice.length; at += frameSamples) {
    encoder.encode(voice.subarray(at, at + frameSamples), packets.length);
  }
  encoder.close();
  return { packets, frameSamples };
}
