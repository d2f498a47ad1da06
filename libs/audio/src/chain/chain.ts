import {
  type ChainEvent,
  type ChainStage,
  plainStages,
  type RunningStage,
  type StageMakers,
} from './stages.ts';

/** More in a row would be a mistake. */
const MAX_STAGES = 32;

/** Settings of a {@link Chain}. */
export interface ChainOptions {
  /** Hz. Default 48000. */
  sampleRate?: number;
  /** Told of digits, levels and frames, within `process`. */
  onEvent?: (event: ChainEvent) => void;
  /** Who makes the links: the plain ones unless given; `denoiseStages` of `@partyline/audio/denoise` has all. */
  makers?: StageMakers;
}

/**
 * Filters, gain, detectors and the rest one after the other, by name and options: the same in Node and, by
 * `openChainNode` of `@partyline/audio/browser`, on a browser's audio thread.
 *
 * @example
 * const chain = new Chain([{ stage: 'highPass', hz: 100 }, { stage: 'automaticGain' }, { stage: 'dtmf' }], {
 *   sampleRate: 16000,
 *   onEvent: (event) => console.log(event),
 * });
 * for (const block of blocks) chain.process(block);
 */
export class Chain {
  readonly #stages: readonly RunningStage[];

  /** @throws RangeError for a name or an option that cannot be, saying what to give instead */
  constructor(stages: readonly ChainStage[], options: ChainOptions = {}) {
    const { sampleRate = 48_000, onEvent = () => undefined, makers = plainStages } = options;
    if (stages.length > MAX_STAGES) {
      throw new RangeError(`the chain has ${stages.length} stages; give ${MAX_STAGES} at most`);
    }
    this.#stages = stages.map((stage) => {
      const make = makers[stage.stage] as
        | ((options: ChainStage, sampleRate: number, tell: (event: ChainEvent) => void) => RunningStage)
        | undefined;
      if (make !== undefined) return make(stage, sampleRate, onEvent);
      const why =
        stage.stage === 'denoise' ? '; it needs the makers, or the worklet, of @partyline/audio/denoise' : '';
      throw new RangeError(
        `there is no stage "${stage.stage}" among ${Object.keys(makers).join(', ')}${why}`,
      );
    });
  }

  /** By how much the chain delays sound, samples, filters not counted. */
  get delaySamples(): number {
    return this.#stages.reduce((sum, { delaySamples }) => sum + delaySamples, 0);
  }

  /**
   * Changes the next samples in place.
   * @returns `pcm`
   */
  process(pcm: Float32Array): Float32Array {
    for (const stage of this.#stages) stage.process(pcm);
    return pcm;
  }

  /** Forgets the sound so far. */
  reset(): void {
    for (const stage of this.#stages) stage.reset();
  }

  /** Gives memory back. Idempotent. */
  close(): void {
    for (const stage of this.#stages) stage.close?.();
  }
}
