import { FadeOut } from './fade-out.ts';
import { isPause, pauseSamples } from './pause.ts';
import { PlayoutSchedule } from './playout-schedule.ts';
import type { FrameOptions, PlayoutOptions, PlayoutStats } from './playout-stats.ts';
import { TimeStretch } from './time-stretch.ts';
import { endOf, type Segment, Timeline } from './timeline.ts';

/** A pause is played exactly as long as it was unless the delay is off by more than this. */
const KEEP_RHYTHM_MS = 15;
/** A sequence this far back is another stream. */
const RESTART_FRAMES = 3000;
/** Excess that no stretching makes good in decent time. */
const SKIP_ABOVE_MS = 600;
const FADE_IN_MS = 5;
const FADE_OUT_MS = 20;
const NO_OPTIONS: FrameOptions = {};

/**
 * Jitter buffer of one speaker, in decoded PCM. Frames get a place on a timeline that runs with play-out: within
 * a talk spurt one after the other, after a pause by capture time. How far ahead of play-out that place is
 * follows the jitter seen; the difference is made up in pauses and by stretching time.
 */
export class PlayoutBuffer {
  readonly #samplesPerMs: number;
  readonly #maxBufferedMs: number;
  readonly #schedule: PlayoutSchedule;
  readonly #timeline = new Timeline();
  readonly #fadeOut = new FadeOut();
  readonly #stretch: TimeStretch;
  readonly #copyAhead = (out: Float32Array) => this.#timeline.copy(this.#head, out);
  /** Position of the next sample to take from the timeline. */
  #head = 0;
  /** Spliced sound that goes out before anything else. */
  #spliced: Float32Array = new Float32Array(0);
  #splicedAt = 0;
  #newest: Segment | undefined;
  #playing: Segment | undefined;
  /** Whether silence, not a segment, was played last; and since when. */
  #inGap = true;
  #gapStart = 0;
  #fadeInLeft = 0;
  /** Late frames since the newest one, so that they do not count as lost too. */
  #lateSinceNewest = 0;
  readonly #counts = { late: 0, duplicates: 0, lost: 0, underruns: 0, playedFrames: 0 };
  #concealedSamples = 0;
  #stretchedSamples = 0;
  #skippedSamples = 0;

  constructor(options: PlayoutOptions = {}) {
    const sampleRate = options.sampleRate ?? 48000;
    this.#samplesPerMs = sampleRate / 1000;
    this.#maxBufferedMs = options.maxBufferedMs ?? 1000;
    this.#schedule = new PlayoutSchedule(options.minTargetMs ?? 20, options.maxTargetMs ?? 400);
    this.#stretch = new TimeStretch(sampleRate);
  }

  /** Whether there is nothing to play, now or later, until the next `push`. */
  get idle(): boolean {
    return this.#timeline.length === 0 && this.#inGap && this.#fadeOut.finished;
  }

