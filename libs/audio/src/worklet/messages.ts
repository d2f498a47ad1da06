import type { ChainEvent, ChainStage } from '../chain/stages.ts';

/** Name under which `@partyline/audio/worklet` registers its processor. */
export const CHAIN_PROCESSOR = 'partyline-chain';
/** The same of `@partyline/audio/denoise/worklet`: another name, for a page may begin without noise suppression and add it. */
export const DENOISE_CHAIN_PROCESSOR = 'partyline-chain-denoise';

/** `processorOptions` of a node. */
export interface ChainProcessorOptions {
  stages: readonly ChainStage[];
}

/** From the processor. */
export type ChainReport =
  | { type: 'ready'; delaySamples: number }
  /** An option that cannot be; the node plays silence. */
  | { type: 'refused'; message: string }
  | { type: 'event'; event: ChainEvent };

/** To the processor. */
export type ChainCommand = { type: 'reset' } | { type: 'close' };
