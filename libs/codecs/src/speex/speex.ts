import type { SpeexMode } from '../codec-options.ts';
import { frameLength, integerWithin, oneOf } from '../option-checks.ts';
import { PacketDecoder } from '../packet-decoder.ts';
import { PacketEncoder } from '../packet-encoder.ts';
import type { VoiceCodec } from '../voice-codec.ts';
import { CODEC_MODULES } from '../wasm/codec-files.ts';
import { CodecInstance } from '../wasm/codec-instance.ts';
import { loadCodecModule } from '../wasm/load-codec-module.ts';

/** In the order that Speex numbers them; each with its rate in Hz. */
const MODES: readonly SpeexMode[] = ['nb', 'wb', 'uwb'];
const SAMPLE_RATES: Record<SpeexMode, number> = { nb: 8000, wb: 16000, uwb: 32000 };
const UNIT_MS = 20;

const load = () => loadCodecModule(CODEC_MODULES.speex);

/** What mode is asked for. @throws CodecError `invalid_option` */
const modeOf = (mode: SpeexMode | undefined) => {
  const name = oneOf('mode', mode ?? 'wb', MODES);
  return { id: MODES.indexOf(name), sampleRate: SAMPLE_RATES[name] };
};

/**
 * Speex (RFC 5574) by libspeex. A packet has one to three frames of 20 ms, as `frameMs` says. With DTX it is empty while
 * nothing needs sending, and an empty one decodes to noise like that before it. For lost frames those
 * beside them are decoded once more (decision 28), and Speex conceals what is between.
 */
export const speexCodec: VoiceCodec<'speex'> = {
  codec: 'speex',
  createEncoder: async (options, onFrame) => {
    const { id, sampleRate } = modeOf(options.mode);
    const frameSamples = (sampleRate / 1000) * frameLength(options.frameMs, [20, 40, 60]);
    const quality = integerWithin('quality', options.quality ?? 8, 0, 10);
    const complexity = integerWithin('complexity', options.complexity ?? 3, 1, 10);
    const switches = [options.vbr ?? false, options.dtx ?? false].map(Number);
    const opening = { as: 'encoder', options: [id, quality, ...switches, complexity] } as const;
    const instance = new CodecInstance(await load(), opening);
    return new PacketEncoder(instance, { codec: 'speex', engine: 'wasm', sampleRate, frameSamples }, onFrame);
  },
  createDecoder: async ({ mode, onError }, onPcm) => {
    const { id, sampleRate } = modeOf(mode);
    const instance = new CodecInstance(await load(), { as: 'decoder', options: [id] });
    const unitSamples = (sampleRate / 1000) * UNIT_MS;
    const format = { codec: 'speex', engine: 'wasm', sampleRate, unitSamples, concealment: 'codec' } as const;
    return new PacketDecoder(instance, format, onError, onPcm);
  },
};
