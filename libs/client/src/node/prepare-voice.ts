import { createDecoder, createEncoder, VOICE_SAMPLE_RATE } from '@partyline/codecs';

/** Half a second of voice: enough for the engine to be compiled for what follows. */
const FRAMES = 25;
const FRAME_SAMPLES = VOICE_SAMPLE_RATE / 50;

let prepared: Promise<void> | undefined;

/**
 * Loads the codec and runs it once. Otherwise the first second of a call pays for compiling it, which on a busy
 * machine is heard. Call it before joining; done once a process.
 *
 * @example
 * await prepareVoice();
 * const room = await joinRoom({ url, room: 'lobby', token });
 */
export const prepareVoice = (): Promise<void> => {
  prepared ??= runOnce();
  return prepared;
};

const runOnce = async (): Promise<void> => {
  const decoder = await createDecoder('opus', { engine: 'wasm' }, () => {});
  const encoder = await createEncoder('opus', { engine: 'wasm' }, (payload, tag) => {
    if (tag === FRAMES - 1) decoder.decodeAfterLoss(1, payload, tag, FRAME_SAMPLES);
    else decoder.decode(payload, tag);
  });
  for (let tag = 0; tag < FRAMES; tag += 1) {
    const tone = Float32Array.from({ length: FRAME_SAMPLES }, (_, i) => Math.sin(i / 20) * 0.1);
    encoder.encode(tone, tag);
  }
  encoder.close();
  decoder.close();
};
