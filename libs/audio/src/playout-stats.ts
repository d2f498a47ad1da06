/** What a {@link PlayoutBuffer} is told about a frame besides its sound. */
export interface FrameOptions {
  /** The first frame of a talk spurt: silence before it, by capture time, is played as silence. */
  spurtStart?: boolean;
  /** The last frame of a talk spurt: running dry after it is no fault. */
  spurtEnd?: boolean;
  /** Older sound that was sent all at once on purpose; it says nothing about the network. */
  preRoll?: boolean;
  /** Made up by the decoder in place of a lost frame; its arrival says nothing about the network. */
  concealed?: boolean;
}

/** Settings of a {@link PlayoutBuffer}; times in ms. */
export interface PlayoutOptions {
  /** Of the PCM, in Hz. Default 48000. */
  sampleRate?: number;
  /** Least target. Default 20. */
  minTargetMs?: number;
  /** Greatest target; a frame slower than the fastest ones by more than this is late. Default 400. */
  maxTargetMs?: number;
  /** Most that is ever held; beyond it the oldest is skipped. Default 1000. */
  maxBufferedMs?: number;
}

/** Figures of one speaker's play-out. Counts are since the beginning. */
export interface PlayoutStats {
  /** Sound that should be held right after a frame came in on time. */
  targetMs: number;
  /** Sound held now, pauses between spurts included. */
  bufferedMs: number;
  /** How much slower recent frames were played than the fastest could have been. */
  delayMs: number;
  /** Frames dropped at arrival because their moment had passed. */
  late: number;
  /** Frames dropped at arrival because the same one is held already. */
  duplicates: number;
  /** Frames that never came, by gaps in the sequence. */
  lost: number;
  /** Times the buffer ran dry within a talk spurt. */
  underruns: number;
  /** Sound made up or left silent for want of frames. */
  concealedMs: number;
  /** Sound added or taken away by stretching time. */
  stretchedMs: number;
  /** Sound thrown away unheard because far too much was held. */
  skippedMs: number;
  /** Frames that began to play. */
  playedFrames: number;
  /** As RFC 3550, section 6.4.1 has it. */
  jitterMs: number;
  /** Capture time of the sample after the last one given out; undefined before the first. */
  lastPlayedCaptureTimeMs: number | undefined;
  /**
   * The frame that began to play last: its sequence, and the capture time that play-out has come to since, counted on
   * through the silence after it. The moment of hearing minus that time is the delay at which the frame was played.
   */
  begunSequence: number | undefined;
  begunCaptureTimeMs: number | undefined;
}
