import { WavWriter } from '@partyline/audio/node';
import type { Room } from '@partyline/client';
import { VoiceSink } from '@partyline/client/node';
import { FLAG_PRE_ROLL } from '@partyline/protocol';

/** What was heard, for the summary. */
export interface Reception {
  seconds: number;
  framesReceived: number;
  framesLost: number;
  framesLate: number;
  framesSkipped: number;
  speakers: string[];
  /** Median and 95th percentile of capture to ear; undefined when nothing was heard. */
  mouthToEarMs: number | undefined;
  mouthToEarP95Ms: number | undefined;
  jitterMs: number | undefined;
  /** Median and 95th percentile of capture to arrival: the service's part, before any buffer. */
  arrivalMs: number | undefined;
  arrivalP95Ms: number | undefined;
  bufferMs: number;
  reconnects: number;
}

/** A recording is to be even, not early: it waits longer than a listener would, unless told otherwise. */
export const DEFAULT_BUFFER_MS = 200;
/** What the play-out buffer itself keeps: the rest of the time voice is held before it, which keeps its rhythm. */
const PLAYOUT_MS = 40;
/** Frames slower than this are late even for a recording. */
const MAX_BUFFER_MS = 1_000;
/** Delays kept for the percentiles: 20 minutes of one speaker. */
const MAX_DELAYS = 60_000;

/** Hears a room and writes it to a file, silence included. */
export class Recording {
  readonly #room: Room;
  readonly #writer: WavWriter | undefined;
  readonly #sink: VoiceSink;
  readonly #maxSamples: number;
  readonly #bufferMs: number;
  readonly #delaysMs: number[] = [];
  readonly #arrivalsMs: number[] = [];
  /** Names by stream: media may come before its speaker is announced. */
  readonly #speakers = new Map<number, string>();
  readonly #stop: (() => void)[];
  readonly #done: Promise<void>;
  #finish: (() => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;
  #samples = 0;

  /**
   * Begins at once.
   * @param options.path WAV file to write; none when absent
   * @param options.bufferMs least time that voice waits before it is mixed
   * @throws AudioFileError when the file cannot be written
   */
  constructor(room: Room, options: { path?: string; seconds?: number; bufferMs?: number }) {
    this.#room = room;
    this.#bufferMs = options.bufferMs ?? DEFAULT_BUFFER_MS;
    this.#writer = options.path === undefined ? undefined : new WavWriter(options.path);
    this.#maxSamples =
      options.seconds === undefined ? Number.POSITIVE_INFINITY : Math.round(options.seconds * 48_000);
    this.#done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Whoever never awaits `finished` hears of a full disk when closing.
    this.#done.catch(() => {});
    this.#sink = new VoiceSink(room, {
      onPcm: (block) => this.#write(block),
      playout: { minTargetMs: Math.min(PLAYOUT_MS, this.#bufferMs), maxTargetMs: MAX_BUFFER_MS },
      holdMs: Math.max(0, this.#bufferMs - PLAYOUT_MS),
    });
    this.#stop = [
      room.on('frame', ({ identity, streamId, frame, arrivedAtMs, capturedAtMs }) => {
        if ((this.#speakers.get(streamId) ?? '') === '')
          this.#speakers.set(streamId, this.#nameOf(streamId, identity));
        if ((frame.flags & FLAG_PRE_ROLL) === 0 && this.#arrivalsMs.length < MAX_DELAYS) {
          this.#arrivalsMs.push(arrivedAtMs - capturedAtMs);
        }
      }),
      room.on('stats', ({ mouthToEarMs }) => {
        if (mouthToEarMs !== undefined) this.#delaysMs.push(mouthToEarMs);
      }),
    ];
  }

  get seconds(): number {
    return this.#samples / 48_000;
  }

  get speakers(): readonly string[] {
    return [...this.#speakers].map(([streamId, name]) => name || `stream ${streamId}`);
  }

  /** Resolves when as many seconds as asked for are written. Rejects when the file cannot be written. */
  get finished(): Promise<void> {
    return this.#done;
  }

  /** Completes the file. */
  close(): Reception {
    for (const stop of this.#stop) stop();
    const stats = this.#room.getStats();
    this.#sink.close();
    this.#writer?.close();
    this.#delaysMs.sort((a, b) => a - b);
    this.#arrivalsMs.sort((a, b) => a - b);
    const jitters = stats.speakers.map(({ jitterMs }) => jitterMs);
    return {
      seconds: this.seconds,
      framesReceived: stats.downlink.receivedFrames,
      framesLost: stats.downlink.lostFrames,
      framesLate: stats.downlink.lateFrames,
      framesSkipped: stats.downlink.skippedFrames,
      speakers: [...this.speakers],
      mouthToEarMs: percentile(this.#delaysMs, 0.5),
      mouthToEarP95Ms: percentile(this.#delaysMs, 0.95),
      jitterMs: jitters.length === 0 ? undefined : Math.max(...jitters),
      arrivalMs: percentile(this.#arrivalsMs, 0.5),
      arrivalP95Ms: percentile(this.#arrivalsMs, 0.95),
      bufferMs: this.#bufferMs,
      reconnects: stats.reconnects,
    };
  }

  #nameOf(streamId: number, identity: string): string {
    return this.#room.participants.find((participant) => participant.streamId === streamId)?.name || identity;
  }

  #write(block: Float32Array): void {
    const left = this.#maxSamples - this.#samples;
    if (left <= 0) return;
    const kept = block.length > left ? block.subarray(0, left) : block;
    try {
      this.#writer?.write(kept);
    } catch (error) {
      this.#fail?.(error);
      return;
    }
    this.#samples += kept.length;
    if (this.#samples >= this.#maxSamples) this.#finish?.();
  }
}

/** `sorted` ascending; undefined when empty. */
const percentile = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

const ms = (value: number | undefined): string => (value === undefined ? '' : `${Math.round(value)} ms`);

/** One line for people. */
export const describeReception = (reception: Reception): string => {
  const { framesReceived, framesLost, framesLate, framesSkipped, speakers, seconds } = reception;
  if (framesReceived === 0) return `heard nobody in ${seconds.toFixed(1)} s`;
  const skipped = framesSkipped === 0 ? '' : `, ${framesSkipped} skipped`;
  const delay =
    reception.mouthToEarMs === undefined
      ? ''
      : `, capture to arrival ${ms(reception.arrivalMs)} (p95 ${ms(reception.arrivalP95Ms)}), mouth-to-ear ${ms(reception.mouthToEarMs)} with a buffer of ${reception.bufferMs} ms`;
  const who = `${speakers.length} ${speakers.length === 1 ? 'speaker' : 'speakers'} (${speakers.join(', ')})`;
  return `heard ${who} in ${seconds.toFixed(1)} s: ${framesReceived} frames, ${framesLost} lost, ${framesLate} late${skipped}${delay}`;
};
