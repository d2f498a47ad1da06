import {
  FLAG_PRE_ROLL,
  type Frame,
  isTraced,
  MAX_TRACED_FRAMES,
  type TracedFrame,
} from '@partyline/protocol';

/** A frame that was not played by then is not played any more, or nobody tells. */
const SETTLED_AFTER_MS = 1_000;

interface Noted {
  frame: TracedFrame;
  /** Arrival on the room's clock, and what the clock of its edge is ahead of that. */
  arrivedAtMs: number;
  aheadMs: number;
}

/** Frames whose path is followed (protocol rule 46), from their arrival until a report has told of them. */
export class TracedFrames {
  /** One frame in so many; 0: none. */
  every = 0;
  #noted: Noted[] = [];
  /** What the last report told, for a copy may come by another connection. */
  #told: Noted[] = [];

  chooses({ flags, streamId, sequence }: Frame): boolean {
    return this.every > 0 && (flags & FLAG_PRE_ROLL) === 0 && isTraced(streamId, sequence, this.every);
  }

  /**
   * Takes note of the arrival of a frame that was chosen.
   * @param sentAtUs the edge's stamp in the message that brought it
   * @param arrivedAtMs on the room's clock
   * @param aheadMs what the clock of that edge is ahead of the room's
   */
  note(frame: Frame, sentAtUs: number, arrivedAtMs: number, aheadMs: number): void {
    if (this.#noted.length >= MAX_TRACED_FRAMES) return;
    const { streamId, sequence, captureTimeMs } = frame;
    const same = ({ frame: other }: Noted): boolean =>
      other.streamId === streamId && other.sequence === sequence;
    if (this.#noted.some(same) || this.#told.some(same)) return;
    const arrivedMs = arrivedAtMs + aheadMs;
    this.#noted.push({
      frame: { streamId, sequence, captureTimeMs, sentAtUs, arrivedMs },
      arrivedAtMs,
      aheadMs,
    });
  }

  /**
   * What is due in a report: each frame once, when it was played or will not be.
   * @param playedAtMs when a frame left the loudspeaker, on the room's clock
   */
  take(nowMs: number, playedAtMs: (streamId: number, sequence: number) => number | undefined): TracedFrame[] {
    const due: Noted[] = [];
    const waiting: Noted[] = [];
    for (const noted of this.#noted) {
      const { frame, arrivedAtMs, aheadMs } = noted;
      const atMs = playedAtMs(frame.streamId, frame.sequence);
      if (atMs !== undefined) frame.playedMs = atMs + aheadMs;
      if (atMs !== undefined || nowMs - arrivedAtMs > SETTLED_AFTER_MS) due.push(noted);
      else waiting.push(noted);
    }
    this.#noted = waiting;
    if (due.length > 0) this.#told = due;
    return due.map(({ frame }) => frame);
  }
}
