import { InterarrivalJitter } from './interarrival-jitter.ts';
import { isPause, pauseSamples } from './pause.ts';
import { PlayHead } from './play-head.ts';
import { PlayoutSchedule } from './playout-schedule.ts';
import type { FrameOptions, PlayoutOptions, PlayoutStats } from './playout-stats.ts';
import { endOf, type Segment } from './timeline.ts';

/** A pause is played exactly as long as it was unless the delay is off by more than this. */
const KEEP_RHYTHM_MS = 15;
/** A sequence this far back is another stream. */
const RESTART_FRAMES = 3000;
const NO_OPTIONS: FrameOptions = {};

/**
 * Jitter buffer of one speaker, in decoded PCM. Frames get a place on a timeline that runs with play-out: within
 * a talk spurt one after the other, after a pause by capture time. How far ahead of play-out that place is
 * follows the lateness seen; the difference is made up in pauses and by stretching time.
 */
export class PlayoutBuffer {
  readonly #samplesPerMs: number;
  readonly #maxBufferedMs: number;
  readonly #schedule: PlayoutSchedule;
  readonly #head: PlayHead;
  readonly #jitter = new InterarrivalJitter();
  #newest: Segment | undefined;
  /** Late frames since the newest one, so that they do not count as lost too. */
  #lateSinceNewest = 0;
  readonly #counts = { late: 0, duplicates: 0, lost: 0, underruns: 0 };
  #concealedSamples = 0;

  constructor(options: PlayoutOptions = {}) {
    const sampleRate = options.sampleRate ?? 48000;
    this.#samplesPerMs = sampleRate / 1000;
    this.#maxBufferedMs = options.maxBufferedMs ?? 1000;
    this.#schedule = new PlayoutSchedule(options.minTargetMs ?? 20, options.maxTargetMs ?? 400);
    this.#head = new PlayHead(sampleRate, this.#schedule);
  }

  /** Whether there is nothing to play, now or later, until the next `push`. */
  get idle(): boolean {
    return this.#head.timeline.length === 0 && this.#head.silent;
  }

