import type { Frame } from '@partyline/protocol';
import type { IncomingStream } from './incoming-stream.ts';
import type { Timer, Timers } from './timers.ts';

/** Takes a frame whose turn it is, or that has waited long enough for those before it. */
export type Give = (stream: IncomingStream, frame: Frame, ageMs: number, arrivedAtMs: number) => void;

interface Held {
  frame: Frame;
  ageMs: number;
  arrivedAtMs: number;
}

interface Hold {
  stream: IncomingStream;
  /** In order, without copies. */
  frames: Held[];
  timer: Timer;
}

/** How long, and for how many frames, one that is missing is waited for. */
interface Patience {
  waitMs: number;
  frames: number;
}

/** A speaker has moved to another edge: its first frames there overtake its last ones on the old path. */
const SPEAKER_MOVED: Patience = { waitMs: 40, frames: 3 };
/** This listener itself has two connections, and one of them runs behind. */
const OVERLAP: Patience = { waitMs: 60, frames: 5 };
/** A larger hole is not what one path is ahead of another. */
const MAX_HOLE_FRAMES = 16;
/** After waiting in vain, what is missing is taken for lost at once for a while: waiting costs delay. */
const RESIGNED_MS = 10_000;

/**
 * Lets frames that overtook others wait a moment for them. A connection keeps its order, so only frames that
 * come by two ways can overtake: while a participant moves between edges (protocol rule 62).
 */
export class Reordering {
  /** Two connections bring frames at the moment. */
  overlapping = false;
  readonly #timers: Timers;
  readonly #give: Give;
  readonly #duplicate: () => void;
  readonly #holds = new Map<number, Hold>();

  constructor(timers: Timers, give: Give, duplicate: () => void) {
    this.#timers = timers;
    this.#give = give;
    this.#duplicate = duplicate;
  }

  take(stream: IncomingStream, frame: Frame, ageMs: number, arrivedAtMs: number): void {
    const missing = stream.missingBefore(frame.sequence);
    const hold = this.#holds.size === 0 ? undefined : this.#holds.get(frame.streamId);
    if (hold === undefined) {
      if (missing <= 0 || !this.#worthWaiting(stream, frame, missing, arrivedAtMs)) {
        this.#give(stream, frame, ageMs, arrivedAtMs);
        return;
      }
      const { waitMs } = this.#patience;
      const timer = this.#timers.after(waitMs, () => this.#giveUp(frame.streamId, true));
      this.#holds.set(frame.streamId, { stream, frames: [{ frame, ageMs, arrivedAtMs }], timer });
      return;
    }
    if (missing <= 0) this.#give(stream, frame, ageMs, arrivedAtMs);
    else this.#keep(hold, frame, ageMs, arrivedAtMs);
    this.#giveTurns(frame.streamId, hold);
    while (this.#holds.has(frame.streamId) && hold.frames.length >= this.#patience.frames) {
      this.#giveUp(frame.streamId, true);
    }
  }

  /** Waits no longer for anything of this stream. */
  flush(streamId: number): void {
    while (this.#holds.has(streamId)) this.#giveUp(streamId, false);
  }

  flushAll(): void {
    for (const streamId of [...this.#holds.keys()]) this.flush(streamId);
  }

  get #patience(): Patience {
    return this.overlapping ? OVERLAP : SPEAKER_MOVED;
  }

  #worthWaiting(stream: IncomingStream, frame: Frame, missing: number, nowMs: number): boolean {
    if (missing > MAX_HOLE_FRAMES) return false;
    return this.overlapping || (nowMs >= stream.resignedUntilMs && !stream.expectsGap(frame, missing));
  }

  #keep(hold: Hold, frame: Frame, ageMs: number, arrivedAtMs: number): void {
    const { stream, frames } = hold;
    const missing = stream.missingBefore(frame.sequence);
    let at = frames.length;
    while (at > 0 && stream.missingBefore(frames[at - 1]!.frame.sequence) >= missing) at -= 1;
    if (frames[at]?.frame.sequence === frame.sequence) this.#duplicate();
    else frames.splice(at, 0, { frame, ageMs, arrivedAtMs });
  }

  /** Gives what nothing is missing before any more. */
  #giveTurns(streamId: number, hold: Hold): void {
    const { stream, frames } = hold;
    while (frames.length > 0 && stream.missingBefore(frames[0]!.frame.sequence) <= 0) this.#giveFirst(hold);
    if (frames.length > 0) return;
    hold.timer.cancel();
    this.#holds.delete(streamId);
  }

  #giveUp(streamId: number, inVain: boolean): void {
    const hold = this.#holds.get(streamId);
    if (hold === undefined) return;
    if (inVain && !this.overlapping) hold.stream.resignedUntilMs = hold.frames[0]!.arrivedAtMs + RESIGNED_MS;
    this.#giveFirst(hold);
    this.#giveTurns(streamId, hold);
    if (!this.#holds.has(streamId)) return;
    hold.timer.cancel();
    hold.timer = this.#timers.after(this.#patience.waitMs, () => this.#giveUp(streamId, true));
  }

  #giveFirst({ stream, frames }: Hold): void {
    const { frame, ageMs, arrivedAtMs } = frames.shift()!;
    this.#give(stream, frame, ageMs, arrivedAtMs);
  }
}
