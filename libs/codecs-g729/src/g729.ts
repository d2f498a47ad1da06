// Copyright (C) 2026 the Partyline authors. Licensed under the GPL, version 3 or later: see ../LICENSE.
import type { VoiceCodec } from '@partyline/codecs';
import {
  CodecInstance,
  frameLength,
  loadCodecModule,
  PacketDecoder,
  PacketEncoder,
} from '@partyline/codecs/wasm';
import modules from './module.json' with { type: 'json' };

const SAMPLE_RATE = 8000;
/** The codec's own frame. */
const UNIT_MS = 10;
const UNIT_SAMPLES = 80;

const FRAMES_MS = [10, 20, 40, 60] as const;

const FORMAT = { codec: 'g729', engine: 'wasm', sampleRate: SAMPLE_RATE } as const;

const load = () => loadCodecModule({ codec: 'G.729', ...modules.g729 });

/**
 * G.729 annex A with annex B at 8 kbit/s, by bcg729; it also decodes what full G.729 encoded. Packets are those of RFC 3551,
 * 4.5.6. With `dtx` a packet ends in two bytes where its noise is described, is empty while nothing needs sending, and an
 * empty one decodes to noise as last described. For lost frames those beside them are decoded once more (decision 28), and G.729
 * conceals what is between.
 */
export const g729: VoiceCodec<'g729'> = {
  codec: 'g729',
  createEncoder: async ({ frameMs, dtx }, onFrame) => {
    const frameSamples = (SAMPLE_RATE / 1000) * frameLength(frameMs, FRAMES_MS);
    const instance = new CodecInstance(await load(), { as: 'encoder', options: [Number(dtx ?? false)] });
    return new PacketEncoder(instance, { ...FORMAT, frameSamples }, onFrame);
  },
  createDecoder: async ({ frameMs, onError }, onPcm) => {
    const units = frameLength(frameMs, FRAMES_MS) / UNIT_MS;
    const instance = new CodecInstance(await load(), { as: 'decoder', options: [units] });
    const format = { ...FORMAT, unitSamples: UNIT_SAMPLES, concealment: 'codec' } as const;
    return new PacketDecoder(instance, format, onError, onPcm);
  },
};
