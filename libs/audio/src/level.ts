/** Level of silence, in −dBov, as RFC 6464 writes it. */
export const SILENCE_DBOV = 127;

/**
 * Level of a frame as RFC 6464 sends it: 0 is the loudest that can be, 127 is silence.
 * @param pcm samples from −1 to 1
 * @returns −dBov, a whole number from 0 to 127
 */
export function audioLevelDbov(pcm: Float32Array): number {
  let energy = 0;
  for (let i = 0; i < pcm.length; i += 1) energy += pcm[i]! * pcm[i]!;
  // Written so that NaN and an empty frame come out as silence too.
  if (!(energy > 0)) return SILENCE_DBOV;
  const level = Math.round(-10 * Math.log10(energy / pcm.length));
  return Math.min(SILENCE_DBOV, Math.max(0, level));
}

/** How voice is told from background; the defaults suit a headset or a laptop's microphone. */
export interface VoiceActivityOptions {
  /** Time between two calls of `update`, ms. Default 20. */
  frameMs?: number;
  /** How far, in dB, a frame has to be above the noise floor. Default 9. */
  thresholdDb?: number;
  /** How long activity lasts after the last loud frame, ms. Default 300. */
  hangoverMs?: number;
  /** Quieter than this, in −dBov, is never voice. Default 60. */
  quietestDbov?: number;
}

/** Half of the time within which the quietest frame is taken for the noise floor; speech pauses more often. */
const FLOOR_WINDOW_MS = 1500;
/** The floor is never thought louder than this, or a loud talker who does not pause would mute themselves. */
const LOUDEST_FLOOR_DBOV = 35;

/**
 * Tells voice from background by energy above a noise floor that follows the quietest frames of the last
 * 1.5 to 3 seconds.
 */
export class VoiceActivityDetector {
  /** Whether the last frame began a talk spurt. */
  spurtStarted = false;
  /** Whether the last frame was the first one after a talk spurt. */
  spurtEnded = false;
  #active = false;
  readonly #thresholdDb: number;
  readonly #quietestDbov: number;
  readonly #hangoverFrames: number;
  readonly #windowFrames: number;
  #quietLeft = 0;
  #framesInWindow = 0;
  #previousFloorDbov: number;
  #currentFloorDbov = 0;

  constructor(options: VoiceActivityOptions = {}) {
    const frameMs = options.frameMs ?? 20;
    this.#thresholdDb = options.thresholdDb ?? 9;
    this.#quietestDbov = options.quietestDbov ?? 60;
    this.#hangoverFrames = Math.ceil((options.hangoverMs ?? 300) / frameMs);
    this.#windowFrames = Math.ceil(FLOOR_WINDOW_MS / frameMs);
    this.#previousFloorDbov = this.#quietestDbov;
  }

  /** Whether somebody is talking, as of the last `update`. */
  get active(): boolean {
    return this.#active;
  }

  /** The noise floor in use, in −dBov. */
  get noiseFloorDbov(): number {
    return Math.max(LOUDEST_FLOOR_DBOV, this.#previousFloorDbov, this.#currentFloorDbov);
  }

  /**
   * Takes the level of the next frame.
   * @param levelDbov −dBov, 0 to 127, as {@link audioLevelDbov} gives it
   * @returns whether the frame is part of a talk spurt
   */
  update(levelDbov: number): boolean {
    // Judged against the floor from before this frame, so that a first word is not its own background.
    const loud = levelDbov <= this.#quietestDbov && levelDbov <= this.noiseFloorDbov - this.#thresholdDb;
    this.#currentFloorDbov = Math.max(this.#currentFloorDbov, levelDbov);
    this.#framesInWindow += 1;
    if (this.#framesInWindow === this.#windowFrames) {
      this.#previousFloorDbov = this.#currentFloorDbov;
      this.#currentFloorDbov = 0;
      this.#framesInWindow = 0;
    }
    const before = this.#active;
    if (loud) this.#quietLeft = this.#hangoverFrames + 1;
    else if (this.#quietLeft > 0) this.#quietLeft -= 1;
    this.#active = this.#quietLeft > 0;
    this.spurtStarted = this.#active && !before;
    this.spurtEnded = before && !this.#active;
    return this.#active;
  }
}
