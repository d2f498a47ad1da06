import { GRID_SAMPLES, SAMPLES_PER_MS } from '../units.ts';

/** A frame to be placed. */
export interface Placeable {
  /** Capture time of the first sample, cluster ms since the epoch. */
  capturedAtMs: number;
  samples: number;
  /** Nobody hears it if time is made up for here: silence, or close to it. */
  quiet: boolean;
  /** It does not follow the one before it: a pause, a loss, the first one. */
  anew: boolean;
}

/** Within speech a frame may be this much off its place: speaker's and cluster's clocks run apart, and captures jitter. */
const MAX_ERROR_SAMPLES = 18 * SAMPLES_PER_MS;
/** Where it is quiet, less: there time is made up for unheard. */
const MAX_QUIET_ERROR_SAMPLES = 10 * SAMPLES_PER_MS;

/**
 * Where in the files of one speaker each frame belongs. Frames that follow each other are put end to end; a gap is as
 * long as capture times say, in steps of 2.5 ms, and drift between two clocks is made up for where it is quiet.
 */
export class Timeline {
  /** Nothing is placed from this sample on. */
  limit = Number.POSITIVE_INFINITY;
  readonly #originMs: number;
  #end = 0;

  /** @param originMs cluster time of sample 0 */
  constructor(originMs: number) {
    this.#originMs = originMs;
  }

  /** Where the next frame goes, in samples from the origin. */
  get end(): number {
    return this.#end;
  }

  /**
   * Finds the place of a frame, after `gap` samples of nothing.
   * @returns undefined when its time is over: it is from before the origin, or something is there already
   */
  place(frame: Placeable): { gap: number } | undefined {
    const wanted = Math.round(((frame.capturedAtMs - this.#originMs) * SAMPLES_PER_MS) / GRID_SAMPLES);
    const error = wanted * GRID_SAMPLES - this.#end;
    const limit = frame.quiet ? MAX_QUIET_ERROR_SAMPLES : MAX_ERROR_SAMPLES;
    // What begins anew is put exactly where it was spoken, unless the place is taken by a little.
    const gap = frame.anew ? Math.max(0, error) : Math.abs(error) <= limit ? 0 : error;
    if (error < -limit || this.#end + gap >= this.limit) return undefined;
    this.#end += gap + frame.samples;
    return { gap };
  }

  /** Nothing was spoken until then. @returns the samples that are missing, a multiple of 2.5 ms */
  advance(toSamples: number): number {
    const missing = Math.floor((toSamples - this.#end) / GRID_SAMPLES) * GRID_SAMPLES;
    if (missing <= 0) return 0;
    this.#end += missing;
    return missing;
  }
}
