import { PlayoutBuffer } from '@partyline/audio';
import { createDecoder, createEncoder } from '@partyline/codecs';

const FRAME_SAMPLES = 960;
const FRAME_MS = 20;
/** Between capture and arrival, the same for all frames: here frames are lost, not late. */
const TRANSIT_MS = 30;

/**
 * Chooses the frames that are lost: one by one, or in bursts of two or three, the same share of all.
 * @param share of the frames, 0 to 1
 */
export const loseFrames = (
  count: number,
  share: number,
  pattern: 'single' | 'burst',
  random: () => number,
): ReadonlySet<number> => {
  const lost = new Set<number>();
  const meanBurst = pattern === 'single' ? 1 : 2.5;
  for (let at = 1; at < count - 3; at += 1) {
    if (random() >= share / meanBurst / (1 - share)) continue;
    const burst = pattern === 'single' ? 1 : 2 + Math.floor(2 * random());
    for (let i = 0; i < burst; i += 1) lost.add(at + i);
    // What follows a burst arrives: two bursts in a row would be a longer one.
    at += burst;
  }
  return lost;
};

/** Encodes speech as a client does: 20 ms, 40 kbit/s. */
export const encodeSpeech = async (pcm: Float32Array, fec: boolean): Promise<Uint8Array[]> => {
  const payloads: Uint8Array[] = [];
  const encoder = await createEncoder('opus', { engine: 'wasm', fec }, (payload) => payloads.push(payload));
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    encoder.encode(pcm.subarray(at, at + FRAME_SAMPLES), at / FRAME_SAMPLES);
  }
  encoder.close();
  return payloads;
};

interface Decoded {
  pcm: Float32Array;
  tag: number;
  concealed: boolean;
  /** Number of the frame with whose arrival it came out. */
  with: number;
}

const decode = async (
  payloads: readonly Uint8Array[],
  lost: ReadonlySet<number>,
  conceal: boolean,
): Promise<Decoded[]> => {
  const decoded: Decoded[] = [];
  let arrived = 0;
  const decoder = await createDecoder('opus', { engine: 'wasm' }, (pcm, tag, concealed) =>
    decoded.push({ pcm, tag, concealed, with: arrived }),
  );
  let missing = 0;
  payloads.forEach((payload, tag) => {
    if (lost.has(tag)) {
      missing += 1;
      return;
    }
    arrived = tag;
    if (missing > 0 && conceal) decoder.decodeAfterLoss(missing, payload, tag, FRAME_SAMPLES);
    else decoder.decode(payload, tag);
    missing = 0;
  });
  decoder.close();
  return decoded;
};

/** What the decoder gives, frame after frame; silence where it gives nothing. */
export const decodedSpeech = async (
  payloads: readonly Uint8Array[],
  lost: ReadonlySet<number>,
  conceal: boolean,
): Promise<Float32Array> => {
  const out = new Float32Array(payloads.length * FRAME_SAMPLES);
  for (const { pcm, tag } of await decode(payloads, lost, conceal)) out.set(pcm, tag * FRAME_SAMPLES);
  return out;
};

/** What a listener hears: decoded as frames arrive, and through a play-out buffer of the usual settings. */
export const playedSpeech = async (
  payloads: readonly Uint8Array[],
  lost: ReadonlySet<number>,
): Promise<{ pcm: Float32Array; delayMs: number }> => {
  const decoded = await decode(payloads, lost, true);
  const buffer = new PlayoutBuffer();
  const out = new Float32Array((payloads.length + 25) * FRAME_SAMPLES);
  let next = 0;
  for (let at = 0; at < out.length; at += 128) {
    const nowMs = at / 48;
    for (let voice = decoded[next]; voice !== undefined; voice = decoded[next]) {
      const arrivalMs = (voice.with + 1) * FRAME_MS + TRANSIT_MS;
      if (arrivalMs > nowMs) break;
      const spurt = { spurtStart: voice.tag === 0 };
      buffer.push(voice.pcm, voice.tag, voice.tag * FRAME_MS, arrivalMs, {
        concealed: voice.concealed,
        ...spurt,
      });
      next += 1;
    }
    buffer.pull(out.subarray(at, Math.min(out.length, at + 128)));
  }
  return { pcm: out, delayMs: buffer.stats.delayMs };
};
