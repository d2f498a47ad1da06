/** As `@partyline/audio/worklet`, with noise suppression: 1.9 MB, so a page loads it when somebody asks for that. */
import { registerChainProcessor } from '../worklet/chain-processor.ts';
import { DENOISE_CHAIN_PROCESSOR } from '../worklet/messages.ts';
import { denoiseStages } from './stages.ts';

registerChainProcessor(DENOISE_CHAIN_PROCESSOR, denoiseStages);
