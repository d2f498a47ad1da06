import type { Mixer } from '@partyline/audio';

/** What a mixer can tell of one speaker; times of capture are cluster ms since the epoch. */
export interface MeterReading {
  streamId: number;
  bufferedMs: number;
  lateFrames: number;
  concealedMs: number;
  /** Capture time of the sample that goes out next; undefined while this speaker is not being played. */
  capturedAtMs: number | undefined;
}

interface Totals {
  lateFrames: number;
  concealedMs: number;
}

/** Reads a mixer's figures, and keeps the counts of speakers that the mixer has let go of. */
export class PlayoutMeter {
  readonly #mixer: Mixer;
  readonly #lastCapture = new Map<number, number>();
  readonly #gone = new Map<number, Totals>();

  constructor(mixer: Mixer) {
    this.#mixer = mixer;
  }

  /** Call it right after a `pull`, several times a second. */
  read(): MeterReading[] {
    const readings: MeterReading[] = [];
    for (const streamId of this.#mixer.streamIds) {
      const stats = this.#mixer.stream(streamId)!.stats;
      const before = this.#gone.get(streamId);
      const captureMs = stats.lastPlayedCaptureTimeMs;
      // Within a pause the capture time stands still, and its age says nothing about the delay of voice.
      const advanced = captureMs !== undefined && captureMs !== this.#lastCapture.get(streamId);
      if (captureMs !== undefined) this.#lastCapture.set(streamId, captureMs);
      readings.push({
        streamId,
        bufferedMs: stats.bufferedMs,
        lateFrames: stats.late + (before?.lateFrames ?? 0),
        concealedMs: stats.concealedMs + (before?.concealedMs ?? 0),
        capturedAtMs: advanced ? captureMs : undefined,
      });
    }
    return readings;
  }

  /** Lets the mixer forget speakers that have been silent for a while. */
  prune(): void {
    const before = new Map(this.#mixer.streamIds.map((id) => [id, this.#mixer.stream(id)!.stats]));
    for (const id of this.#mixer.prune()) {
      const stats = before.get(id)!;
      const totals = this.#gone.get(id) ?? { lateFrames: 0, concealedMs: 0 };
      totals.lateFrames += stats.late;
      totals.concealedMs += stats.concealedMs;
      this.#gone.set(id, totals);
      this.#lastCapture.delete(id);
    }
  }

  /** The participant has left: its id will not come back as the same speaker. */
  remove(streamId: number): void {
    this.#mixer.remove(streamId);
    this.#lastCapture.delete(streamId);
    this.#gone.delete(streamId);
  }
}
