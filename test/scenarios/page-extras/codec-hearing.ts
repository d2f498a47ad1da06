import { highPass } from '@partyline/audio';
import { measureDelays } from '../../browser/delay.ts';
import type { Recordings } from '../../browser/recordings.ts';
import { cut, endsAtMs, joinBlocks, levelDb, median, type Timeline } from '../../browser/timeline.ts';

/** Above what a telephone has, Hz. */
const ABOVE_HZ = 4_500;
const STEP_MS = 10;
const WINDOW_MS = 500;
/** Louder than this for a while, somebody speaks; softer than this, nothing is played. */
const SPOKEN_DB = -40;
const SILENT_DB = -70;
/** Voice is looked for so long around a moment: edges of words are no gaps. */
const AROUND_MS = 40;

/** What one page said and another one heard. */
export class Hearing {
  readonly #spoken: Timeline;
  readonly #heard: Timeline;
  /** From one to the other, in the middle of all that was said. */
  readonly #delayMs: number;

  constructor(speaker: Pick<Recordings, 'microphone'>, listener: Pick<Recordings, 'loudspeaker'>) {
    this.#spoken = joinBlocks(speaker.microphone);
    this.#heard = joinBlocks(listener.loudspeaker);
    const delays = measureDelays(this.#spoken, this.#heard, { windowMs: WINDOW_MS }).filter(
      ({ correlation }) => correlation > 0.5,
    );
    this.#delayMs = median(delays.map(({ delayMs }) => delayMs));
  }

  /** How alike what was said in a time and what was heard of it are, 0 to 1: the middle one of its seconds. */
  likeness(fromMs: number, toMs: number): number {
    const found = measureDelays(cut(this.#spoken, fromMs, toMs), this.#heard, { windowMs: WINDOW_MS });
    return median(found.map(({ correlation }) => correlation)) || 0;
  }

  /** How loud what is above a telephone's band was in a time, at the microphone and at the loudspeaker, dBFS. */
  aboveDb(fromMs: number, toMs: number): { spoken: number; heard: number } {
    const above = (timeline: Timeline, delayMs: number): number => {
      const { samples, sampleRate } = cut(timeline, fromMs + delayMs, toMs + delayMs);
      const filter = highPass({ hz: ABOVE_HZ, sampleRate, order: 8 });
      return levelDb({ samples: filter.process(samples.slice()) });
    };
    return { spoken: above(this.#spoken, 0), heard: above(this.#heard, this.#delayMs) };
  }

  /**
   * The longest time for which nothing was played though somebody spoke, in ms, when that was, and for how long in all
   * somebody spoke.
   */
  longestGap(): { gapMs: number; atMs: number; spokenMs: number } {
    let longest = { gapMs: 0, atMs: 0 };
    let gapMs = 0;
    let spokenMs = 0;
    const endMs =
      Math.min(endsAtMs(this.#spoken), endsAtMs(this.#heard) - this.#delayMs) - AROUND_MS - STEP_MS;
    for (let atMs = this.#spoken.startsAtMs + AROUND_MS; atMs < endMs; atMs += STEP_MS) {
      const spoken = this.#isSpoken(atMs);
      const heardMs = atMs + this.#delayMs;
      const silent = levelDb(cut(this.#heard, heardMs, heardMs + STEP_MS)) < SILENT_DB;
      gapMs = silent && spoken ? gapMs + STEP_MS : 0;
      spokenMs += spoken ? STEP_MS : 0;
      if (gapMs > longest.gapMs) longest = { gapMs, atMs };
    }
    return { ...longest, spokenMs };
  }

  /** All the time around a moment. */
  #isSpoken(atMs: number): boolean {
    for (let at = atMs - AROUND_MS; at <= atMs + AROUND_MS; at += STEP_MS) {
      if (levelDb(cut(this.#spoken, at, at + STEP_MS)) < SPOKEN_DB) return false;
    }
    return true;
  }
}
