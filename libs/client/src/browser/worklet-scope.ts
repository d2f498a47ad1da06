/** The few names of an AudioWorkletGlobalScope that are used; the DOM's types do not have them. */
export interface WorkletProcessor {
  readonly port: MessagePort;
}

interface WorkletScope {
  /** When the block that is being made will begin to sound, on the context's own clock, in seconds. */
  readonly currentTime: number;
  readonly sampleRate: number;
  AudioWorkletProcessor: new () => WorkletProcessor;
  registerProcessor(
    name: string,
    processor: new () => WorkletProcessor & {
      process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
    },
  ): void;
}

/** The scope that the worklet's file runs in. */
export const workletScope = globalThis as unknown as WorkletScope;
