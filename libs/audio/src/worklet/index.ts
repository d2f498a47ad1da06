/**
 * What runs a {@link Chain} on the browser's audio thread. Bundle this file into one script, give its address to `audioWorklet.addModule`, and
 * make nodes with `openChainNode`.
 */
import { plainStages } from '../chain/stages.ts';
import { registerChainProcessor } from './chain-processor.ts';
import { CHAIN_PROCESSOR } from './messages.ts';

registerChainProcessor(CHAIN_PROCESSOR, plainStages);
