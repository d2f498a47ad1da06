/** Frames of a speaker whose sending times are remembered: seconds of talk, far more than is ever under way. */
const REMEMBERED = 1024;

/** When each frame was sent, by stream and sequence. Streams are numbered from 1 without holes. */
export class SendTimes {
  readonly #times: Float64Array;

  constructor(streams: number) {
    this.#times = new Float64Array(streams * REMEMBERED);
  }

  note(streamId: number, sequence: number, nowMs: number): void {
    this.#times[(streamId - 1) * REMEMBERED + (sequence & (REMEMBERED - 1))] = nowMs;
  }

  of(streamId: number, sequence: number): number {
    return this.#times[(streamId - 1) * REMEMBERED + (sequence & (REMEMBERED - 1))]!;
  }
}
