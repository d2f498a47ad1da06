import type { VoiceCodec } from '../create.ts';
import { frameLength } from '../option-checks.ts';
import { CODEC_MODULES } from '../wasm/codec-files.ts';
import { CodecInstance } from '../wasm/codec-instance.ts';
import { loadCodecModule } from '../wasm/load-codec-module.ts';
import { WasmDecoder } from '../wasm/wasm-decoder.ts';
import { WasmEncoder } from '../wasm/wasm-encoder.ts';

/** Of its PCM, Hz; its clock in RTP says 8000 (RFC 3551, 4.5.2). */
const SAMPLE_RATE = 16000;
/** A byte codes a sample of each of its two bands. */
const UNIT_SAMPLES = 2;

const load = () => loadCodecModule(CODEC_MODULES.g722);

/** G.722 at 64 kbit/s. It conceals nothing by itself, so loss is concealed by pitch. */
export const g722Codec: VoiceCodec<'g722'> = {
  codec: 'g722',
  createEncoder: async ({ frameMs }, onFrame) => {
    const frameSamples = (SAMPLE_RATE / 1000) * frameLength(frameMs, [10, 20, 40, 60]);
    const instance = new CodecInstance(await load(), { as: 'encoder', options: [] });
    return new WasmEncoder(instance, { codec: 'g722', sampleRate: SAMPLE_RATE, frameSamples }, onFrame);
  },
  createDecoder: async ({ onError }, onPcm) => {
    const instance = new CodecInstance(await load(), { as: 'decoder', options: [] });
    const format = { sampleRate: SAMPLE_RATE, unitSamples: UNIT_SAMPLES, concealment: 'pitch' } as const;
    return new WasmDecoder(instance, { codec: 'g722', ...format }, onError, onPcm);
  },
};
