// For codecs that are WebAssembly modules, in packages of their own.
export { frameLength } from '../option-checks.ts';
export { CodecInstance, type CodecOpening } from './codec-instance.ts';
export type { CodecModuleFile } from './codec-modules.ts';
export { loadCodecModule } from './load-codec-module.ts';
export { WasmDecoder } from './wasm-decoder.ts';
export { WasmEncoder } from './wasm-encoder.ts';
