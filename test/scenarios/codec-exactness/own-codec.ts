import { createDecoder, createEncoder } from '@partyline/codecs';
import type { Variant } from './variant.ts';

/** Encodes with the codec under test. @returns a packet for each whole frame */
export async function encodeAll(variant: Variant, pcm: Float32Array): Promise<Uint8Array[]> {
  const packets: Uint8Array[] = [];
  const encoder = await createEncoder(variant.codec, variant.encoder, (payload) => packets.push(payload));
  const { frameSamples } = encoder;
  for (let at = 0; at + frameSamples <= pcm.length; at += frameSamples) {
    encoder.encode(pcm.subarray(at, at + frameSamples), packets.length);
  }
  encoder.close();
  return packets;
}

/**
 * Decodes with the codec under test.
 * @param lost numbers of packets that do not come
 * @returns 16-bit samples by the number of the packet, concealed where it was lost
 */
export async function decodeAll(
  variant: Variant,
  packets: readonly Uint8Array[],
  lost: ReadonlySet<number>,
): Promise<Int16Array[]> {
  const heard: Int16Array[] = [];
  const frameSamples = (variant.sampleRate / 1000) * (variant.encoder.frameMs ?? 20);
  const decoder = await createDecoder(variant.codec, variant.decoder, (pcm, tag) => {
    heard[tag] = Int16Array.from(pcm, (sample) => sample * 32768);
  });
  let missing = 0;
  for (const [tag, payload] of packets.entries()) {
    if (lost.has(tag)) missing += 1;
    else {
      decoder.decodeAfterLoss(missing, payload, tag, frameSamples);
      missing = 0;
    }
  }
  decoder.close();
  return heard;
}