  /** Sound held, ms, pauses between spurts included. */
  get bufferedMs(): number {
    const end = this.#newest === undefined ? this.#position : endOf(this.#newest);
    return Math.max(0, end - this.#position) / this.#samplesPerMs;
  }

  get stats(): PlayoutStats {
    return {
      ...this.#counts,
      targetMs: this.#schedule.targetMs,
      bufferedMs: this.bufferedMs,
      delayMs: Math.max(0, this.#schedule.delayMs ?? this.#schedule.wantedDelayMs),
      concealedMs: this.#concealedSamples / this.#samplesPerMs,
      stretchedMs: this.#stretchedSamples / this.#samplesPerMs,
      skippedMs: this.#skippedSamples / this.#samplesPerMs,
      jitterMs: this.#schedule.jitter.jitterMs,
      lastPlayedCaptureTimeMs: this.#captureTimeMs(),
      begunSequence: this.#playing?.sequence,
      begunCaptureTimeMs: this.#playing && this.#playing.captureTimeMs + this.#sinceBegunMs(this.#playing),
    };
  }

  /**
   * Takes a decoded frame. The buffer keeps `pcm` itself and reads it until it is played.
   * @param sequence extended: it does not wrap
   * @param captureTimeMs of the first sample, on the speaker's clock (any, if steady)
   * @param arrivalMs on the listener's clock (any, if steady)
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
    const measured = options.preRoll !== true && options.concealed !== true;
    const durationMs = pcm.length / this.#samplesPerMs;
    const slowerMs = measured ? this.#schedule.arrived(arrivalMs, captureTimeMs, durationMs) : 0;
    const newest = this.#newest;
    if (slowerMs === undefined) {
      this.#counts.late += 1;
      if (newest === undefined || sequence > newest.sequence) this.#lateSinceNewest += 1;
      return false;
    }
    if (newest !== undefined && sequence <= newest.sequence) {
      return this.#pushEarlier(pcm, sequence, captureTimeMs, options);
    }
    const pause =
      newest === undefined ||
      isPause(newest, { sequence, captureTimeMs, samples: pcm.length }, this.#samplesPerMs, options);
    // Pre-roll is old already: it plays at once, and what that leaves too full is made good by stretching.
    const waitMs = options.preRoll === true ? 0 : this.#schedule.waitMs(pause, slowerMs);
    const wanted = this.#position + Math.round(waitMs * this.#samplesPerMs);
    let position = wanted;
    // Late frames dropped since the newest one were there to be played: that was a stall and no pause.
    const stalled = newest !== undefined && endOf(newest) < this.#head && !newest.spurtEnd;
    if (newest !== undefined && pause) {
      if (stalled && this.#lateSinceNewest > 0) this.#counts.underruns += 1;
      position = this.#positionAfterPause(newest, captureTimeMs, wanted);
      this.#schedule.forgetDelays();
    } else if (newest !== undefined) {
      const missing = sequence - newest.sequence - 1;
      position = endOf(newest) + missing * pcm.length;
      // Sound made up for a loss is of no use any more once its moment has passed.
      if (position < this.#head && options.concealed === true) return false;
      this.#counts.lost +=
        Math.max(0, missing - this.#lateSinceNewest) + (options.concealed === true ? 1 : 0);
      if (position < this.#head) {
        if (stalled) this.#counts.underruns += 1;
        position = Math.max(this.#head, wanted);
        this.#schedule.forgetDelays();
      }
    }
    const spurtStart = pause && this.#lateSinceNewest === 0;
    const spurtEnd = options.spurtEnd === true;
    const segment = { pcm, sequence, captureTimeMs, position, spurtStart, spurtEnd, started: false };
    this.#lateSinceNewest = 0;
    if (options.concealed === true) this.#concealedSamples += pcm.length;
    this.#timeline.append(segment);
    this.#newest = segment;
    if (measured) this.#schedule.scheduled((position - this.#position) / this.#samplesPerMs, slowerMs);
    if (this.bufferedMs > this.#maxBufferedMs) this.#skip(this.bufferedMs - this.#schedule.targetMs);
    return true;
  }

  /** Fills `out` with the next samples; silence where there is nothing to play. */
  pull(out: Float32Array): void {
    this.#schedule.pulled(out.length / this.#samplesPerMs);
    let at = 0;
    while (at < out.length) {
      if (this.#splicedAt === this.#spliced.length) this.#stretchIfNeeded();
      const count =
        this.#splicedAt < this.#spliced.length ? this.#playSpliced(out, at) : this.#playTimeline(out, at);
      this.#fadeOut.remember(out, at, count);
      at += count;
    }
  }

  /** Forgets all sound and all statistics of arrival; counts stay. */
  #restart(): void {
    this.#timeline.clear();
    this.#newest = undefined;
    this.#schedule.restart();
  }

  /** Position of the sample that goes out next. */
  get #position(): number {
    return this.#head - (this.#spliced.length - this.#splicedAt);
  }

  #positionAfterPause(newest: Segment, captureTimeMs: number, wanted: number): number {
    const inRhythm = endOf(newest) + pauseSamples(newest, captureTimeMs, this.#samplesPerMs);
    const close = Math.abs(inRhythm - wanted) <= KEEP_RHYTHM_MS * this.#samplesPerMs;
    return close && inRhythm >= this.#head ? inRhythm : Math.max(endOf(newest), wanted);
  }

  /** A frame from before the newest one: it fits a hole that is still to be played, or it is dropped. */
  #pushEarlier(pcm: Float32Array, sequence: number, captureTimeMs: number, options: FrameOptions): boolean {
    if (this.#timeline.has(sequence) || sequence === this.#newest?.sequence) {
      this.#counts.duplicates += 1;
      return false;
    }
    const position = this.#timeline.positionOf(sequence, pcm.length);
    const flags = { spurtStart: false, spurtEnd: options.spurtEnd === true, started: false };
    const inTime = position !== undefined && position >= this.#head;
    if (!inTime || !this.#timeline.insert({ pcm, sequence, captureTimeMs, position, ...flags })) {
      if (options.preRoll !== true) this.#counts.late += 1;
      return false;
    }
    if (options.concealed === true) this.#concealedSamples += pcm.length;
    else this.#counts.lost = Math.max(0, this.#counts.lost - 1);
    return true;
  }

