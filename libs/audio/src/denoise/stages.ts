import { plainStages, type StageMakers } from '../chain/stages.ts';
import { Denoiser } from './denoiser.ts';

/** Every stage that there is. */
export const denoiseStages: StageMakers = {
  ...plainStages,
  denoise: (_, sampleRate) => {
    const denoiser = new Denoiser({ sampleRate });
    return {
      delaySamples: Denoiser.delaySamples,
      process: (pcm) => void denoiser.process(pcm),
      reset: () => denoiser.reset(),
      close: () => denoiser.close(),
    };
  },
};
