import type { MeterReading } from './playout-meter.ts';
import type { PlayedFrame, PlayoutReading, PlayoutTotals } from './stats.ts';

/** Followed frames of a speaker that are remembered as played: of more than a report's time. */
const MAX_PLAYED = 16;

interface Heard {
  totals: PlayoutTotals;
  played: PlayedFrame[];
}

/** Turns what a meter reads and when it is heard into delays, and sums them up by speaker. */
export class PlayoutDelays {
  /** The newest, for the room. */
  readings: readonly PlayoutReading[] = [];
  #heard = new Map<number, Heard>();

  /** @param audibleAtMs when the sample of which the meter speaks is heard, on the room's clock */
  take(meter: readonly MeterReading[], audibleAtMs: number): void {
    const heard = new Map<number, Heard>();
    this.readings = meter.map((reading) => {
      const { streamId, bufferedMs, targetMs, lateFrames, concealedMs, capturedAtMs, frames, ageMs } =
        reading;
      const { totals, played } = this.#heard.get(streamId) ?? {
        totals: { frames: 0, mouthToEarMs: 0, playoutMs: 0 },
        played: [],
      };
      const mouthToEarMs = capturedAtMs === undefined ? undefined : audibleAtMs - capturedAtMs;
      const measured = mouthToEarMs !== undefined && frames > 0;
      const playoutMs = measured ? mouthToEarMs - ageMs : undefined;
      const now: Heard = {
        totals:
          playoutMs === undefined
            ? totals
            : {
                frames: totals.frames + frames,
                mouthToEarMs: totals.mouthToEarMs + frames * mouthToEarMs!,
                playoutMs: totals.playoutMs + frames * playoutMs,
              },
        played: [...played, ...reading.played.map((frame) => playedFrame(frame, audibleAtMs))].slice(
          -MAX_PLAYED,
        ),
      };
      heard.set(streamId, now);
      const buffer = { bufferedMs, bufferTargetMs: targetMs };
      return { streamId, ...buffer, lateFrames, concealedMs, mouthToEarMs, playoutMs, ...now };
    });
    this.#heard = heard;
  }
}

const playedFrame = (
  { sequence, agoMs }: MeterReading['played'][number],
  audibleAtMs: number,
): PlayedFrame => ({ sequence: sequence & 0xffff, playedAtMs: audibleAtMs - agoMs });
