import type { Room } from '@partyline/client';
import { VoiceSink } from '@partyline/client/node';
import { nowMs } from '../../support/raw-client.ts';
import { MARK_SPACING_MS, type MarkedVoice } from './marked-voice.ts';

const BLOCK_MS = 10;
const HOP_SAMPLES = 48;
/** Root mean square of a ms from which on it is a mark: the murmur is far below, a mark far above. */
const MARK_RMS = 0.15;
/**
 * Sound that should be held, as the least and so in effect as the fixed target: an adaptive one follows the jitter
 * of a busy machine by some ms, which would be a move of the play-out hop that nobody injected.
 */
const TARGET_MS = 120;
/**
 * Sound is taken in blocks of 10 ms, and where in a block frames come is the luck of a start: up to 10 ms of play-out.
 * So that every play-out of this call has the same luck, its blocks begin this much after the voice's frames do, which
 * arrive a little after they end: in the middle of a block.
 */
const PHASE_MS = 8;

type HeardVoice = Pick<MarkedVoice, 'marksMs' | 'startMs'>;

/** A listener's play-out whose sound is watched for marks: when a mark is heard is known without any stamp. */
export class MarkedEar {
  /** From a mark's capture to the moment it was heard, both by this machine's one clock, ms. */
  readonly mouthToEar: { atMs: number; ms: number }[] = [];
  readonly #sink: VoiceSink;
  readonly #voice: HeardVoice;
  #startMs = 0;
  #blocks = 0;
  #quietMs = 0;

  constructor(room: Room, voice: HeardVoice) {
    this.#voice = voice;
    this.#sink = new VoiceSink(room, {
      playout: { minTargetMs: TARGET_MS },
      onPcm: (block) => this.#listen(block),
      clock: { now: () => this.#now() },
    });
  }

  close(): void {
    this.#sink.close();
  }

  /** The sink reads its clock first of all to know when its sound begins. */
  #now(): number {
    const now = nowMs();
    if (this.#startMs > 0) return now;
    this.#startMs = now - ((now - this.#voice.startMs - PHASE_MS) % BLOCK_MS);
    return this.#startMs;
  }

  #listen(block: Float32Array): void {
    const blockMs = this.#startMs + this.#blocks * BLOCK_MS;
    this.#blocks += 1;
    for (let at = 0; at < block.length; at += HOP_SAMPLES) {
      let sum = 0;
      for (let i = at; i < at + HOP_SAMPLES; i++) sum += block[i]! ** 2;
      const loud = Math.sqrt(sum / HOP_SAMPLES) > MARK_RMS;
      if (loud && this.#quietMs > MARK_SPACING_MS / 2) this.#heard(blockMs + at / 48);
      this.#quietMs = loud ? 0 : this.#quietMs + 1;
    }
  }

  #heard(atMs: number): void {
    const capturedMs = this.#voice.marksMs.findLast((markMs) => markMs < atMs);
    if (capturedMs !== undefined && atMs - capturedMs < MARK_SPACING_MS) {
      this.mouthToEar.push({ atMs, ms: atMs - capturedMs });
    }
  }
}
