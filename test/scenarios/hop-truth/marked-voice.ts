import type { OutgoingFrame } from '@partyline/client';
import { createEncoder, type VoiceEncoder } from '@partyline/codecs';
import { nowMs } from '../../support/raw-client.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { speech } from '../../support/synthetic-voice.ts';

const FRAME_MS = 20;
const FRAME_SAMPLES = FRAME_MS * 48;
/** One frame in so many begins with a mark. */
const MARK_EVERY = 25;
export const MARK_SPACING_MS = MARK_EVERY * FRAME_MS;
const MARK_SAMPLES = 480;
const MARK_HZ = 1_500;
const MARK_AMPLITUDE = 0.6;
const MURMUR_AMPLITUDE = 0.02;
/** −dBov, as the frames claim. */
const LEVEL = 30;

/**
 * A voice that never rests: a murmur, and twice a second a short tone, by which a listener's ear can tell when what
 * was captured at a known time is heard. It keeps the pace of a microphone.
 */
export class MarkedVoice {
  /** When the marks so far were captured, by this machine's clock, epoch ms. */
  readonly marksMs: number[] = [];
  frames = 0;
  readonly #publish: (frame: OutgoingFrame) => void;
  readonly #toCluster: (localMs: number) => number;
  readonly #moment = speech(LEVEL);
  readonly #murmur = new SeededRandom(5);
  #encoder: VoiceEncoder | undefined;
  #startMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The longest that this process was late with a frame, ms: what the machine itself adds; whoever asks sets it back. */
  latestMs = 0;

  static async open(
    publish: (frame: OutgoingFrame) => void,
    toCluster: (localMs: number) => number,
  ): Promise<MarkedVoice> {
    const voice = new MarkedVoice(publish, toCluster);
    voice.#encoder = await createEncoder('opus', { engine: 'wasm' }, (payload, index) =>
      voice.#encoded(payload, index),
    );
    return voice;
  }

  private constructor(publish: (frame: OutgoingFrame) => void, toCluster: (localMs: number) => number) {
    this.#publish = publish;
    this.#toCluster = toCluster;
  }

  /** Begins, or goes on after a silence. */
  speak(): void {
    if (this.#timer !== undefined) return;
    this.#startMs = nowMs() - this.frames * FRAME_MS;
    this.#wait();
  }

  /** When its first frame would have begun, had it never been silent: frames begin every 20 ms from there. */
  get startMs(): number {
    return this.#startMs;
  }

  hush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.hush();
    this.#encoder?.close();
  }

  #capturedAtMs(index: number): number {
    return this.#startMs + index * FRAME_MS;
  }

  /** A frame is there once its last sample has been captured. */
  #wait(): void {
    const dueMs = this.#capturedAtMs(this.frames + 1);
    this.#timer = setTimeout(() => {
      this.latestMs = Math.max(this.latestMs, nowMs() - dueMs);
      while (this.#capturedAtMs(this.frames + 1) <= nowMs()) this.#capture();
      this.#wait();
    }, dueMs - nowMs());
  }

  #capture(): void {
    const index = this.frames;
    this.frames += 1;
    const pcm = new Float32Array(FRAME_SAMPLES);
    for (let i = 0; i < pcm.length; i++) pcm[i] = (this.#murmur.u32() / 2 ** 31 - 1) * MURMUR_AMPLITUDE;
    if (index % MARK_EVERY === 0) {
      this.marksMs.push(this.#capturedAtMs(index));
      for (let i = 0; i < MARK_SAMPLES; i++) {
        pcm[i]! += Math.sin((2 * Math.PI * MARK_HZ * i) / 48_000) * MARK_AMPLITUDE;
      }
    }
    this.#encoder?.encode(pcm, index);
  }

  #encoded(payload: Uint8Array, index: number): void {
    const moment = this.#moment(index);
    this.#publish({
      payload,
      capturedAtMs: this.#toCluster(this.#capturedAtMs(index)),
      durationMs: FRAME_MS,
      levelDbov: moment?.level ?? LEVEL,
      active: moment?.active ?? true,
    });
  }
}
