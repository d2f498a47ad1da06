import type { ChainEvent, ChainStage } from '../chain/stages.ts';
import {
  CHAIN_PROCESSOR,
  type ChainCommand,
  type ChainProcessorOptions,
  type ChainReport,
  DENOISE_CHAIN_PROCESSOR,
} from '../worklet/messages.ts';

/** A chain on the audio thread. */
export interface ChainNode {
  /** To be connected: one input, one output, mono. */
  readonly node: AudioWorkletNode;
  /** By how much it delays sound, samples of the context, filters not counted. */
  readonly delaySamples: number;
  /** Forgets the sound so far. */
  reset(): void;
  /** Disconnects it, and lets the audio thread forget it. Idempotent. */
  close(): void;
}

/**
 * Makes a node that runs a chain in an `AudioContext`, whose `audioWorklet` has loaded the bundle of `@partyline/audio/worklet`; with a stage
 * `denoise`, that of `@partyline/audio/denoise/worklet`.
 *
 * @example
 * await context.audioWorklet.addModule('/audio-worklet.js');
 * const { node } = await openChainNode(context, [{ stage: 'telephoneBand' }, { stage: 'automaticGain' }]);
 * microphone.connect(node).connect(context.destination);
 *
 * @throws RangeError for a name or an option that cannot be, saying what to give instead
 * @throws DOMException (InvalidStateError) when the bundle was not loaded
 */
export const openChainNode = (
  context: BaseAudioContext,
  stages: readonly ChainStage[],
  onEvent: (event: ChainEvent) => void = () => undefined,
): Promise<ChainNode> =>
  new Promise((resolve, reject) => {
    const processorOptions: ChainProcessorOptions = { stages };
    const isDenoising = stages.some(({ stage }) => stage === 'denoise');
    const node = new AudioWorkletNode(context, isDenoising ? DENOISE_CHAIN_PROCESSOR : CHAIN_PROCESSOR, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions,
    });
    const order = (command: ChainCommand): void => node.port.postMessage(command);
    node.port.onmessage = ({ data }: MessageEvent<ChainReport>) => {
      if (data.type === 'event') onEvent(data.event);
      else if (data.type === 'refused') reject(new RangeError(data.message));
      else {
        resolve({
          node,
          delaySamples: data.delaySamples,
          reset: () => order({ type: 'reset' }),
          close: () => {
            node.disconnect();
            node.port.onmessage = null;
            order({ type: 'close' });
          },
        });
      }
    };
  });
