import { testVoice } from '@partyline/audio';
import { createDecoder, createEncoder } from '@partyline/codecs';
import type { Subject } from './subject.ts';

/** Seconds of voice for each second of the processor. */
export interface RealTimeFactors {
  readonly encode: number;
  readonly decode: number;
  /** One after the other. */
  readonly both: number;
}

/** Time that was used so far, ms: of the processor where that can be known. */
export type Clock = () => number;

const VOICE_RATE = 48000;
/** Short enough to stay in a processor's nearer caches, as the frame that somebody just spoke does. */
const VOICE_SECONDS = 4;
/** Rounds from one look at the clock to the next, as looking at it takes longer than a frame of G.711. */
const ROUNDS_A_LOOK = 8;

/** Runs wherever codecs do. */
export class CodecBench {
  readonly #clock: Clock;
  readonly #voices = new Map<number, Float32Array>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Encodes a voice over and over, then decodes it over and over.
   * @param minMs how long each of the two lasts at least
   */
  async measure({ codec, options }: Subject, minMs: number): Promise<RealTimeFactors> {
    const packets: Uint8Array[] = [];
    let encodedBytes = 0;
    const encoder = await createEncoder(codec, options, (payload, tag) => {
      encodedBytes += payload.length;
      // As in a call, packets are gone after a moment; those of the first round are decoded afterwards.
      if (packets.length === tag) packets.push(payload);
    });
    const decoder = await createDecoder(codec, options, () => undefined);
    const { frameSamples, sampleRate } = encoder;
    const voice = this.#voiceAt(sampleRate);
    const frames: Float32Array[] = [];
    for (let at = 0; at + frameSamples <= voice.length; at += frameSamples) {
      frames.push(voice.subarray(at, at + frameSamples));
    }
    const encodeAll = (): void => {
      for (let tag = 0; tag < frames.length; tag += 1) encoder.encode(frames[tag]!, tag);
    };
    const decodeAll = (): void => {
      for (let tag = 0; tag < packets.length; tag += 1) decoder.decode(packets[tag]!, tag);
    };
    const seconds = (frames.length * frameSamples) / sampleRate;
    const encodeMs = this.#timeOf(encodeAll, minMs);
    const decodeMs = this.#timeOf(decodeAll, minMs);
    encoder.close();
    decoder.close();
    if (decoder.corruptPackets > 0 || encodedBytes === 0)
      throw new Error(`${codec} does not decode its own packets`);
    const factor = (ms: number): number => (seconds * 1000) / ms;
    return { encode: factor(encodeMs), decode: factor(decodeMs), both: factor(encodeMs + decodeMs) };
  }

  /** ms of one round of work, once warm. */
  #timeOf(work: () => void, minMs: number): number {
    const warm = this.#clock() + minMs / 4;
    do work();
    while (this.#clock() < warm);
    const beganAtMs = this.#clock();
    let rounds = 0;
    let took = 0;
    do {
      for (let round = 0; round < ROUNDS_A_LOOK; round += 1) work();
      rounds += ROUNDS_A_LOOK;
      took = this.#clock() - beganAtMs;
    } while (took < minMs);
    return took / rounds;
  }

  /** Resampled as simply as can be: how it sounds does not matter here. */
  #voiceAt(sampleRate: number): Float32Array {
    const known = this.#voices.get(sampleRate);
    if (known !== undefined) return known;
    const source = testVoice(VOICE_SECONDS);
    const step = VOICE_RATE / sampleRate;
    const voice = Float32Array.from({ length: sampleRate * VOICE_SECONDS }, (_, i) => {
      const at = Math.floor(i * step);
      const share = i * step - at;
      return source[at]! * (1 - share) + (source[at + 1] ?? 0) * share;
    });
    this.#voices.set(sampleRate, voice);
    return voice;
  }
}