  /** Sound held, ms, pauses between spurts included. */
  get bufferedMs(): number {
    const end = this.#newest === undefined ? this.#head.position : endOf(this.#newest);
    return Math.max(0, end - this.#head.position) / this.#samplesPerMs;
  }

  get stats(): PlayoutStats {
    const head = this.#head;
    const { playing } = head;
    return {
      ...this.#counts,
      playedFrames: head.playedFrames,
      targetMs: this.#schedule.targetMs,
      bufferedMs: this.bufferedMs,
      delayMs: Math.max(0, this.#schedule.delayMs ?? this.#schedule.wantedDelayMs),
      concealedMs: (this.#concealedSamples + head.silentSamples) / this.#samplesPerMs,
      stretchedMs: head.stretchedSamples / this.#samplesPerMs,
      skippedMs: head.skippedSamples / this.#samplesPerMs,
      jitterMs: this.#jitter.jitterMs,
      lastPlayedCaptureTimeMs: playing && this.#captureTimeMs(playing),
      begunSequence: playing?.sequence,
      begunCaptureTimeMs: playing && playing.captureTimeMs + this.#sinceBegunMs(playing),
    };
  }

  /**
   * Takes a decoded frame. The buffer keeps `pcm` itself and reads it until it is played.
   * @param sequence extended: it does not wrap
   * @param captureTimeMs of the first sample, on the speaker's clock (any, if steady)
   * @param arrivalMs from the network, on the listener's clock (any, if steady): for the statistics. How long frames
   *   wait follows from when they are pushed, counted in what was pulled.
   * @returns whether the frame will be played
   */
  push(
    pcm: Float32Array,
    sequence: number,
    captureTimeMs: number,
    arrivalMs: number,
    options: FrameOptions = NO_OPTIONS,
  ): boolean {
    if (pcm.length === 0) return false;
    if (this.#newest !== undefined && sequence < this.#newest.sequence - RESTART_FRAMES) this.#restart();
    const slowerMs = this.#measure(pcm.length / this.#samplesPerMs, captureTimeMs, arrivalMs, options);
    const newest = this.#newest;
    if (slowerMs === undefined) {
      this.#counts.late += 1;
      if (newest === undefined || sequence > newest.sequence) this.#lateSinceNewest += 1;
      return false;
    }
    if (newest !== undefined && sequence <= newest.sequence) {
      return this.#pushEarlier(pcm, sequence, captureTimeMs, options);
    }
    const frame = { sequence, captureTimeMs, samples: pcm.length };
    const pause = newest === undefined || isPause(newest, frame, this.#samplesPerMs, options);
    // Pre-roll is old already: it plays at once, and what that leaves too full is made good by stretching.
    const waitMs = options.preRoll === true ? 0 : this.#schedule.waitMs(pause, slowerMs);
    const wanted = this.#head.position + Math.round(waitMs * this.#samplesPerMs);
    let position: number | undefined = wanted;
    if (newest !== undefined && pause) {
      // Late frames dropped since the newest one were there to be played: that was a stall and no pause.
      if (this.#ranDry(newest) && this.#lateSinceNewest > 0) this.#counts.underruns += 1;
      position = this.#positionAfterPause(newest, captureTimeMs, wanted);
    } else if (newest !== undefined) position = this.#positionAfter(newest, frame, wanted, options);
    if (position === undefined) return false;
    this.#append({
      pcm,
      sequence,
      captureTimeMs,
      position,
      spurtStart: pause && this.#lateSinceNewest === 0,
      spurtEnd: options.spurtEnd === true,
      started: false,
    });
    if (options.concealed === true) this.#concealedSamples += pcm.length;
    return true;
  }

  /** Fills `out` with the next samples; silence where there is nothing to play. */
  pull(out: Float32Array): void {
    this.#head.pull(out);
  }

  /** @returns how much slower than the fastest frames this one was; undefined if it is not worth playing any more */
  #measure(
    durationMs: number,
    captureTimeMs: number,
    arrivalMs: number,
    options: FrameOptions,
  ): number | undefined {
    const { nowMs } = this.#head;
    if (options.preRoll === true) return 0;
    if (options.concealed === true) {
      this.#schedule.rebuilt(nowMs, captureTimeMs);
      return 0;
    }
    this.#jitter.update(arrivalMs, captureTimeMs);
    return this.#schedule.arrived(nowMs, captureTimeMs, durationMs);
  }

  #append(segment: Segment): void {
    this.#lateSinceNewest = 0;
    this.#head.timeline.append(segment);
    this.#newest = segment;
    this.#schedule.placed(this.#head.timeOfMs(segment.position) - segment.captureTimeMs);
    if (this.#schedule.takeStep()) this.#head.skip(Math.max(0, this.#schedule.excessMs));
    if (this.bufferedMs > this.#maxBufferedMs) this.#head.skip(this.bufferedMs - this.#schedule.targetMs);
  }

  /** Forgets all sound and all statistics of arrival; counts stay. */
  #restart(): void {
    this.#head.timeline.clear();
    this.#newest = undefined;
    this.#schedule.restart();
    this.#jitter.reset();
  }

  /** Whether there was nothing left to play before the spurt was over. */
  #ranDry(newest: Segment): boolean {
    return endOf(newest) < this.#head.at && !newest.spurtEnd;
  }

  #positionAfterPause(newest: Segment, captureTimeMs: number, wanted: number): number {
    const inRhythm = endOf(newest) + pauseSamples(newest, captureTimeMs, this.#samplesPerMs);
    const close = Math.abs(inRhythm - wanted) <= KEEP_RHYTHM_MS * this.#samplesPerMs;
    return close && inRhythm >= this.#head.at ? inRhythm : Math.max(endOf(newest), wanted);
  }

  /** Where a frame of the same spurt goes; undefined if it is no longer wanted. */
  #positionAfter(
    newest: Segment,
    frame: { sequence: number; samples: number },
    wanted: number,
    options: FrameOptions,
  ): number | undefined {
    const missing = frame.sequence - newest.sequence - 1;
    const position = endOf(newest) + missing * frame.samples;
    const passed = position < this.#head.at;
    // Sound made up for a loss is of no use any more once its moment has passed.
    if (passed && options.concealed === true) return undefined;
    this.#counts.lost += Math.max(0, missing - this.#lateSinceNewest) + (options.concealed === true ? 1 : 0);
    if (!passed) return position;
    if (this.#ranDry(newest)) this.#counts.underruns += 1;
    return Math.max(this.#head.at, wanted);
  }

  /** A frame from before the newest one: it fits a hole that is still to be played, or it is dropped. */
  #pushEarlier(pcm: Float32Array, sequence: number, captureTimeMs: number, options: FrameOptions): boolean {
    const { timeline } = this.#head;
    if (timeline.has(sequence) || sequence === this.#newest?.sequence) {
      this.#counts.duplicates += 1;
      return false;
    }
    const position = timeline.positionOf(sequence, pcm.length);
    const flags = { spurtStart: false, spurtEnd: options.spurtEnd === true, started: false };
    const inTime = position !== undefined && position >= this.#head.at;
    if (!inTime || !timeline.insert({ pcm, sequence, captureTimeMs, position, ...flags })) {
      if (options.preRoll !== true) this.#counts.late += 1;
      return false;
    }
    if (options.concealed === true) this.#concealedSamples += pcm.length;
    else this.#counts.lost = Math.max(0, this.#counts.lost - 1);
    return true;
  }

  #captureTimeMs(playing: Segment): number {
    const durationMs = playing.pcm.length / this.#samplesPerMs;
    return playing.captureTimeMs + Math.min(durationMs, this.#sinceBegunMs(playing));
  }

  #sinceBegunMs(segment: Segment): number {
    return (this.#head.position - segment.position) / this.#samplesPerMs;
  }
}
