import { Chain } from '../chain/chain.ts';
import type { StageMakers } from '../chain/stages.ts';
import type { ChainCommand, ChainProcessorOptions, ChainReport } from './messages.ts';

/** The few names of an AudioWorkletGlobalScope that are used; the DOM's types do not have them. */
interface WorkletScope {
  readonly sampleRate: number;
  AudioWorkletProcessor: new () => { readonly port: MessagePort };
  registerProcessor(
    name: string,
    processor: new (options: {
      processorOptions: ChainProcessorOptions;
    }) => {
      process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
    },
  ): void;
}

const scope = globalThis as unknown as WorkletScope;

/** Registers a processor that runs a chain: mono, in the context's rate. */
export const registerChainProcessor = (name: string, makers: StageMakers): void => {
  class ChainProcessor extends scope.AudioWorkletProcessor {
    #chain: Chain | undefined;
    #isOpen = true;

    constructor({ processorOptions: { stages } }: { processorOptions: ChainProcessorOptions }) {
      super();
      const tell = (report: ChainReport): void => {
        const transfer =
          report.type === 'event' && report.event.stage === 'frames' ? [report.event.pcm.buffer] : [];
        this.port.postMessage(report, transfer);
      };
      try {
        this.#chain = new Chain(stages, {
          sampleRate: scope.sampleRate,
          makers,
          onEvent: (event) => tell({ type: 'event', event }),
        });
        tell({ type: 'ready', delaySamples: this.#chain.delaySamples });
      } catch (error) {
        // Thrown from here, it would reach nobody but as "processorerror", without a word.
        tell({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
        this.#isOpen = false;
      }
      this.port.onmessage = ({ data }: MessageEvent<ChainCommand>) => {
        if (data.type === 'reset') this.#chain?.reset();
        else this.#close();
      };
    }

    process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
      const out = outputs[0]?.[0];
      if (out === undefined || this.#chain === undefined) return this.#isOpen;
      const input = inputs[0]?.[0];
      // No channel: the source is disconnected. Silence goes through, so that filters ring out and buffers empty.
      if (input === undefined) out.fill(0);
      else out.set(input);
      this.#chain.process(out);
      return this.#isOpen;
    }

    #close(): void {
      this.#chain?.close();
      this.#chain = undefined;
      this.#isOpen = false;
    }
  }
  scope.registerProcessor(name, ChainProcessor);
};
