import { FadeOut } from './fade-out.ts';
import type { PlayoutSchedule } from './playout-schedule.ts';
import { TimeStretch } from './time-stretch.ts';
import { endOf, type Segment, Timeline } from './timeline.ts';

/** Excess that no stretching makes good in decent time. */
const SKIP_ABOVE_MS = 600;
const FADE_IN_MS = 5;
const FADE_OUT_MS = 20;

/**
 * Plays a timeline: moves along it, faster or slower as the schedule wants it, fades into gaps and out of them.
 */
export class PlayHead {
  readonly timeline = new Timeline();
  readonly #samplesPerMs: number;
  readonly #schedule: PlayoutSchedule;
  readonly #fadeOut = new FadeOut();
  readonly #stretch: TimeStretch;
  readonly #copyAhead = (out: Float32Array) => this.timeline.copy(this.#at, out);
  playedFrames = 0;
  /** Samples of gaps that were no pauses. */
  silentSamples = 0;
  stretchedSamples = 0;
  skippedSamples = 0;
  /** Samples given out since the beginning. */
  #givenOut = 0;
  /** Position of the next sample to take from the timeline. */
  #at = 0;
  /** Spliced sound that goes out before anything else. */
  #spliced: Float32Array = new Float32Array(0);
  #splicedAt = 0;
  #playing: Segment | undefined;
  /** Whether silence, not a segment, was played last; and since when. */
  #inGap = true;
  #gapStart = 0;
  #fadeInLeft = 0;

  constructor(sampleRate: number, schedule: PlayoutSchedule) {
    this.#samplesPerMs = sampleRate / 1000;
    this.#schedule = schedule;
    this.#stretch = new TimeStretch(sampleRate);
  }

  /** The segment that began to play last. */
  get playing(): Segment | undefined {
    return this.#playing;
  }

  /** Whether nothing is sounding, not even the end of something. */
  get silent(): boolean {
    return this.#inGap && this.#fadeOut.finished;
  }

  /** Sound from before this position can no longer be played. */
  get at(): number {
    return this.#at;
  }

  /** Position of the sample that goes out next. */
  get position(): number {
    return this.#at - (this.#spliced.length - this.#splicedAt);
  }

  /** What was given out since the beginning, ms: the clock that play-out runs by. */
  get nowMs(): number {
    return this.#givenOut / this.#samplesPerMs;
  }

  /** When, on the clock of {@link nowMs}, a position will go out. */
  timeOfMs(position: number): number {
    return (this.#givenOut + position - this.position) / this.#samplesPerMs;
  }

  /** Fills `out`; silence where there is nothing to play. */
  pull(out: Float32Array): void {
    let filled = 0;
    while (filled < out.length) {
      if (this.#splicedAt === this.#spliced.length) this.#stretchIfNeeded();
      const count =
        this.#splicedAt < this.#spliced.length
          ? this.#playSpliced(out, filled)
          : this.#playTimeline(out, filled);
      this.#fadeOut.remember(out, filled, count);
      filled += count;
      this.#givenOut += count;
    }
  }

  /** Goes on `durationMs` later, with a cross-fade. */
  skip(durationMs: number): void {
    const samples = Math.round(durationMs * this.#samplesPerMs);
    this.#spliced = this.#spliced.subarray(0, 0);
    this.#splicedAt = 0;
    this.#at += samples;
    this.skippedSamples += samples;
    this.#schedule.saved(durationMs);
    this.#dropPlayed();
    if (!this.#inGap) this.#fadeOut.start(FADE_IN_MS * this.#samplesPerMs);
    this.#fadeInLeft = FADE_IN_MS * this.#samplesPerMs;
  }

  #stretchIfNeeded(): void {
    if (this.#inGap || this.#fadeInLeft > 0) return;
    const excessMs = this.#schedule.excessMs;
    if (excessMs > SKIP_ABOVE_MS) {
      this.skip(excessMs);
      return;
    }
    const splice = this.#stretch.splice(excessMs, this.#copyAhead);
    if (splice === undefined) return;
    this.#spliced = splice.output;
    this.#splicedAt = 0;
    this.#at += splice.advancedSamples;
    this.stretchedSamples += Math.abs(splice.savedSamples);
    this.#schedule.saved(splice.savedSamples / this.#samplesPerMs);
    this.#dropPlayed();
  }

  /** Lets go of segments that play-out has passed. */
  #dropPlayed(): void {
    for (let first = this.timeline.first; first !== undefined; first = this.timeline.first) {
      if (first.position >= this.#at) return;
      this.#begin(first);
      if (endOf(first) > this.#at) return;
      this.timeline.removeFirst();
    }
  }

  #begin(segment: Segment): void {
    this.#playing = segment;
    if (segment.started) return;
    segment.started = true;
    this.playedFrames += 1;
  }

  #playSpliced(out: Float32Array, filled: number): number {
    const count = Math.min(out.length - filled, this.#spliced.length - this.#splicedAt);
    out.set(this.#spliced.subarray(this.#splicedAt, this.#splicedAt + count), filled);
    this.#splicedAt += count;
    return count;
  }

  #playTimeline(out: Float32Array, filled: number): number {
    const segment = this.timeline.first;
    if (segment === undefined || segment.position > this.#at) return this.#playGap(out, filled, segment);
    if (this.#inGap) {
      this.#inGap = false;
      this.#fadeInLeft = FADE_IN_MS * this.#samplesPerMs;
      if (!segment.spurtStart) this.silentSamples += this.#at - this.#gapStart;
    }
    this.#begin(segment);
    const offset = this.#at - segment.position;
    const count = Math.min(out.length - filled, segment.pcm.length - offset);
    out.set(segment.pcm.subarray(offset, offset + count), filled);
    for (let i = filled; i < filled + count && this.#fadeInLeft > 0; i += 1) {
      const weight = 1 - this.#fadeInLeft / (FADE_IN_MS * this.#samplesPerMs);
      out[i] = out[i]! * weight + this.#fadeOut.next() * (1 - weight);
      this.#fadeInLeft -= 1;
    }
    this.#at += count;
    this.#stretch.played(count);
    if (this.#at === endOf(segment)) this.timeline.removeFirst();
    return count;
  }

  #playGap(out: Float32Array, filled: number, next: Segment | undefined): number {
    if (!this.#inGap) {
      this.#inGap = true;
      this.#gapStart = this.#at;
      const pause = this.#playing?.spurtEnd === true || next?.spurtStart === true;
      this.#fadeOut.start((pause ? FADE_IN_MS : FADE_OUT_MS) * this.#samplesPerMs);
    }
    const untilNext = next === undefined ? out.length : next.position - this.#at;
    const count = Math.min(out.length - filled, untilNext);
    for (let i = filled; i < filled + count; i += 1) out[i] = this.#fadeOut.next();
    this.#at += count;
    return count;
  }
}
