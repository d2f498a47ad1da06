import type { Mixer } from '@partyline/audio';
import type { DecodedVoice } from './decoded-voice.ts';

/** What a mixer can tell of one speaker; times of capture are cluster ms since the epoch. */
export interface MeterReading {
  streamId: number;
  bufferedMs: number;
  targetMs: number;
  lateFrames: number;
  concealedMs: number;
  /**
   * Capture time of the sample that goes out next, or would if the speaker had gone on; undefined while this speaker is
   * not being played.
   */
  capturedAtMs: number | undefined;
  /** Frames that began to play since the last reading, pre-roll and concealed ones left out. */
  frames: number;
  /** How long those were under way until they arrived, on average. */
  ageMs: number;
  /** Followed frames among them, and how long before this reading each began. */
  played: { sequence: number; agoMs: number }[];
}

interface Totals {
  lateFrames: number;
  concealedMs: number;
}

/** Frames of a speaker that can begin between two readings at most: 2.5 ms each, a quarter of a second. */
const REMEMBERED = 128;
/** Followed frames that wait for being played, all speakers together. */
const MAX_FOLLOWED = 64;

/** What is known of a speaker's frames until they are played. */
class Track {
  readonly #sequences = new Float64Array(REMEMBERED).fill(-1);
  readonly #agesMs = new Float64Array(REMEMBERED);
  lastCaptureMs: number | undefined;
  lastBegun: number | undefined;

  keep(sequence: number, ageMs: number): void {
    this.#sequences[sequence % REMEMBERED] = sequence;
    this.#agesMs[sequence % REMEMBERED] = ageMs;
  }

  /** Of the frames up to `sequence` that had not begun at the last call. */
  begun(sequence: number): { frames: number; ageMs: number } {
    const oldest = Math.max(0, sequence - REMEMBERED + 1);
    let frames = 0;
    let sumMs = 0;
    for (let at = Math.max(oldest, (this.lastBegun ?? -1) + 1); at <= sequence; at += 1) {
      if (this.#sequences[at % REMEMBERED] !== at) continue;
      frames += 1;
      sumMs += this.#agesMs[at % REMEMBERED]!;
    }
    this.lastBegun = sequence;
    return { frames, ageMs: frames === 0 ? 0 : sumMs / frames };
  }
}

/** Reads a mixer's figures, and keeps the counts of speakers that the mixer has let go of. */
export class PlayoutMeter {
  readonly #mixer: Mixer;
  readonly #tracks = new Map<number, Track>();
  readonly #gone = new Map<number, Totals>();
  #followed: { streamId: number; sequence: number; capturedAtMs: number }[] = [];

  constructor(mixer: Mixer) {
    this.#mixer = mixer;
  }

  /**
   * Gives a frame to the mixer.
   * @param arrivalMs on the clock that play-out runs by
   */
  push(voice: DecodedVoice, arrivalMs: number): void {
    const { streamId, sequence, capturedAtMs } = voice;
    if (!this.#mixer.push(streamId, voice.pcm, sequence, capturedAtMs, arrivalMs, voice)) return;
    if (voice.concealed || voice.preRoll) return;
    this.#track(streamId).keep(sequence, voice.ageMs);
    if (voice.traced && this.#followed.length < MAX_FOLLOWED) {
      // By the frame's own time: what comes out of the decoder begins earlier, by what the codec delays voice.
      this.#followed.push({ streamId, sequence, capturedAtMs: voice.arrivedAtMs - voice.ageMs });
    }
  }

  /** Call it right after a `pull`, several times a second. */
  read(): MeterReading[] {
    const readings: MeterReading[] = [];
    for (const streamId of this.#mixer.streamIds) {
      const stats = this.#mixer.stream(streamId)!.stats;
      const before = this.#gone.get(streamId);
      const { lastPlayedCaptureTimeMs: captureMs, begunSequence, begunCaptureTimeMs } = stats;
      const track = this.#track(streamId);
      // Within a pause the capture time stands still, and its age says nothing about the delay of voice.
      const advanced = captureMs !== undefined && captureMs !== track.lastCaptureMs;
      track.lastCaptureMs = captureMs;
      const begun =
        begunSequence === undefined || begunSequence === track.lastBegun
          ? { frames: 0, ageMs: 0 }
          : track.begun(begunSequence);
      readings.push({
        streamId,
        bufferedMs: stats.bufferedMs,
        targetMs: stats.targetMs,
        lateFrames: stats.late + (before?.lateFrames ?? 0),
        concealedMs: stats.concealedMs + (before?.concealedMs ?? 0),
        capturedAtMs: advanced ? begunCaptureTimeMs : undefined,
        ...begun,
        played: this.#played(streamId, begunSequence, begunCaptureTimeMs),
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
      this.#forget(id);
    }
  }

  /** The participant has left: its id will not come back as the same speaker. */
  remove(streamId: number): void {
    this.#mixer.remove(streamId);
    this.#forget(streamId);
    this.#gone.delete(streamId);
  }

  #track(streamId: number): Track {
    const known = this.#tracks.get(streamId);
    if (known !== undefined) return known;
    const track = new Track();
    this.#tracks.set(streamId, track);
    return track;
  }

  #forget(streamId: number): void {
    this.#tracks.delete(streamId);
    this.#followed = this.#followed.filter((frame) => frame.streamId !== streamId);
  }

  /** Takes the followed frames of a stream that have begun. */
  #played(
    streamId: number,
    begunSequence: number | undefined,
    begunCaptureTimeMs: number | undefined,
  ): MeterReading['played'] {
    const played: MeterReading['played'] = [];
    if (this.#followed.length === 0 || begunSequence === undefined || begunCaptureTimeMs === undefined) {
      return played;
    }
    this.#followed = this.#followed.filter((frame) => {
      if (frame.streamId !== streamId || frame.sequence > begunSequence) return true;
      played.push({ sequence: frame.sequence, agoMs: begunCaptureTimeMs - frame.capturedAtMs });
      return false;
    });
    return played;
  }
}
