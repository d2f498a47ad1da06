import { DtmfDetector, type DtmfEvent } from '../dtmf/detector.ts';
import {
  type BandOptions,
  bandPass,
  type EdgeOptions,
  highPass,
  lowPass,
  type NotchOptions,
  notch,
  type Steepness,
  telephoneBand,
} from '../filters/design.ts';
import { audioLevelDbov } from '../level.ts';
import { AutomaticGain, type AutomaticGainOptions } from '../levels/automatic-gain.ts';
import { ComfortNoiseGenerator } from '../noise/comfort-noise-generator.ts';
import { Resampler } from '../resampling/resampler.ts';
import { VoiceDetector, type VoiceDetectorOptions } from '../voice/voice-detector.ts';
import { Blocks } from './blocks.ts';

/** What a chain tells of the sound that passes through it. */
export type ChainEvent =
  | { stage: 'dtmf'; event: DtmfEvent }
  /** RFC 6464 level of 20 ms, −dBov. */
  | { stage: 'level'; levelDbov: number }
  /** Somebody began or ceased to talk. */
  | { stage: 'voice'; active: boolean }
  | { stage: 'frames'; pcm: Float32Array };

/** A link of a chain by name, with its options; the sample rate is the chain's. */
export type ChainStage =
  | ({ stage: 'lowPass' } & Omit<EdgeOptions, 'sampleRate'>)
  | ({ stage: 'highPass' } & Omit<EdgeOptions, 'sampleRate'>)
  | ({ stage: 'bandPass' } & Omit<BandOptions, 'sampleRate'>)
  | ({ stage: 'notch' } & Omit<NotchOptions, 'sampleRate'>)
  | ({ stage: 'telephoneBand' } & Steepness)
  | ({ stage: 'automaticGain' } & Omit<AutomaticGainOptions, 'sampleRate'>)
  /** Adds the noise that a payload of RFC 3389 describes. */
  | { stage: 'comfortNoise'; payload: Uint8Array; seed?: number }
  /** Lets the sound pass and tells digits in it. */
  | { stage: 'dtmf' }
  /** Lets the sound pass and tells its level every 20 ms. */
  | { stage: 'level' }
  /** Lets the sound pass and tells when somebody talks. */
  | ({ stage: 'voice' } & Omit<VoiceDetectorOptions, 'sampleRate'>)
  /** Lets the sound pass and tells it in frames of another rate: 20 ms and 16000 Hz unless given. */
  | { stage: 'frames'; toHz?: number; frameMs?: number }
  /** Only with the makers of `@partyline/audio/denoise`. */
  | { stage: 'denoise' };

/** A link at work. */
export interface RunningStage {
  /** By how much it delays what it lets pass; a filter's depends on the frequency and is not counted. */
  readonly delaySamples: number;
  /** Changes the samples in place. */
  process(pcm: Float32Array): void;
  /** Forgets the sound so far. */
  reset(): void;
  /** Gives memory back. */
  close?(): void;
}

/** Makes links by name. */
export type StageMakers = {
  readonly [Name in ChainStage['stage']]?: (
    options: Extract<ChainStage, { stage: Name }>,
    sampleRate: number,
    tell: (event: ChainEvent) => void,
  ) => RunningStage;
};

/** A filter or a gain, which changes the sound and delays it by nothing that could be counted. */
const plain = (processor: { process(pcm: Float32Array): unknown; reset(): void }): RunningStage => ({
  delaySamples: 0,
  process: (pcm) => void processor.process(pcm),
  reset: () => processor.reset(),
});

const LEVEL_MS = 20;

/** All that is plain arithmetic: every name but `denoise`. */
export const plainStages: StageMakers = {
  lowPass: (options, sampleRate) => plain(lowPass({ ...options, sampleRate })),
  highPass: (options, sampleRate) => plain(highPass({ ...options, sampleRate })),
  bandPass: (options, sampleRate) => plain(bandPass({ ...options, sampleRate })),
  notch: (options, sampleRate) => plain(notch({ ...options, sampleRate })),
  telephoneBand: (options, sampleRate) => plain(telephoneBand({ ...options, sampleRate })),
  automaticGain: (options, sampleRate) => plain(new AutomaticGain({ ...options, sampleRate })),
  comfortNoise: ({ payload, seed = 1 }, sampleRate) => {
    const generator = new ComfortNoiseGenerator({ sampleRate, seed });
    if (!generator.update(payload))
      throw new RangeError('payload is empty; give one of RFC 3389, a level at least');
    let noise = new Float32Array(0);
    return plain({
      process: (pcm) => {
        if (noise.length !== pcm.length) noise = new Float32Array(pcm.length);
        generator.generate(noise);
        for (let i = 0; i < pcm.length; i += 1) pcm[i] = pcm[i]! + noise[i]!;
      },
      reset: () => {
        generator.reset();
        generator.update(payload);
      },
    });
  },
  dtmf: (_, sampleRate, tell) => {
    const detector = new DtmfDetector({ sampleRate });
    return plain({
      process: (pcm) => {
        for (const event of detector.process(pcm)) tell({ stage: 'dtmf', event });
      },
      reset: () => detector.reset(),
    });
  },
  level: (_, sampleRate, tell) =>
    plain(
      new Blocks(Math.round((sampleRate * LEVEL_MS) / 1000), (pcm) =>
        tell({ stage: 'level', levelDbov: audioLevelDbov(pcm) }),
      ),
    ),
  voice: (options, sampleRate, tell) => {
    const detector = new VoiceDetector({ ...options, sampleRate });
    let active = false;
    // Asked every 10 ms, so that the sizes of pieces make no difference.
    const blocks = new Blocks(Math.round(sampleRate / 100), (pcm) => {
      if (detector.process(pcm) === active) return;
      active = !active;
      tell({ stage: 'voice', active });
    });
    return plain({
      process: (pcm) => blocks.process(pcm),
      reset: () => {
        blocks.reset();
        detector.reset();
        active = false;
      },
    });
  },
  frames: ({ toHz = 16_000, frameMs = 20 }, sampleRate, tell) => {
    const resampler = new Resampler({ fromHz: sampleRate, toHz });
    const samples = (toHz * frameMs) / 1000;
    if (!Number.isInteger(samples) || samples < 1) {
      throw new RangeError(
        `frameMs is ${frameMs}; give a length that is a whole number of samples at ${toHz} Hz`,
      );
    }
    const blocks = new Blocks(samples, (pcm) => tell({ stage: 'frames', pcm: pcm.slice() }));
    let resampled = new Float32Array(0);
    return plain({
      process: (pcm) => {
        // An audio thread should leave nothing to collect.
        const most = resampler.maxOutput(pcm.length);
        if (resampled.length < most) resampled = new Float32Array(most);
        blocks.process(resampled.subarray(0, resampler.processInto(pcm, resampled)));
      },
      reset: () => {
        resampler.reset();
        blocks.reset();
      },
    });
  },
};
