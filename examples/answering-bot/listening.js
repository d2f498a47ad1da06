// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** A pause this long ends what somebody says; shorter ones are within a sentence. */
const PAUSE_MS = 700;
/** Kept from before the first active frame, so that no first consonant is lost: 200 ms. */
const LEAD_SAMPLES = 9_600;
/** Nobody is kept waiting longer: 20 s of 48 kHz. */
const LONGEST_SAMPLES = 960_000;
/** A cough is no sentence: this much has to be active. */
const LEAST_ACTIVE_FRAMES = 15;
const CHECK_EVERY_MS = 50;
/** People kept apart; more do not talk at once. */
const MOST_SPEAKERS = 32;
/** Activity noted of frames whose sound has not come out of the decoder yet. */
const MOST_NOTED = 64;

/**
 * One speaker's sentence so far.
 * @typedef {{ pieces: Float32Array[]; samples: number; activeFrames: number; activeAtMs: number; active: Map<number, boolean> }} Sentence
 */

/** Finds out when somebody has finished saying something, and what it was. */
export class Listening {
  /** @type {Map<number, Sentence>} by stream id */
  #sentences = new Map();

  /**
   * What a frame says of itself, before it is decoded.
   * @param {number} streamId @param {number} sequence @param {boolean} active
   */
  note(streamId, sequence, active) {
    const sentence = this.#sentenceOf(streamId);
    sentence.active.set(sequence, active);
    if (sentence.active.size > MOST_NOTED) sentence.active.delete(sentence.active.keys().next().value ?? 0);
  }

  /** @param {number} streamId @param {number} sequence @param {Float32Array} pcm mono, 48 kHz */
  hear(streamId, sequence, pcm) {
    const sentence = this.#sentenceOf(streamId);
    const active = sentence.active.get(sequence) ?? false;
    sentence.active.delete(sequence);
    if (active) {
      sentence.activeFrames += 1;
      sentence.activeAtMs = performance.now();
    }
    sentence.pieces.push(pcm);
    sentence.samples += pcm.length;
    while (sentence.activeFrames === 0 && sentence.samples > LEAD_SAMPLES) {
      sentence.samples -= sentence.pieces.shift()?.length ?? 0;
    }
  }

  /** Forgets what was said until now. */
  forget() {
    this.#sentences.clear();
  }

  /**
   * The next thing that somebody said to its end; undefined once `signal` is aborted.
   * @param {AbortSignal} signal
   */
  async utterance(signal) {
    while (!signal.aborted) {
      for (const [streamId, sentence] of this.#sentences) {
        if (sentence.activeFrames === 0) continue;
        const isOver =
          performance.now() - sentence.activeAtMs > PAUSE_MS || sentence.samples > LONGEST_SAMPLES;
        if (!isOver) continue;
        this.#sentences.delete(streamId);
        if (sentence.activeFrames >= LEAST_ACTIVE_FRAMES) return { streamId, pcm: joined(sentence) };
      }
      await sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
    return undefined;
  }

  /** @param {number} streamId */
  #sentenceOf(streamId) {
    let sentence = this.#sentences.get(streamId);
    if (sentence === undefined) {
      if (this.#sentences.size >= MOST_SPEAKERS) this.#sentences.clear();
      sentence = { pieces: [], samples: 0, activeFrames: 0, activeAtMs: 0, active: new Map() };
      this.#sentences.set(streamId, sentence);
    }
    return sentence;
  }
}

/** @param {Sentence} sentence */
const joined = ({ pieces, samples }) => {
  const pcm = new Float32Array(samples);
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  return pcm;
};
