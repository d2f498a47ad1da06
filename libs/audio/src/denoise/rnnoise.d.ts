/** The part of RNNoise's WebAssembly module that is used here; the package has no types. */
declare module '@jitsi/rnnoise-wasm/dist/rnnoise-sync.js' {
  export interface RnnoiseModule {
    HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** @param model 0 for the one built in */
    _rnnoise_create(model: number): number;
    _rnnoise_destroy(state: number): void;
    /** Samples are as loud as 16-bit ones. @returns how sure it is that somebody talks, 0 to 1 */
    _rnnoise_process_frame(state: number, output: number, input: number): number;
  }
  export default function create(): RnnoiseModule;
}
