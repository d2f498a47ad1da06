import { distance32 } from '@partyline/protocol';
import { FLOW_TICK_MS, LAGGING_AFTER_MS, OVERDUE_AFTER_MS, TOPIC_ID_REST_MS } from '../limits.ts';

/** Enough for every message of the time in which a listener must have acknowledged or is paused. */
const REMEMBERED_MESSAGES = 1_024;
const MARKS = OVERDUE_AFTER_MS / FLOW_TICK_MS;
const LAGGING_MARKS = LAGGING_AFTER_MS / FLOW_TICK_MS;

/**
 * A numbered series of media messages, for a whole room or for one listener. It remembers how many frames
 * had gone out with each recent message, so that what a listener missed is counted and not guessed.
 */
export class Topic {
  readonly id: number;
  /** u32 of the last message. */
  sequence = 0;
  /** Frames in all messages so far. */
  frames = 0;
  readonly #framesAt = new Float64Array(REMEMBERED_MESSAGES);
  readonly #sentAtMs = new Float64Array(REMEMBERED_MESSAGES);
  readonly #marks = new Float64Array(MARKS);
  #mark = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Numbers the next message, which is sent now. */
  advance(frames: number, nowMs: number): number {
    this.sequence = (this.sequence + 1) >>> 0;
    this.frames += frames;
    const index = this.sequence & (REMEMBERED_MESSAGES - 1);
    this.#framesAt[index] = this.frames;
    this.#sentAtMs[index] = nowMs;
    return this.sequence;
  }

  /** Counts frames that are not sent, so that they take no number. */
  skip(frames: number): void {
    this.frames += frames;
  }

  /** Frames up to and with this message, or undefined if that is too long ago. */
  framesAt(sequence: number): number | undefined {
    const age = distance32(sequence, this.sequence);
    if (age < 0 || age >= REMEMBERED_MESSAGES) return undefined;
    return this.#framesAt[sequence & (REMEMBERED_MESSAGES - 1)];
  }

  /** How long ago this message was sent, in ms; infinite if that is too long ago to be remembered. */
  ageMs(sequence: number, nowMs: number): number {
    const age = distance32(sequence, this.sequence);
    if (age < 0 || age >= REMEMBERED_MESSAGES) return Number.POSITIVE_INFINITY;
    return nowMs - this.#sentAtMs[sequence & (REMEMBERED_MESSAGES - 1)]!;
  }

  /** Call it every FLOW_TICK_MS. */
  mark(): void {
    this.#marks[this.#mark] = this.sequence;
    this.#mark = (this.#mark + 1) % MARKS;
  }

  /** Whoever has not acknowledged this message must be paused now, unless its path is long. */
  get overdueSequence(): number {
    return this.#marks[this.#mark]!;
  }

  /** Whoever has not acknowledged this message lags behind. */
  get laggingSequence(): number {
    return this.#marks[(this.#mark + MARKS - LAGGING_MARKS) % MARKS]!;
  }
}

/** Gives out topic ids; one that was given back rests a while, so that no late acknowledgement is taken for it. */
export class TopicIds {
  #next = 1;
  readonly #resting: { id: number; restsUntilMs: number }[] = [];

  /** Undefined when all 65,535 are in use or rest. */
  take(nowMs: number): number | undefined {
    const rested = this.#resting[0];
    if (rested !== undefined && rested.restsUntilMs <= nowMs) {
      this.#resting.shift();
      return rested.id;
    }
    if (this.#next > 0xffff) return undefined;
    return this.#next++;
  }

  giveBack(id: number, nowMs: number): void {
    this.#resting.push({ id, restsUntilMs: nowMs + TOPIC_ID_REST_MS });
  }
}
