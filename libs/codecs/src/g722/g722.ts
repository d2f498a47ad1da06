import { frameLength } from '../option-checks.ts';
import { PacketDecoder } from '../packet-decoder.ts';
import { PacketEncoder } from '../packet-encoder.ts';
import type { VoiceCodec } from '../voice-codec.ts';
import { CODEC_MODULES } from '../wasm/codec-files.ts';
import { CodecInstance } from '../wasm/codec-instance.ts';
import { loadCodecModule } from '../wasm/load-codec-module.ts';

/** Of its PCM, Hz; its clock in RTP says 8000 (RFC 3551, 4.5.2). */
const SAMPLE_RATE = 16000;
/** A byte codes a sample of each of its two bands. */
const UNIT_SAMPLES = 2;

const FORMAT = { codec: 'g722', engine: 'wasm', sampleRate: SAMPLE_RATE } as const;

const load = () => loadCodecModule(CODEC_MODULES.g722);

/** G.722 at 64 kbit/s. It conceals nothing by itself, so loss is concealed by pitch. */
export const g722Codec: VoiceCodec<'g722'> = {
  codec: 'g722',
  createEncoder: async ({ frameMs }, onFrame) => {
    const frameSamples = (SAMPLE_RATE / 1000) * frameLength(frameMs, [10, 20, 40, 60]);
    const instance = new CodecInstance(await load(), { as: 'encoder', options: [] });
    return new PacketEncoder(instance, { ...FORMAT, frameSamples }, onFrame);
  },
  createDecoder: async ({ onError }, onPcm) => {
    const instance = new CodecInstance(await load(), { as: 'decoder', options: [] });
    const format = { ...FORMAT, unitSamples: UNIT_SAMPLES, concealment: 'pitch' } as const;
    return new PacketDecoder(instance, format, onError, onPcm);
  },
};