  #stretchIfNeeded(): void {
    if (this.#inGap || this.#fadeInLeft > 0) return;
    const excessMs = this.#schedule.excessMs;
    if (excessMs > SKIP_ABOVE_MS) {
      this.#skip(excessMs);
      return;
    }
    const splice = this.#stretch.splice(excessMs, this.#copyAhead);
    if (splice === undefined) return;
    this.#spliced = splice.output;
    this.#splicedAt = 0;
    this.#head += splice.advancedSamples;
    this.#stretchedSamples += Math.abs(splice.savedSamples);
    this.#schedule.saved(splice.savedSamples / this.#samplesPerMs);
    this.#dropPlayed();
  }

  /** Goes on `durationMs` later, with a cross-fade. */
  #skip(durationMs: number): void {
    const samples = Math.round(durationMs * this.#samplesPerMs);
    this.#spliced = this.#spliced.subarray(0, 0);
    this.#splicedAt = 0;
    this.#head += samples;
    this.#skippedSamples += samples;
    this.#schedule.saved(durationMs);
    this.#dropPlayed();
    if (!this.#inGap) this.#fadeOut.start(FADE_IN_MS * this.#samplesPerMs);
    this.#fadeInLeft = FADE_IN_MS * this.#samplesPerMs;
  }

  /** Lets go of segments that play-out has passed. */
  #dropPlayed(): void {
    for (let first = this.#timeline.first; first !== undefined; first = this.#timeline.first) {
      if (first.position >= this.#head) return;
      this.#begin(first);
      if (endOf(first) > this.#head) return;
      this.#timeline.removeFirst();
    }
  }

  #begin(segment: Segment): void {
    this.#playing = segment;
    if (segment.started) return;
    segment.started = true;
    this.#counts.playedFrames += 1;
  }

  #playSpliced(out: Float32Array, at: number): number {
    const count = Math.min(out.length - at, this.#spliced.length - this.#splicedAt);
    out.set(this.#spliced.subarray(this.#splicedAt, this.#splicedAt + count), at);
    this.#splicedAt += count;
    return count;
  }

  #playTimeline(out: Float32Array, at: number): number {
    const segment = this.#timeline.first;
    if (segment === undefined || segment.position > this.#head) return this.#playGap(out, at, segment);
    if (this.#inGap) {
      this.#inGap = false;
      this.#fadeInLeft = FADE_IN_MS * this.#samplesPerMs;
      if (!segment.spurtStart) this.#concealedSamples += this.#head - this.#gapStart;
    }
    this.#begin(segment);
    const offset = this.#head - segment.position;
    const count = Math.min(out.length - at, segment.pcm.length - offset);
    out.set(segment.pcm.subarray(offset, offset + count), at);
    for (let i = at; i < at + count && this.#fadeInLeft > 0; i += 1) {
      const weight = 1 - this.#fadeInLeft / (FADE_IN_MS * this.#samplesPerMs);
      out[i] = out[i]! * weight + this.#fadeOut.next() * (1 - weight);
      this.#fadeInLeft -= 1;
    }
    this.#head += count;
    this.#stretch.played(count);
    if (this.#head === endOf(segment)) this.#timeline.removeFirst();
    return count;
  }

  #playGap(out: Float32Array, at: number, next: Segment | undefined): number {
    if (!this.#inGap) {
      this.#inGap = true;
      this.#gapStart = this.#head;
      const pause = this.#playing?.spurtEnd === true || next?.spurtStart === true;
      this.#fadeOut.start((pause ? FADE_IN_MS : FADE_OUT_MS) * this.#samplesPerMs);
    }
    const untilNext = next === undefined ? out.length : next.position - this.#head;
    const count = Math.min(out.length - at, untilNext);
    for (let i = at; i < at + count; i += 1) out[i] = this.#fadeOut.next();
    this.#head += count;
    return count;
  }

  #captureTimeMs(): number | undefined {
    const playing = this.#playing;
    if (playing === undefined) return undefined;
    const durationMs = playing.pcm.length / this.#samplesPerMs;
    return playing.captureTimeMs + Math.min(durationMs, this.#sinceBegunMs(playing));
  }

  #sinceBegunMs(segment: Segment): number {
    return (this.#position - segment.position) / this.#samplesPerMs;
  }
}
